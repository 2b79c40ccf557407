"""Bulk operations at 360Learning, one at a time: submitted once, waited for, found again if lost.

360Learning has no idempotency key. Where the answer to a submit was lost, the operation is looked
for by its items before it is submitted again.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from content_sync.errors import CutOff, LostAnswer, NoBulkPlace, NotFound, OutOfTime, Refused
from content_sync.learning360.api import BulkEndpoint, Learning360Api
from content_sync.learning360.items import Item, digest, identity
from content_sync.sync.parcels import Outcome, Parcel, outcome_of
from content_sync.web.timebudget import TimeBudget

# A poll is asked for little, and each wait is a tenth longer than the one before: so the last is
# about a tenth of all of them. A submit is large, and asked for seldom.
POLLS = (0.05, 1.1)
SUBMITS_AGAIN = (0.2, 1.5)
LONGEST_POLL_SECONDS = 15.0
# How far 360Learning's clock may be behind ours when we look for a lost operation.
CLOCK_SKEW_MILLISECONDS = 120_000
# A submit that was lost shows up among the operations within this time, or never.
LOST_SECONDS = (0.5, 1.5, 4.0)
SUBMITS = 4
# A connection that breaks each time means the body, sooner than the network.
SUBMITS_CUT_OFF = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """The parcels of one operation.

    Attributes:
        endpoint: Where they are submitted.
        parcels: One or more; no two with the same identity.
        announced_at: No submit of them is older, in milliseconds since 1970.
        is_piece: Whether they were cut from an operation that was refused.
    """

    endpoint: BulkEndpoint
    parcels: Sequence[Parcel[Any]]
    announced_at: int
    is_piece: bool = False


class Operations:
    """The bulk operations of one configuration at 360Learning.

    Args:
        platform: Where they run.
        integration_id: The id of the configuration there.
        budget: The time left in this invocation.
    """

    def __init__(self, platform: Learning360Api, integration_id: str, budget: TimeBudget) -> None:
        self._platform = platform
        self._integration_id = integration_id
        self._budget = budget

    def submit(self, batch: Batch, *, known: Collection[str], waits: bool) -> str:
        """Submit, and look for an operation whose 202 was lost before submitting again.

        Args:
            batch: What to submit.
            known: The ids of operations that are of other parcels.
            waits: Whether to wait until fewer than three operations run on the platform.

        Returns:
            The operation's id.

        Raises:
            NoBulkPlace: There is no place now, and nobody waits for one.
            CutOff: The connection broke each time, as when a front end finds the body too large.
            Refused: 360Learning refuses the request as a whole.
            LostAnswer: It may have been submitted, and is not found.
            OutOfTime: No place became free in this invocation.
        """
        # A piece of what was cut off already is not tried again and again.
        cut_off_after = 1 if batch.is_piece else SUBMITS_CUT_OFF
        for attempt in range(1, SUBMITS + 1):
            try:
                return self._submit_when_admitted(batch, waits=waits)
            except LostAnswer as lost:
                # A fault that was answered shows at once whether it was carried out.
                for seconds in LOST_SECONDS[:1] if lost.answered else LOST_SECONDS:
                    if seconds * attempt > self._budget.usable():
                        # The next invocation looks for it.
                        raise OutOfTime from None
                    self._budget.sleep(seconds * attempt)
                    if operation_id := self.find(batch, known=known):
                        return operation_id
                if attempt == SUBMITS:
                    raise
                if not lost.answered and attempt >= cut_off_after:
                    raise CutOff from None
        raise AssertionError("unreachable")

    def find(self, batch: Batch, *, known: Collection[str]) -> str | None:
        """Find the operation that holds exactly these items, among the platform's latest."""
        sent = {identity(parcel.item): digest(parcel.item) for parcel in batch.parcels}
        since = batch.announced_at - CLOCK_SKEW_MILLISECONDS
        for operation in self._platform.operations(batch.endpoint, since):
            operation_id = operation["_id"]
            if operation_id in known:
                continue
            try:
                broke_off = self._ended(operation_id)["status"] == "error"
                inputs = [result.get("input") for result in self._platform.results(operation_id)]
            except (Refused, NotFound):
                continue
            found = {identity(item): digest(item) for item in inputs if isinstance(item, dict)}
            # One that broke off may lack results; any other is ours only if it holds all.
            if found == sent or (broke_off and found and found.items() <= sent.items()):
                return str(operation_id)
        return None

    def outcomes(self, operation_id: str, batch: Batch) -> list[Outcome[Any]]:
        """Wait for an operation, and tell what became of each of its parcels, in their order.

        Raises:
            OutOfTime: It goes on; the next invocation waits for it.
        """
        missing = "360Learning gave no result for it"
        results: dict[str, Item] = {}
        try:
            operation = self._ended(operation_id)
            missing = str(operation.get("errorMessage") or missing)
            results = {
                identity(result["input"]): result
                for result in self._platform.results(operation_id)
                if isinstance(result.get("input"), dict)
            }
        except (Refused, NotFound) as refusal:
            # It is gone, or never ran: its items are tried again at the next run.
            missing = f"{missing} ({refusal.detail.strip()})"
        return [
            outcome_of(results.get(identity(parcel.item)), parcel.note, missing)
            for parcel in batch.parcels
        ]

    def _submit_when_admitted(self, batch: Batch, *, waits: bool) -> str:
        """Submit as soon as fewer than three operations run on the platform."""
        items = [parcel.item for parcel in batch.parcels]
        for pause in _pauses(*SUBMITS_AGAIN):
            try:
                with self._budget.unit():
                    return self._platform.submit(batch.endpoint, self._integration_id, items)
            except NoBulkPlace:
                if not waits:
                    raise
                # To wait is work, too: else an invocation that does nothing else would not stop.
                self._budget.did_unit()
                if self._budget.exhausted():
                    raise OutOfTime from None
                self._budget.sleep(pause)
        raise AssertionError("unreachable")

    def _ended(self, operation_id: str) -> Item:
        """Poll until an operation has ended."""
        for pause in _pauses(*POLLS):
            with self._budget.unit():
                operation = self._platform.operation(operation_id)
            if operation.get("status") in ("completed", "error"):
                return operation
            if self._budget.exhausted():
                raise OutOfTime
            self._budget.sleep(pause)
        raise AssertionError("unreachable")


def _pauses(first: float, growth: float) -> Iterator[float]:
    pause = first
    while True:
        yield pause * random.uniform(0.8, 1.0)
        pause = min(pause * growth, LONGEST_POLL_SECONDS)

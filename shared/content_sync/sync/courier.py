"""Bulk operations that survive anything: announced before they are submitted, found again if lost.

360Learning has no idempotency key. So the items are saved before a submit and the operation's id
after it; a run that was killed in between looks for its items among the platform's operations, and
submits them only if they are in none.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from content_sync.errors import (
    InvalidSettings,
    LostAnswer,
    NoBulkPlace,
    NotFound,
    OutOfTime,
    Refused,
    UnknownCursor,
)
from content_sync.fields.instants import now
from content_sync.learning360.api import BulkEndpoint, Learning360Api
from content_sync.learning360.items import Item, digest, identity
from content_sync.state.cursors import Cursor, InFlight
from content_sync.state.table import Write
from content_sync.sync.journal import Journal
from content_sync.web.timebudget import TimeBudget

FIRST_POLL_SECONDS = 0.2
LONGEST_POLL_SECONDS = 15.0
# How far 360Learning's clock may be behind ours when we look for a lost operation.
CLOCK_SKEW_MILLISECONDS = 120_000
# A submit that was lost shows up among the operations within this time, or never.
LOST_SECONDS = (0.5, 1.5, 4.0)
SUBMITS = 4
# Under which name the parcels of an announced operation are saved.
PARCELS = "intent"

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Parcel(Generic[N]):
    """An item on its way, with what is to be remembered when it arrives."""

    item: Item
    note: N


@dataclass(frozen=True, slots=True)
class Outcome(Generic[N]):
    """What became of an item.

    Attributes:
        note: From its parcel.
        resource_id: What it became at 360Learning, when it was accepted.
        refusal: What 360Learning said against it.
        undelivered: Why it never came to that.
    """

    note: N
    resource_id: str = ""
    refusal: str | None = None
    undelivered: str | None = None

    @property
    def accepted(self) -> bool:
        """Tell whether 360Learning took it."""
        return self.refusal is None and self.undelivered is None

    @property
    def message(self) -> str:
        """Return what was said against it, as a sentence for a report."""
        return f"360Learning: {self.refusal or self.undelivered or ''}"


class Errand(Protocol[N]):
    """What a bulk operation is for.

    Attributes:
        name: Under which an announced operation is saved.
        endpoint: The bulk endpoint.
        note: What is remembered of each item; anything that pydantic reads and writes.
        may_stop_between: Whether the run may stop between two operations, since the next
            invocation finds out again which parcels are left.
    """

    name: str
    endpoint: BulkEndpoint
    note: type[N]
    may_stop_between: bool

    def record(self, outcomes: Sequence[Outcome[N]]) -> Sequence[Write]:
        """Put outcomes into ledger and report; return what is to be written beside them."""


# The announced parcels, by identity.
Parcels = dict[str, Parcel[Any]]


class Courier:
    """Carries parcels to 360Learning, one operation at a time.

    Args:
        platform: Where to.
        integration_id: The id of the configuration there.
        journal: Whose run it is.
        budget: The time left in this invocation.
    """

    def __init__(
        self,
        platform: Learning360Api,
        integration_id: str,
        journal: Journal[Any],
        budget: TimeBudget,
    ) -> None:
        self._platform = platform
        self._integration_id = integration_id
        self._journal = journal
        self._budget = budget

    def carry(self, errand: Errand[N], parcels: Iterable[Parcel[N]]) -> None:
        """Submit parcels, wait for the operations and record the outcomes.

        Args:
            errand: What for.
            parcels: No two with the same identity.

        Raises:
            OutOfTime: The operation goes on; the next invocation settles it.
        """
        waiting = list(parcels)
        most = errand.endpoint.most_items
        for start in range(0, len(waiting), most):
            self._carry_one(errand, waiting[start : start + most])
            if errand.may_stop_between:
                self._journal.checkpoint()

    def _carry_one(self, errand: Errand[N], chunk: list[Parcel[N]]) -> None:
        """Announce one operation, and see it to its end."""
        parcels = {identity(parcel.item): parcel for parcel in chunk}
        notes = TypeAdapter(errand.note)
        parts = self._journal.attachment(
            PARCELS,
            [[parcel.item, notes.dump_python(parcel.note, mode="json")] for parcel in chunk],
        )
        cursor: Cursor = self._journal.cursor
        cursor.in_flight = InFlight(
            errand=errand.name, announced_at=now(), parts=len(parts), items=len(parcels)
        )
        self._journal.save(*parts)
        self._conclude(errand, cursor.in_flight, parcels)

    def settle(self, errands: Iterable[Errand[Any]], *, abandoned: bool = False) -> None:
        """Finish the operation that an earlier invocation announced, if there is one.

        Args:
            errands: All that the run has.
            abandoned: Whether the run is not gone on with. An operation that never reached
                360Learning is then dropped: its items are judged from scratch by another run.
        """
        cursor: Cursor = self._journal.cursor
        if (in_flight := cursor.in_flight) is None:
            return
        errand = next((known for known in errands if known.name == in_flight.errand), None)
        if errand is None:
            raise UnknownCursor
        notes = TypeAdapter(errand.note)
        saved = self._journal.read_attachment(PARCELS, in_flight.parts)
        try:
            parcels = {
                identity(item): Parcel(item, notes.validate_python(note)) for item, note in saved
            }
        except ValidationError:
            raise UnknownCursor from None
        if in_flight.operation_id is None:
            in_flight.operation_id = self._find(errand.endpoint, in_flight, parcels)
        if in_flight.operation_id is None and abandoned:
            cursor.in_flight = None
            return
        self._conclude(errand, in_flight, parcels)

    def _conclude(self, errand: Errand[Any], in_flight: InFlight, parcels: Parcels) -> None:
        """See an announced operation to its end, and record what became of its items."""
        if in_flight.operation_id is None:
            outcomes = self._submitted(errand.endpoint, in_flight, parcels)
        else:
            outcomes = self._results(in_flight.operation_id, parcels)
        self._journal.cursor.in_flight = None
        self._journal.save(*errand.record(outcomes))

    def _submitted(
        self, endpoint: BulkEndpoint, in_flight: InFlight, parcels: Parcels
    ) -> list[Outcome[Any]]:
        """Submit; what 360Learning refuses as a whole is halved until the faulty item is found."""
        try:
            operation_id = self._submit(endpoint, in_flight, parcels)
        except Refused as refusal:
            if refusal.code in ("integrationNotFound", "reservedPlatformName"):
                raise InvalidSettings(
                    f"360Learning no longer takes this integration ({refusal.code}): activate it "
                    "again",
                    detail=refusal.detail,
                ) from None
            if len(parcels) == 1:
                return [Outcome(parcel.note, refusal=refusal.detail) for parcel in parcels.values()]
            names = list(parcels)
            halves = (names[: len(names) // 2], names[len(names) // 2 :])
            return [
                outcome
                for half in halves
                for outcome in self._submitted(
                    endpoint, in_flight, {name: parcels[name] for name in half}
                )
            ]
        if len(parcels) == in_flight.items:
            in_flight.operation_id = operation_id
            self._journal.save()
        return self._results(operation_id, parcels)

    def _results(self, operation_id: str, parcels: Parcels) -> list[Outcome[Any]]:
        """Wait for an operation, and sort its results by item."""
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
            _outcome(results.get(name), parcel.note, missing) for name, parcel in parcels.items()
        ]

    def _submit(self, endpoint: BulkEndpoint, in_flight: InFlight, parcels: Parcels) -> str:
        """Submit, and look for an operation whose 202 was lost before submitting again."""
        items = [parcel.item for parcel in parcels.values()]
        for attempt in range(1, SUBMITS + 1):
            try:
                return self._submit_when_admitted(endpoint, items)
            except LostAnswer as lost:
                # A fault that was answered shows at once whether it was carried out.
                for seconds in LOST_SECONDS[:1] if lost.answered else LOST_SECONDS:
                    self._budget.sleep(seconds * attempt)
                    if operation_id := self._find(endpoint, in_flight, parcels):
                        return operation_id
                if attempt == SUBMITS:
                    raise
        raise AssertionError("unreachable")

    def _submit_when_admitted(self, endpoint: BulkEndpoint, items: list[Item]) -> str:
        """Submit as soon as fewer than three operations run on the platform."""
        for pause in _pauses():
            try:
                with self._budget.unit():
                    return self._platform.submit(endpoint, self._integration_id, items)
            except NoBulkPlace:
                if self._budget.exhausted():
                    raise OutOfTime from None
                self._budget.sleep(pause)
        raise AssertionError("unreachable")

    def _find(self, endpoint: BulkEndpoint, in_flight: InFlight, parcels: Parcels) -> str | None:
        """Find the operation that holds exactly these items, among the platform's latest."""
        sent = {name: digest(parcel.item) for name, parcel in parcels.items()}
        since = in_flight.announced_at - CLOCK_SKEW_MILLISECONDS
        for operation in self._platform.operations(endpoint, since):
            operation_id = operation["_id"]
            broke_off = self._ended(operation_id)["status"] == "error"
            try:
                inputs = [result.get("input") for result in self._platform.results(operation_id)]
            except (Refused, NotFound):
                continue
            found = {identity(item): digest(item) for item in inputs if isinstance(item, dict)}
            # One that broke off may lack results; any other is ours only if it holds all.
            if found == sent or (broke_off and found and found.items() <= sent.items()):
                return str(operation_id)
        return None

    def _ended(self, operation_id: str) -> Item:
        """Poll until an operation has ended."""
        for pause in _pauses():
            with self._budget.unit():
                operation = self._platform.operation(operation_id)
            if operation.get("status") in ("completed", "error"):
                return operation
            if self._budget.exhausted():
                raise OutOfTime
            self._budget.sleep(pause)
        raise AssertionError("unreachable")


class RehearsingCourier(Courier):
    """The courier of a plan: every parcel arrives, and none is sent."""

    def _carry_one(self, errand: Errand[N], chunk: list[Parcel[N]]) -> None:
        errand.record([Outcome(parcel.note) for parcel in chunk])


def _pauses() -> Iterator[float]:
    pause = FIRST_POLL_SECONDS
    while True:
        yield pause * random.uniform(0.8, 1.0)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)


def _outcome(result: Item | None, note: Any, missing: str) -> Outcome[Any]:
    if result is None:
        return Outcome(note, undelivered=missing)
    if result.get("status") == "success":
        return Outcome(note, resource_id=str(result.get("resourceId") or ""))
    return Outcome(note, refusal=str(result.get("errorMessage") or "no reason given"))

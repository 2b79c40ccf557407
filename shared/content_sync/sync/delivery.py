"""Bulk operations that survive anything: announced before they are submitted, found again if lost.

360Learning has no idempotency key. So the items are saved before a submit and the operation's id
after it; a run that was killed in between looks for its items among the platform's operations, and
submits them only if they are in none.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from content_sync.errors import InvalidSettings, NotFound
from content_sync.web.http import LostAnswer, Refused
from content_sync.fields.instants import now
from content_sync.learning360.api import BULK_KINDS, BulkKind, NoBulkPlace
from content_sync.learning360.items import Item, digest, identity
from content_sync.sync.run import Run
from content_sync.web.timebudget import OutOfTime

FIRST_POLL_SECONDS = 0.2
LONGEST_POLL_SECONDS = 15.0
# How far 360Learning's clock may be behind ours when we look for a lost operation.
CLOCK_SKEW_MILLISECONDS = 120_000
# A submit that was lost shows up among the operations within this time, or never.
LOST_SECONDS = (0.5, 1.5, 4.0)
SUBMITS = 4


@dataclass(frozen=True, slots=True)
class Parcel:
    """An item on its way, with what is to be remembered when it arrives."""

    item: Item
    note: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item.

    Attributes:
        note: From its parcel.
        resource_id: What it became at 360Learning, when it was accepted.
        refusal: What 360Learning said against it.
        undelivered: Why it never came to that.
    """

    note: Any
    resource_id: str = ""
    refusal: str | None = None
    undelivered: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether 360Learning took it."""
        return self.refusal is None and self.undelivered is None


# Items with their notes, by identity.
Contents = dict[str, Any]
# Records outcomes in ledger and report, and saves the run.
Record = Callable[[str, list[Outcome]], None]


class Delivery:
    """Carries parcels to 360Learning, one operation at a time.

    Args:
        run: Whose.
        record: What to do with the outcomes, whether of this invocation's operation or of one that
            an earlier invocation left in flight.
    """

    def __init__(self, run: Run, record: Record) -> None:
        self._run = run
        self._record = record

    def deliver(self, kind: BulkKind, purpose: str, parcels: list[Parcel]) -> None:
        """Submits parcels, waits for the operation and records the outcomes.

        Args:
            kind: The bulk operation.
            purpose: Handed on to `record`.
            parcels: At most `kind.most_items`, no two with the same identity.

        Raises:
            OutOfTime: The operation goes on; the next invocation settles it.
        """
        run = self._run
        if not parcels:
            return
        if run.plans:
            self._record(purpose, [Outcome(parcel.note) for parcel in parcels])
            return
        contents: Contents = {
            identity(parcel.item): [parcel.item, parcel.note] for parcel in parcels
        }
        parts = run.cursors.parts("intent", 0, contents)
        run.cursor["in_flight"] = {
            "kind": kind.operation_type,
            "purpose": purpose,
            "announced_at": now(),
            "operation_id": None,
            "parts": len(parts),
            "items": len(contents),
        }
        run.save(parts)
        self._carry_out(kind, contents)

    def settle(self) -> bool:
        """Finishes the operation that an earlier invocation announced, if there is one.

        Returns:
            Whether it was an older run's: the ledger knows of it now, the report should not.
        """
        run = self._run
        inherited = run.cursor.pop("inherited", None)
        if not (in_flight := run.cursor.get("in_flight")):
            return False
        kind = BULK_KINDS[in_flight["kind"]]
        (contents,) = run.cursors.read_parts("intent", [[0, in_flight["parts"]]])
        if in_flight["operation_id"] is None:
            in_flight["operation_id"] = self._find(kind, contents)
        if inherited is None:
            self._carry_out(kind, contents)
            return False
        if in_flight["operation_id"] is None:
            # It never reached 360Learning, and what it held is judged anew by this run.
            del run.cursor["in_flight"]
            return False
        own_id, run.report.run_id = run.report.run_id, inherited
        try:
            self._carry_out(kind, contents)
        finally:
            run.report.run_id = own_id
        return True

    def _carry_out(self, kind: BulkKind, contents: Contents) -> None:
        """Sees an announced operation to its end, and records what became of its items."""
        in_flight = self._run.cursor["in_flight"]
        if in_flight["operation_id"] is None:
            outcomes = self._submitted(kind, contents)
        else:
            outcomes = self._concluded(in_flight["operation_id"], contents)
        del self._run.cursor["in_flight"]
        self._record(in_flight["purpose"], outcomes)

    def _submitted(self, kind: BulkKind, contents: Contents) -> list[Outcome]:
        """Submits; what 360Learning refuses as a whole is halved until the faulty item is found."""
        try:
            operation_id = self._submit(kind, contents)
        except Refused as refusal:
            if refusal.code in ("integrationNotFound", "reservedPlatformName"):
                raise InvalidSettings(
                    f"360Learning no longer takes this integration ({refusal.code}): activate it "
                    "again",
                    detail=refusal.detail,
                ) from None
            if len(contents) == 1:
                return [Outcome(note, refusal=refusal.detail) for _, note in contents.values()]
            names = list(contents)
            halves = (names[: len(names) // 2], names[len(names) // 2 :])
            return [
                outcome
                for half in halves
                for outcome in self._submitted(kind, {name: contents[name] for name in half})
            ]
        if len(contents) == self._run.cursor["in_flight"]["items"]:
            self._run.cursor["in_flight"]["operation_id"] = operation_id
            self._run.save()
        return self._concluded(operation_id, contents)

    def _concluded(self, operation_id: str, contents: Contents) -> list[Outcome]:
        """Waits for an operation, and sorts its results by item."""
        missing = "360Learning gave no result for it"
        results: dict[str, Item] = {}
        try:
            operation = self._ended(operation_id)
            missing = str(operation.get("errorMessage") or missing)
            results = {
                identity(result["input"]): result
                for result in self._run.target.results(operation_id)
                if isinstance(result.get("input"), dict)
            }
        except (Refused, NotFound) as refusal:
            # It is gone, or never ran: its items are tried again at the next run.
            missing = f"{missing} ({refusal.detail.strip()})"
        return [_outcome(results.get(name), note, missing) for name, (_, note) in contents.items()]

    def _submit(self, kind: BulkKind, contents: Contents) -> str:
        """Submits, and looks for an operation whose 202 was lost before submitting again."""
        items = [item for item, _ in contents.values()]
        for attempt in range(1, SUBMITS + 1):
            try:
                return self._submit_when_admitted(kind, items)
            except LostAnswer as lost:
                # A fault that was answered shows at once whether it was carried out.
                for seconds in LOST_SECONDS[:1] if lost.answered else LOST_SECONDS:
                    self._run.budget.sleep(seconds * attempt)
                    if operation_id := self._find(kind, contents):
                        return operation_id
                if attempt == SUBMITS:
                    raise
        raise AssertionError("unreachable")

    def _submit_when_admitted(self, kind: BulkKind, items: list[Item]) -> str:
        """Submits as soon as fewer than three operations run on the platform."""
        run = self._run
        for pause in _pauses():
            try:
                with run.budget.unit():
                    return run.target.submit(kind, run.integration.integration_id, items)
            except NoBulkPlace:
                if run.budget.exhausted():
                    raise OutOfTime from None
                run.budget.sleep(pause)
        raise AssertionError("unreachable")

    def _find(self, kind: BulkKind, contents: Contents) -> str | None:
        """The operation that holds exactly these items, among the platform's latest."""
        target = self._run.target
        announced_at = self._run.cursor["in_flight"]["announced_at"]
        sent = {name: digest(item) for name, (item, _) in contents.items()}
        for operation in target.operations(kind, announced_at - CLOCK_SKEW_MILLISECONDS):
            operation_id = operation["_id"]
            broke_off = self._ended(operation_id)["status"] == "error"
            try:
                inputs = [result.get("input") for result in target.results(operation_id)]
            except (Refused, NotFound):
                continue
            found = {identity(item): digest(item) for item in inputs if isinstance(item, dict)}
            # One that broke off may lack results; any other is ours only if it holds all.
            if found == sent or (broke_off and found and found.items() <= sent.items()):
                return str(operation_id)
        return None

    def _ended(self, operation_id: str) -> Item:
        """Polls until an operation has ended."""
        run = self._run
        for pause in _pauses():
            with run.budget.unit():
                operation = run.target.operation(operation_id)
            if operation.get("status") in ("completed", "error"):
                return operation
            if run.budget.exhausted():
                raise OutOfTime
            run.budget.sleep(pause)
        raise AssertionError("unreachable")


def _pauses() -> Iterator[float]:
    pause = FIRST_POLL_SECONDS
    while True:
        yield pause * random.uniform(0.8, 1.0)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)


def _outcome(result: Item | None, note: Any, missing: str) -> Outcome:
    if result is None:
        return Outcome(note, undelivered=missing)
    if result.get("status") == "success":
        return Outcome(note, resource_id=str(result.get("resourceId") or ""))
    return Outcome(note, refusal=str(result.get("errorMessage") or "no reason given"))

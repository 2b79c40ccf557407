"""Parcels that survive anything: announced before they are submitted, found again after a kill.

The items are saved before a submit and the operation's id after it; a run that was killed in
between looks for its items among the platform's operations, and submits them only if they are in
none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from content_sync.errors import (
    CutOff,
    InvalidSettings,
    NoBulkPlace,
    OutOfTime,
    Refused,
    RemoteUnavailable,
    UnknownCursor,
)
from content_sync.fields.instants import now
from content_sync.learning360.api import Learning360Api
from content_sync.learning360.items import encoded
from content_sync.state.cursors import InFlight
from content_sync.state.table import Write
from content_sync.sync.journal import Journal
from content_sync.sync.operations import Batch, Operations
from content_sync.sync.parcels import Errand, Outcome, Parcel
from content_sync.web.timebudget import TimeBudget

# Of the three operations that a platform runs at once, what one run takes.
AT_ONCE = 2
# A faulty item among 10,000 is found after 14; more of the same kind are no single item's fault.
MOST_REFUSALS = 20
# Front ends cut off what is larger than they take, without a word.
MOST_BYTES = 5_000_000
# The configuration is no more, or may not be used.
GONE = ("integrationNotFound", "reservedPlatformName")
# Under which names announced parcels are saved: what is begun while other parcels are under way has
# a name of its own.
NAMES = ("intent", "other_intent")

N = TypeVar("N")
# Which parcels of a block are one operation: the first of them, and how many.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Block:
    """Parcels that are on their way together.

    Attributes:
        errand: What for.
        parcels: In the order in which operations are cut from them.
        in_flight: What the cursor says of them, once they are announced.
    """

    errand: Errand[Any]
    parcels: list[Parcel[Any]]
    in_flight: InFlight

    def of(self, start: int, count: int) -> Batch:
        """Return the parcels of one operation."""
        return Batch(
            endpoint=self.errand.endpoint,
            parcels=self.parcels[start : start + count],
            announced_at=self.in_flight.announced_at,
            is_piece=bool(self.in_flight.refusals),
        )


class Courier:
    """Carries parcels to 360Learning, a few operations at a time.

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
        self._operations = Operations(platform, integration_id, budget)
        self._journal = journal
        self._budget = budget
        # What is under way, the first first.
        self._blocks: list[_Block] = []

    def carry(
        self, errand: Errand[N], parcels: Iterable[Parcel[N]], *, announced: bool = True
    ) -> None:
        """Submit parcels, wait for the operations and record the outcomes.

        Args:
            errand: What for.
            parcels: No two with the same identity.
            announced: Whether they are saved before they are submitted. Only what the next
                invocation finds again, and may send again, need not be.

        Raises:
            OutOfTime: The operations go on; the next invocation settles them.
        """
        waiting = iter(parcels)
        most = AT_ONCE * errand.endpoint.most_items if errand.may_stop_between else None
        while some := list(islice(waiting, most)):
            self._carry_block(self._block(errand, some), announced=announced)
            if errand.may_stop_between:
                self._journal.checkpoint()

    def begin(self, errand: Errand[N], parcels: list[Parcel[N]]) -> None:
        """Submit parcels and leave them under way; what was before is seen to its end.

        Here and in `finish` the journal is saved, with the place in the listing. So all that was
        read until there is to be among the parcels, and none is to wait when `finish` is called.

        Args:
            errand: What for.
            parcels: One or more; no two of them, nor of those under way, with the same identity.

        Raises:
            OutOfTime: The operations go on; the next invocation settles them.
        """
        block = self._block(errand, parcels)
        self._announce(block)
        self._submit_pending(block, waits=not self._begun())
        for before in [one for one in self._blocks if one is not block]:
            self._conclude(before)
        # Perhaps there was no place for it.
        self._submit_pending(block, waits=not block.in_flight.begun)

    @property
    def is_under_way(self) -> bool:
        """Tell whether anything is."""
        return bool(self._blocks)

    def finish(self) -> None:
        """See what is under way to its end.

        Raises:
            OutOfTime: The operations go on; the next invocation settles them.
        """
        while self._blocks:
            self._conclude(self._blocks[0])

    def settle(self, errands: Iterable[Errand[Any]], *, abandoned: bool = False) -> None:
        """Finish the operations that an earlier invocation announced, if there are any.

        Args:
            errands: All that the run has.
            abandoned: Whether the run is not gone on with. What never reached 360Learning is then
                dropped: its items are judged from scratch by another run.
        """
        known = {errand.name: errand for errand in errands}
        self._blocks = [self._announced(known, one) for one in self._journal.cursor.in_flight]
        for block in self._blocks:
            self._look_for_lost(block)
            if abandoned:
                block.in_flight.pending.clear()
        self.finish()

    def _look_for_lost(self, block: _Block) -> None:
        """Look for the one operation of which nothing is known: its id is saved after its submit.

        With all known that may run at once, none was being submitted beside them.
        """
        pending, begun = block.in_flight.pending, block.in_flight.begun
        if not pending or (begun and len(self._begun()) >= AT_ONCE):
            return
        if operation_id := self._operations.find(block.of(*pending[-1]), known=self._begun()):
            begun.append((operation_id, *pending.pop()))

    def _announced(self, errands: dict[str, Errand[Any]], in_flight: InFlight) -> _Block:
        """Return a block as it was announced by an earlier invocation."""
        if (errand := errands.get(in_flight.errand)) is None:
            raise UnknownCursor
        notes = TypeAdapter(errand.note)
        saved = self._journal.read_attachment(in_flight.name, in_flight.parts)
        try:
            parcels = [Parcel(item, notes.validate_python(note)) for item, note in saved]
        except ValidationError:
            raise UnknownCursor from None
        return _Block(errand, parcels, in_flight)

    def _block(self, errand: Errand[Any], parcels: list[Parcel[Any]]) -> _Block:
        """Return parcels cut into operations, none of them begun."""
        taken = {block.in_flight.name for block in self._blocks}
        name = next(name for name in NAMES if name not in taken)
        spans = _operations(parcels, errand.endpoint.most_items)[::-1]
        in_flight = InFlight(
            name=name, errand=errand.name, announced_at=now(), parts=0, pending=spans
        )
        return _Block(errand, parcels, in_flight)

    def _carry_block(self, block: _Block, *, announced: bool) -> None:
        """Announce parcels, and see the operations that they make to their end."""
        if announced or any(parcel.item.get("forceNew") for parcel in block.parcels):
            self._announce(block)
            self._conclude(block)
            return
        self._journal.save()
        self._blocks.append(block)
        try:
            self._conclude(block)
        except OutOfTime:
            # They go on without us: the next invocation must know of them after all.
            if block.in_flight.begun and self._journal.sound:
                self._blocks.remove(block)
                self._announce(block)
            raise

    def _announce(self, block: _Block) -> None:
        """Save parcels and what is under way of them, for whoever goes on."""
        adapter = TypeAdapter(list[block.errand.note])  # type: ignore[name-defined]
        notes = adapter.dump_python([parcel.note for parcel in block.parcels], mode="json")
        items = (parcel.item for parcel in block.parcels)
        content = list(zip(items, notes, strict=True))
        parts = self._journal.attachment(block.in_flight.name, content)
        block.in_flight.parts = len(parts)
        self._blocks.append(block)
        self._journal.cursor.in_flight.append(block.in_flight)
        self._journal.save(*parts)

    def _conclude(self, block: _Block) -> None:
        """See announced operations to their end, a few at once, and record them together."""
        in_flight = block.in_flight
        while in_flight.pending or in_flight.begun:
            self._submit_pending(block, waits=not in_flight.begun)
            if not in_flight.begun:
                assert not in_flight.pending, "what is not refused is submitted, sooner or later"
                break
            outcomes = [
                outcome
                for operation_id, start, count in in_flight.begun
                for outcome in self._operations.outcomes(operation_id, block.of(start, count))
            ]
            writes = block.errand.record(outcomes)
            in_flight.begun = []
            self._save(block, writes)
        # Of a run that is given up nothing need have been under way.
        self._forget(block)

    def _submit_pending(self, block: _Block, *, waits: bool) -> None:
        """Submit as many operations as may run at once; one that is refused is cut in halves.

        Args:
            block: Of which block.
            waits: Whether the first one waits for a place, however many of others run. Any further
                one does not: one of the block runs, and what it ends with is recorded first.
        """
        in_flight = block.in_flight
        while in_flight.pending and (waits or len(self._begun()) < AT_ONCE):
            span = in_flight.pending[-1]
            try:
                operation_id = self._operations.submit(
                    block.of(*span), known=self._begun(), waits=waits
                )
            except NoBulkPlace:
                return
            except (Refused, CutOff) as refusal:
                outcomes, in_flight.pending = self._refused(block, refusal)
                self._save(block, block.errand.record(outcomes))
                continue
            waits = False
            in_flight.pending.pop()
            in_flight.begun.append((operation_id, *span))
            self._journal.save()

    def _begun(self) -> list[str]:
        """Return the ids of all operations that 360Learning has, and whose end is not recorded."""
        return [begun[0] for block in self._blocks for begun in block.in_flight.begun]

    def _save(self, block: _Block, writes: Sequence[Write]) -> None:
        """Save what was recorded, and where the operations stand."""
        left = bool(block.in_flight.pending or block.in_flight.begun)
        if not left:
            self._forget(block)
        self._journal.save(*writes)
        if left and self._budget.exhausted():
            raise OutOfTime

    def _forget(self, block: _Block) -> None:
        """Note that of a block nothing is under way any more."""
        in_flight = self._journal.cursor.in_flight
        self._journal.cursor.in_flight = [one for one in in_flight if one is not block.in_flight]
        self._blocks = [one for one in self._blocks if one is not block]

    def _refused(
        self, block: _Block, refusal: Refused | CutOff
    ) -> tuple[list[Outcome[Any]], list[Span]]:
        """Cut a refused operation in halves, until the faulty item stands alone."""
        in_flight = block.in_flight
        if isinstance(refusal, Refused) and refusal.code in GONE:
            raise InvalidSettings(
                f"360Learning no longer takes this integration ({refusal.code}): activate it again",
                detail=refusal.detail,
            ) from None
        # A refusal is work done, too: else halving would never look at the clock.
        self._budget.did_unit()
        kind = refusal.detail.strip() if isinstance(refusal, Refused) else "connection broken"
        in_flight.refusals[kind] = in_flight.refusals.get(kind, 0) + 1
        if in_flight.refusals[kind] >= MOST_REFUSALS:
            in_flight.refusals = {}
            if isinstance(refusal, CutOff):
                raise RemoteUnavailable(
                    f"360Learning broke the connection on {MOST_REFUSALS} pieces of a bulk "
                    "operation: the next run goes on from here"
                ) from None
            reason = (
                f"{MOST_REFUSALS} pieces of a bulk operation were refused in the same way ({kind}) "
                "and the rest was not tried: an engineer should look"
            )
            left = [parcel for span in in_flight.pending for parcel in block.of(*span).parcels]
            return [Outcome(parcel.note, undelivered=reason) for parcel in left], []
        *others, (start, count) = in_flight.pending
        if count == 1:
            note = block.parcels[start].note
            if isinstance(refusal, CutOff):
                return [Outcome(note, undelivered=kind)], others
            return [Outcome(note, refusal=kind)], others
        half = count // 2
        return [], [*others, (start + half, count - half), (start, half)]


class RehearsingCourier(Courier):
    """The courier of a plan: every parcel arrives, and none is sent."""

    def begin(self, errand: Errand[N], parcels: list[Parcel[N]]) -> None:
        """Let parcels arrive."""
        self.carry(errand, parcels)

    def _carry_block(self, block: _Block, *, announced: bool) -> None:
        block.errand.record([Outcome(parcel.note, rehearsed=True) for parcel in block.parcels])
        self._journal.save()


def _operations(block: Sequence[Parcel[Any]], most_items: int) -> list[Span]:
    """Cut parcels into operations, bounded by number and bytes."""
    spans: list[Span] = []
    start = size = 0
    for number, parcel in enumerate(block):
        weight = len(encoded(parcel.item)) + 1
        if number > start and (number - start == most_items or size + weight > MOST_BYTES):
            spans.append((start, number - start))
            start, size = number, 0
        size += weight
    return [*spans, (start, len(block) - start)]

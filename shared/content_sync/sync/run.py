"""One run of one integration and kind: what it works with, and how it saves its place."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from content_sync.errors import InvalidEvent
from content_sync.fields.instants import now, to_iso
from content_sync.learning360.api import Learning360Api
from content_sync.providers.base import Api, Provider
from content_sync.report import Report
from content_sync.request import SyncRequest
from content_sync.settings import IntegrationSettings
from content_sync.state.integrations import Integration
from content_sync.state.lease import Lease
from content_sync.state.runs import CursorStore
from content_sync.state.table import Table, Write
from content_sync.web.timebudget import OutOfTime, TimeBudget

# An unfinished run is taken up again within this time; an older one is begun anew, so that nothing
# is archived by a crawl of yesterday.
FRESH_MILLISECONDS = 6 * 3_600_000


@dataclass
class Run:
    """A run in one of its invocations.

    Attributes:
        provider: Whose catalogue or statistics.
        integration: As activated.
        settings: The integration's secret.
        request: What was asked for.
        source: How the provider is read.
        target: The 360Learning platform.
        table: The state table.
        lease: The right to write; None in plan mode, which writes nothing.
        budget: The time left.
        report: What has been counted.
        cursor: Where the run stands, as JSON; the phases keep their own keys in it.
        resumed: Whether an earlier invocation left something to go on with.
        partial: Whether something was left undone that an operator should know of.
        savers: What each phase adds to a save: its writes; it may update the cursor first.
    """

    provider: Provider
    integration: Integration
    settings: IntegrationSettings
    request: SyncRequest
    source: Api
    target: Learning360Api
    table: Table
    lease: Lease | None
    budget: TimeBudget
    report: Report
    cursor: dict[str, Any] = field(default_factory=dict)
    resumed: bool = False
    partial: bool = False
    savers: list[Callable[[], Sequence[Write]]] = field(default_factory=list)

    @property
    def pk(self) -> str:
        """The partition of the integration."""
        return self.integration.pk

    @property
    def plans(self) -> bool:
        """Whether the run stops before every write."""
        return self.lease is None

    @property
    def cursors(self) -> CursorStore:
        """The store of this run's cursor."""
        return CursorStore(self.table, self.pk, self.report.kind)

    def save(self, writes: Sequence[Write] = ()) -> None:
        """Writes what was done, and after it where the run stands."""
        if self.lease is None:
            return
        done = [write for saver in self.savers for write in saver()]
        cursor = self.cursor | {
            "run_id": self.report.run_id,
            "started_at": self.report.started_at,
            "saved_at": to_iso(now()),
            "demands": self.request.demands(),
            "counts": self.report.counts,
            "problems": self.report.problems,
            "partial": self.partial,
        }
        self.lease.write([*done, *writes, *self.cursors.write(cursor)])
        self.cursor["packed_as"] = cursor.get("packed_as")
        self.budget.saved()

    def forget(self) -> None:
        """Starts counting anew: what was settled so far belonged to an older run."""
        self.report.forget()
        self.partial = False

    def grow(self, name: str, content: list[Any]) -> Sequence[Write]:
        """The items that add to one of the run's growing lists, noted in the cursor."""
        spans = self.cursor.setdefault(name, [])
        first = sum(spans[-1]) if spans else 0
        parts = self.cursors.parts(name, first, content)
        spans.append([first, len(parts)])
        return parts

    def grown(self, name: str) -> Iterator[Any]:
        """What earlier invocations added to one of the run's growing lists."""
        for content in self.cursors.read_parts(name, self.cursor.get(name, [])):
            yield from content

    def checkpoint(self, before: Callable[[], None] = lambda: None) -> None:
        """Saves when it is time to, and stops when no time is left.

        Args:
            before: Called before a save, to bring to an end what a save cannot hold.

        Raises:
            OutOfTime: The run goes on in another invocation.
        """
        exhausted = self.budget.exhausted()
        if exhausted or self.budget.checkpoint_due():
            before()
            self.save()
        if exhausted:
            raise OutOfTime


def new_run_id(started_at: int) -> str:
    """An id that sorts by the start of its run."""
    return f"{to_iso(started_at)[:19].replace(':', '').replace('-', '')}Z-{secrets.token_hex(4)}"


def take_up(cursor: dict[str, Any] | None, request: SyncRequest) -> bool:
    """Whether the unfinished run of this cursor is the one that is asked for.

    Raises:
        InvalidEvent: The event names another run than the unfinished one.
    """
    if request.run_id is not None:
        if cursor is None or cursor["run_id"] != request.run_id:
            raise InvalidEvent(
                f"run_id {request.run_id} is no unfinished run of this integration: leave run_id "
                "out to start a new one"
            )
        return True
    if cursor is None:
        return False
    age = now() - cursor["started_at"]
    return bool(cursor["demands"] == request.demands() and age < FRESH_MILLISECONDS)

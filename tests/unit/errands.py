"""A journal, and as much of 360Learning as a courier meets."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from content_sync.errors import (
    LostAnswer,
    Refused,
)
from content_sync.learning360.api import ARCHIVE_COURSES
from content_sync.report import Report
from content_sync.request import Demands
from content_sync.state.cursors import CatalogCursor, CursorStore, InFlight
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Table
from content_sync.sync.journal import Journal
from content_sync.sync.parcels import Outcome, Parcel
from content_sync.web.timebudget import TimeBudget

PK = "acme#default"


class Note(NamedTuple):
    external_id: str
    size: int


class Archives:
    name = "archive"
    endpoint = ARCHIVE_COURSES
    note = Note
    may_stop_between = True

    def __init__(self) -> None:
        self.outcomes: list[Outcome[Note]] = []

    def record(self, outcomes: Sequence[Outcome[Note]]) -> Sequence[Put]:
        self.outcomes += outcomes
        return [Put("mark#recorded", len(outcomes))]


class Platform:
    """As much of 360Learning as a courier meets."""

    def __init__(self) -> None:
        self.submitted: list[list[str]] = []
        self.refused: set[str] = set()
        self.lose = False

    def submit(self, endpoint: Any, integration_id: str, items: list[dict[str, Any]]) -> str:
        names = [item["externalId"] for item in items]
        if self.refused & set(names):
            raise Refused("x", status=400, code="invalidInput", body=None, detail="400 x")
        self.submitted.append(names)
        if self.lose:
            self.lose = False
            raise LostAnswer("lost")
        return f"operation-{len(self.submitted)}"

    def operation(self, operation_id: str) -> dict[str, Any]:
        return {"_id": operation_id, "status": "completed"}

    def results(self, operation_id: str) -> list[dict[str, Any]]:
        names = self.submitted[int(operation_id.rpartition("-")[2]) - 1]
        return [
            {"input": {"externalId": name}, "status": "success", "resourceId": name}
            for name in reversed(names)
        ]

    def operations(self, endpoint: Any, since: int) -> list[dict[str, Any]]:
        return [{"_id": f"operation-{n}"} for n in range(len(self.submitted), 0, -1)]


def new_cursor() -> CatalogCursor:
    report = Report(
        run_id="r", provider="acme", integration="default", kind="catalog", mode="apply",
        started_at=1,
    )  # fmt: skip
    demands = Demands(full=False, allow_archives=0, since=None, until=None)
    return CatalogCursor(report=report, demands=demands)


def store(table: Table) -> CursorStore[CatalogCursor]:
    return CursorStore(table, PK, "catalog", CatalogCursor)


def journal(table: Table, *, seconds: float = 900) -> Journal[CatalogCursor]:
    kept = store(table)
    lease = Lease.take(table, PK, "catalog", holder="me", seconds=900)
    assert lease is not None
    budget = TimeBudget(lambda: int(seconds * 1000))
    return Journal(kept.read() or new_cursor(), kept, lease, budget)


def parcels(*names: str) -> list[Parcel[Note]]:
    return [Parcel({"externalId": name}, Note(name, 3)) for name in names]


def announced_at_submits(table: Table, platform: Platform) -> list[InFlight | None]:
    """What was saved as in flight whenever something is submitted from now on."""
    seen: list[InFlight | None] = []
    submit = platform.submit

    def watched(*arguments: Any) -> str:
        saved = store(table).read()
        seen.append(saved.in_flight[-1] if saved and saved.in_flight else None)
        return submit(*arguments)

    platform.submit = watched  # type: ignore[method-assign]
    return seen

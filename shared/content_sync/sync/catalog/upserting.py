"""Courses on their way to 360Learning, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from content_sync.fields.instants import now
from content_sync.learning360.api import UPSERT_COURSES
from content_sync.report import Report
from content_sync.settings import OBJECT_ID
from content_sync.state.courses import ACTIVE, RESTORING, CourseEntry
from content_sync.state.cursors import CatalogCursor
from content_sync.state.runs import COURSES_GAINED, mark_write
from content_sync.state.table import Write
from content_sync.sync.catalog.books import Books
from content_sync.sync.catalog.restoring import restore
from content_sync.sync.parcels import Outcome, Parcel
from content_sync.sync.run import Run

# Half an operation: while it is under way, the next half is read.
MOST_WAITING = UPSERT_COURSES.most_items // 2

Action = Literal["create", "update", "restore"]


class UpsertNote(NamedTuple):
    """What is remembered of a course on its way."""

    external_id: str
    action: Action
    digest: str
    modified_at: int | None


class Upserts:
    """The errand of courses that are new, changed or back."""

    name = "upsert"
    endpoint = UPSERT_COURSES
    note = UpsertNote
    # Its parcels come from pages that are not read again.
    may_stop_between = False

    def __init__(self, report: Report, books: Books) -> None:
        self._report = report
        self._books = books

    def record(self, outcomes: Sequence[Outcome[UpsertNote]]) -> Sequence[Write]:
        """Put outcomes into ledger and report; note when the catalogue gained courses."""
        for outcome in outcomes:
            self._record_one(outcome)
        gained = any(outcome.accepted and outcome.note.action == "create" for outcome in outcomes)
        return [mark_write(COURSES_GAINED, now())] if gained else []

    def _record_one(self, outcome: Outcome[UpsertNote]) -> None:
        note, ledger = outcome.note, self._books.ledger
        before = ledger.get(note.external_id)
        if not outcome.accepted:
            report_failure(self._report, note.external_id, "course", outcome)
            if before is not None:
                # No item has a blank digest: it is sent again, changed or not.
                error = outcome.refusal or outcome.undelivered
                ledger.set(note.external_id, replace(before, digest="", error=error))
            return
        back = before is None and outcome.resource_id in self._books.left_archived
        # Recorded again after a kill, it is in the ledger, and not restored yet.
        unrestored = before is not None and before.state == RESTORING
        restoring = note.action == "restore" or back or unrestored
        # Whatever else comes instead of an id is not kept: it is asked for where it is needed.
        known = OBJECT_ID.fullmatch(outcome.resource_id)
        entry = CourseEntry(
            digest=note.digest,
            course_id=outcome.resource_id if known else (before.course_id if before else ""),
            state=RESTORING if restoring else ACTIVE,
            modified_at=note.modified_at,
            groups=before.groups if before else (),
        )
        ledger.set(note.external_id, entry)
        if not restoring:
            self._report.count("created" if note.action == "create" else "updated")


class Outbox:
    """Parcels that wait until there are enough for a bulk operation.

    While 360Learning works on one, the reading goes on, and parcels wait in memory of pages that
    the run's place is beyond: until they are sent, nothing may be saved.
    """

    def __init__(self, run: Run[CatalogCursor], books: Books) -> None:
        self._run = run
        self._books = books
        self._errand = Upserts(run.journal.report, books)
        self._parcels: list[Parcel[UpsertNote]] = []

    def add(self, parcel: Parcel[UpsertNote]) -> None:
        """Let a parcel wait."""
        self._parcels.append(parcel)
        self._run.journal.waits = True

    def make_room(self, number: int) -> None:
        """Send what waits if it would be too much with so many more."""
        if len(self._parcels) + number > MOST_WAITING:
            self.flush()

    def flush(self) -> None:
        """Send what waits, and restore what came back with what was sent before."""
        parcels, self._parcels = self._parcels, []
        self._run.journal.waits = False
        if parcels:
            self._run.courier.begin(self._errand, parcels)
            restore(self._run, self._books)

    def close(self) -> None:
        """Send what waits, and see all that was sent to its end."""
        self.flush()
        if self._run.courier.is_under_way:
            self._run.courier.finish()
            restore(self._run, self._books)


def report_failure(report: Report, external_id: str, what: str, outcome: Outcome[Any]) -> None:
    """Count a course that could not be delivered; it is tried again at the next run."""
    report.count("failed")
    reason = f"{what}_refused" if outcome.refusal else f"{what}_undelivered"
    report.problem(external_id, reason, outcome.message, undone=True)

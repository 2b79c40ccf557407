"""What the provider withdrew is archived, as far as crawl and brake admit it."""

from collections.abc import Sequence
from dataclasses import replace

from content_sync.domain.brake import judge_archives
from content_sync.errors import ContentSyncError, NotFound
from content_sync.learning360.api import ARCHIVE_COURSES
from content_sync.learning360.items import archive_item
from content_sync.state.courses import ARCHIVED, CourseEntry
from content_sync.state.cursors import CatalogCursor
from content_sync.state.table import Write
from content_sync.sync.catalog.books import Books
from content_sync.sync.catalog.upserting import report_failure
from content_sync.sync.parcels import Outcome, Parcel
from content_sync.sync.run import Run


def archive_withdrawn(run: Run[CatalogCursor], books: Books) -> None:
    """Archive the active courses that the provider withdrew or no longer returns."""
    cursor, report, due = run.journal.cursor, run.journal.report, _due(run, books)
    crawl = books.findings(run)
    if cursor.archives_admitted is None:
        verdict = judge_archives(
            due,
            crawl=crawl,
            active=cursor.active_before or 0,
            consent=run.request.allow_archives,
            integration=f"{run.parties.provider.name}/{run.parties.name}",
        )
        cursor.archives_admitted = verdict.admitted
        if verdict.admitted != "all":
            report.problem("", verdict.reason, verdict.message, undone=True)
            titles = _titles(run, books) if verdict.withheld else {}
            report.withhold(verdict.reason, verdict.withheld, titles)
        complete = crawl.seen and not crawl.doubts
        _note_missed(run, books, [one for one in due if complete and not crawl.certain(one)])
    if cursor.archives_admitted == "none":
        return
    if cursor.archives_admitted == "certain":
        due = [external_id for external_id in due if crawl.certain(external_id)]
    if report.plans and due:
        titles = _titles(run, books)
        for external_id in due:
            report.archive(external_id, titles.get(external_id, ""))
    parcels = [Parcel(archive_item(external_id), external_id) for external_id in due]
    run.courier.carry(Archives(run, books), parcels)


def _due(run: Run[CatalogCursor], books: Books) -> list[str]:
    seen, unseen_too = books.seen, run.parties.provider.archives
    return sorted(
        external_id
        for external_id, entry in books.ledger.items()
        if entry.state != ARCHIVED
        and (external_id in seen.withdrawn or (unseen_too and external_id not in seen.ids))
        and external_id not in books.archive_failed
    )


def _titles(run: Run[CatalogCursor], books: Books) -> dict[str, str]:
    """Return the courses' titles at 360Learning, for people to know them by, as far as is told."""
    try:
        listed = run.parties.platform.external_courses(run.parties.settings.group_id)
        titles = {str(course.get("_id")): str(course.get("name") or "") for course in listed}
    except ContentSyncError:
        return {}
    found = ((name, titles.get(entry.course_id, "")) for name, entry in books.ledger.items())
    return {name: title for name, title in found if title}


def _note_missed(run: Run[CatalogCursor], books: Books, missed: Sequence[str]) -> None:
    """Note which courses this run missed first, and which came that an earlier one had missed."""
    for external_id, entry in list(books.ledger.items()):
        if entry.missed_at is not None and external_id in books.seen.ids:
            books.ledger.set(external_id, replace(entry, missed_at=None))
    for external_id in missed:
        known = books.ledger.get(external_id)
        if known is not None and known.missed_at is None:
            missed_at = run.journal.report.started_at
            books.ledger.set(external_id, replace(known, missed_at=missed_at))


class Archives:
    """The errand of courses that are to be archived; a note is an external id."""

    name = "archive"
    endpoint = ARCHIVE_COURSES
    note = str
    may_stop_between = True

    def __init__(self, run: Run[CatalogCursor], books: Books) -> None:
        self._report = run.journal.report
        self._platform = run.parties.platform
        self._books = books

    def record(self, outcomes: Sequence[Outcome[str]]) -> Sequence[Write]:
        """Put outcomes into ledger and report."""
        for outcome in outcomes:
            external_id = outcome.note
            entry = self._books.ledger.get(external_id)
            if entry is None:
                continue
            if outcome.accepted or self._is_gone(entry):
                self._books.ledger.set(external_id, replace(entry, state=ARCHIVED, missed_at=None))
                self._report.count("archived")
            else:
                self._books.archive_failed.add(external_id)
                report_failure(self._report, external_id, "archive", outcome)
        return ()

    def _is_gone(self, entry: CourseEntry) -> bool:
        """Tell whether somebody archived or deleted the course at 360Learning by hand."""
        if not entry.course_id:
            return False
        try:
            return self._platform.course(entry.course_id).get("status") in ("archived", "deleted")
        except NotFound:
            return True
        except ContentSyncError:
            return False

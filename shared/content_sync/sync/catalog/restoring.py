"""Courses that came back are un-archived: an upsert may or may not do so."""

from dataclasses import replace
from operator import itemgetter

from content_sync.errors import NotFound, Refused
from content_sync.state.courses import ACTIVE, ARCHIVED, RESTORING
from content_sync.state.cursors import CatalogCursor
from content_sync.sync.catalog.books import Books
from content_sync.sync.run import Run

# How many courses are restored, one call each, between two saves.
RESTORED_BETWEEN_SAVES = 50


def restore(run: Run[CatalogCursor], books: Books) -> None:
    """Un-archive the courses that were upserted because they are back.

    Raises:
        OutOfTime: The ledger says which are left.
    """
    report, ledger = run.journal.report, books.ledger
    restoring = [row for row in ledger.items() if row[1].state == RESTORING]
    for number, (external_id, entry) in enumerate(sorted(restoring, key=itemgetter(0)), 1):
        try:
            with run.journal.unit():
                run.parties.platform.restore_external_course(
                    run.parties.integration_id, external_id, entry.course_id
                )
        except (Refused, NotFound) as refusal:
            ledger.set(external_id, replace(entry, state=ARCHIVED))
            report.count("failed")
            message = f"360Learning: {refusal}"
            report.problem(external_id, "restore_refused", message, undone=True)
        else:
            ledger.set(external_id, replace(entry, state=ACTIVE))
            report.count("restored")
        if number % RESTORED_BETWEEN_SAVES == 0:
            run.journal.save()
        run.journal.checkpoint()

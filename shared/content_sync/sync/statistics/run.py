"""The statistics run, from the provider's listing to the watermark."""

from collections.abc import Iterator

from content_sync.batches import in_batches
from content_sync.domain.attempts import MOST_ATTEMPTS, Action
from content_sync.learning360.api import IMPORT_STATISTICS
from content_sync.observability import measure
from content_sync.state.courses import ACTIVE
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.runs import (
    WATERMARK,
    WHOLE_READ,
    mark_write,
    parked_rows_counted,
    parked_rows_write,
)
from content_sync.sync.courier import AT_ONCE
from content_sync.sync.run import Run, RunKind
from content_sync.sync.statistics.books import Books, open_books
from content_sync.sync.statistics.due import Settled, compare
from content_sync.sync.statistics.meeting import Meeting
from content_sync.sync.statistics.reading import Reading, few_come, put_back
from content_sync.sync.statistics.recording import Imports
from content_sync.sync.statistics.spool import Due

MILLISECONDS_AN_HOUR = 3_600_000
BEFORE_FIRST = "before_first_attempt"
# Of attempts that cannot be recorded: the reason for programs, and for people.
UNRECORDED: dict[Action, tuple[str, str]] = {
    "too_old": (
        BEFORE_FIRST,
        "it was over before the first attempt that was sent, and cannot be recorded any more",
    ),
    "too_many": (
        "too_many_attempts",
        f"of one learner on one course only the first {MOST_ATTEMPTS} attempts are recorded: look "
        "at what the provider sends of this learner",
    ),
}
# After the last learner of the last wave of what is only tried again.
BEYOND_ALL = (-1, ("~", ""))


def synchronize_statistics(run: Run[StatisticsCursor]) -> None:
    """Bring the learners' statistics to 360Learning: each once, and never backward.

    Raises:
        OutOfTime: The run goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    with Reading(run) as reading:
        books = open_books(run, whole=not few_come(run))
        meeting = Meeting(run, books)
        imports = Imports(run, books, meeting)
        run.courier.settle([imports])
        reading.to_its_end(books)
    find_due(run, books)
    meeting.directory.know(books.spool.learners_due())
    for wave in books.spool.waves():
        if wave >= 0:
            # What goes out from here on is not to be taken for what is only tried again.
            run.journal.cursor.go_through(*BEYOND_ALL)
        for batch in batches(run, books, wave):
            carry(run, imports, wave, batch)
    move_watermark(run, books, usable=is_usable(run, books))


def conclude_statistics(run: Run[StatisticsCursor]) -> None:
    """Finish what a run that is not gone on with left in flight; see `RunKind.conclude`."""
    books = open_books(run, whole=False)
    run.courier.settle([Imports(run, books, Meeting(run, books))], abandoned=True)


def find_due(run: Run[StatisticsCursor], books: Books) -> None:
    """Compare what was read and what waits with what was sent; count it, once in a run."""
    cursor, report = run.journal.cursor, run.journal.report
    books.learners.fetch(books.spool.hashes())
    for hash_, rows in books.spool.learners():
        learner = books.learners.get(hash_)
        came = books.came(hash_)
        if not cursor.counted:
            came = put_back(report, books, learner, rows, came)
        finding = compare(learner, rows, run.request, run_id=report.run_id, came=came)
        if not cursor.counted:
            report.count("read", finding.read)
            for settled in finding.settled:
                _count_settled(run, settled)
        for due in finding.due:
            books.spool.owe(hash_, due)
            if due.replayed and due.wave >= 0 and due.parked_key is not None:
                learner.set_about(due.parked_key, f"+{report.run_id}")
        for key in finding.released:
            learner.release(key)
        books.learners.save(learner)
    cursor.counted = True


def _count_settled(run: Run[StatisticsCursor], settled: Settled) -> None:
    report = run.journal.report
    if settled.action not in UNRECORDED:
        report.count("unchanged")
        return
    reason, message = UNRECORDED[settled.action]
    report.count("ignored")
    course, mail = settled.attempt.externalCourseId, settled.attempt.learnerMail
    report.problem(course, reason, message, learner=mail)


def batches(run: Run[StatisticsCursor], books: Books, wave: int) -> Iterator[list[tuple[str, Due]]]:
    """Return what is due in a wave, as much at a time as the operations take that run at once."""
    due = books.spool.due(wave, run.journal.cursor.passed)
    return in_batches(due, AT_ONCE * IMPORT_STATISTICS.most_items)


def carry(
    run: Run[StatisticsCursor], imports: Imports, wave: int, batch: list[tuple[str, Due]]
) -> None:
    """Send a batch, and note how far its wave was gone through.

    What nobody reads from the ledger, that something was tried and came to nothing, follows from
    the place. So rows that wait are tried every day and write nothing: they are announced only if
    trying them was broken off before.
    """
    cursor = run.journal.cursor
    unannounced = wave < 0 and not cursor.broke_off
    cursor.broke_off = unannounced
    run.courier.carry(imports, imports.admit(batch), announced=not unannounced)
    cursor.broke_off = False
    hash_, due = batch[-1]
    cursor.go_through(wave, (hash_, due.attempt.externalCourseId))
    run.journal.save()
    run.journal.checkpoint()


def is_usable(run: Run[StatisticsCursor], books: Books) -> bool:
    """Tell whether anything that was read could be used; say so if not.

    A few rows on courses that were never sent are nothing to wonder at, all rows of a whole reading
    are.
    """
    states = {entry.state for _, entry in books.courses.items()}
    window = run.journal.cursor.window
    if run.request.is_backfill or (states and ACTIVE not in states):
        return True
    if run.journal.report.reasons.get(BEFORE_FIRST):
        # Understood, and too late.
        return True
    whole = window is not None and window.since is None and bool(states)
    headings = ("ignored", "invalid", *(("unknown_course",) if whole else ()))
    return not run.journal.report.nothing_usable(*headings)


def move_watermark(run: Run[StatisticsCursor], books: Books, *, usable: bool) -> None:
    """Move the watermark to the start of the run, less an overlap, if all was read and usable."""
    cursor, report = run.journal.cursor, run.journal.report
    # With rows that were parked after the last operation.
    waiting, before = (
        books.learners.rows_waiting(),
        parked_rows_counted(run.parties.table, run.parties.pk),
    )
    run.journal.leave(parked_rows_write(waiting))
    if not report.plans:
        measure(report.names, parked_rows=waiting, parked_growth=max(0, waiting - before))
    if cursor.listing.doubts or not usable or run.request.is_backfill:
        return
    overlap = run.parties.provider.overlap_hours * MILLISECONDS_AN_HOUR
    run.journal.leave(mark_write(WATERMARK, report.started_at - overlap))
    if cursor.window is not None and cursor.window.since is None:
        run.journal.leave(mark_write(WHOLE_READ, report.started_at))


STATISTICS = RunKind("stats", StatisticsCursor, synchronize_statistics, conclude_statistics)

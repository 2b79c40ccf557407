"""The statistics run, from the provider's listing to the watermark."""

from content_sync.state.cursors import StatisticsCursor
from content_sync.state.runs import WATERMARK, WHOLE_READ, mark_write
from content_sync.sync.run import Run, RunKind
from content_sync.sync.statistics.books import Books, open_books
from content_sync.sync.statistics.due import Settled, Shipment, ship
from content_sync.sync.statistics.reading import read_window
from content_sync.sync.statistics.recording import Imports

MILLISECONDS_AN_HOUR = 3_600_000


def synchronize_statistics(run: Run[StatisticsCursor]) -> None:
    """Bring the learners' statistics to 360Learning: each once, and never backward.

    Raises:
        OutOfTime: The run goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    books = open_books(run)
    imports = Imports(run, books)
    run.courier.settle([imports])
    read_window(run, books)
    shipment = ship(books, run.request, run_id=run.journal.report.run_id)
    count(run, books, shipment)
    for wave in shipment.waves:
        run.courier.carry(imports, imports.admit(wave))
    move_watermark(run)


def conclude_statistics(run: Run[StatisticsCursor]) -> None:
    """Finish what a run that is not gone on with left in flight; see `RunKind.conclude`."""
    run.courier.settle([Imports(run, open_books(run))], abandoned=True)


def count(run: Run[StatisticsCursor], books: Books, shipment: Shipment) -> None:
    """Count what was read, once in a run, and forget rows that need not wait any more."""
    for sk in shipment.released:
        books.parked.release(sk)
    cursor, report = run.journal.cursor, run.journal.report
    if cursor.counted:
        return
    report.count("read", shipment.read)
    report.count("unknown_course", shipment.unknown_course)
    for settled in shipment.settled:
        _count_settled(run, settled)
    cursor.counted = True


def _count_settled(run: Run[StatisticsCursor], settled: Settled) -> None:
    report = run.journal.report
    if not settled.too_old:
        report.count("unchanged")
        return
    report.count("ignored")
    report.problem(
        settled.attempt.externalCourseId,
        "before_first_attempt",
        "it was over before the first attempt that was sent, and cannot be recorded any more",
        learner=settled.attempt.learnerMail,
    )


def move_watermark(run: Run[StatisticsCursor]) -> None:
    """Move the watermark to the start of the run, less an overlap, if all was read."""
    cursor, report = run.journal.cursor, run.journal.report
    # Rows that were parked after the last operation.
    run.journal.save()
    if cursor.listing.doubts or run.request.is_backfill:
        return
    overlap = run.parties.provider.overlap_hours * MILLISECONDS_AN_HOUR
    marks = [mark_write(WATERMARK, report.started_at - overlap)]
    if cursor.window is not None and cursor.window.since is None:
        marks.append(mark_write(WHOLE_READ, report.started_at))
    run.journal.save(*marks)


STATISTICS = RunKind("stats", StatisticsCursor, synchronize_statistics, conclude_statistics)

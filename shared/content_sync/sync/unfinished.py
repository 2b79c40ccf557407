"""When an unfinished run is gone on with, and how one ends that is not."""

from itertools import islice
from typing import TypeVar

from content_sync.errors import ContentSyncError, InvalidEvent, OutOfTime, Signal
from content_sync.fields.instants import now, to_iso
from content_sync.observability import logger, said_of
from content_sync.report import Report
from content_sync.request import SyncRequest
from content_sync.state.cursors import Cursor, CursorStore
from content_sync.state.lease import Lease
from content_sync.state.runs import report_write, reports
from content_sync.sync.courier import Courier
from content_sync.sync.execution import Execution
from content_sync.sync.journal import Journal
from content_sync.sync.sentences import explained, in_a_sentence

# An older one is not gone on with by itself, so that nothing is archived by a crawl of yesterday.
FRESH_MILLISECONDS = 6 * 3_600_000
# A run that is older, or was cut more often, does not end by itself: it fails.
LONGEST_MILLISECONDS = 24 * 3_600_000
MOST_SLICES = 400
LEFT_UNFINISHED = (
    "it was left unfinished and another run began: what had reached 360Learning was recorded, and "
    "the rest is read again"
)
LOST = "its place cannot be gone on from: another run began from the start"
# Of so many runs it is seen whether they seem to go on.
LATEST = 20

C = TypeVar("C", bound=Cursor)


def takes_up(left: Cursor, request: SyncRequest, *, by_id_only: bool, now: int) -> bool:
    """Tell whether an unfinished run is the one that is asked for.

    Args:
        left: What it left.
        request: What is asked for; a run id in it is the unfinished run's.
        by_id_only: Whether nothing but its run id asks for it.
        now: In milliseconds.

    Raises:
        InvalidEvent: It is, in another mode than the event says.
    """
    if request.run_id is not None:
        if left.demands.mode != request.mode:
            raise InvalidEvent(
                f"run {request.run_id} is in mode {left.demands.mode}: give the event the same "
                "mode, or leave run_id out"
            )
        return True
    fresh = left.slices < MOST_SLICES and now - left.report.started_at < FRESH_MILLISECONDS
    return fresh and not by_id_only and left.demands == request.demands


def must_be_over(left: Cursor, now: int) -> None:
    """Let whoever concludes an unfinished run fail where what it left in flight goes on and on.

    What is in flight may still arrive: another run beside it would send it twice.

    Raises:
        ContentSyncError: It does.
    """
    started_at = left.report.started_at
    if now - started_at >= LONGEST_MILLISECONDS:
        ids = ", ".join(begun[0] for one in left.in_flight for begun in one.begun)
        raise ContentSyncError(
            f"a run of {to_iso(started_at)} left bulk operations at 360Learning that do not end "
            f"({ids or 'or one that may be its own'}), and no other run begins before: ask "
            "360Learning what became of them"
        )


def must_end(cursor: Cursor, now: int) -> None:
    """Let a run fail that goes on and on.

    Raises:
        ContentSyncError: It does.
    """
    started_at = cursor.report.started_at
    if cursor.slices > MOST_SLICES or now - started_at >= LONGEST_MILLISECONDS:
        raise ContentSyncError(
            f"this run goes on since {to_iso(started_at)} over {cursor.slices} invocations and "
            "does not end: look at the log for what it waits for; the next run records what came "
            "of it and begins from the start"
        )


def conclude(
    execution: Execution[C], left: C, store: CursorStore[C], lease: Lease, *, by: Report
) -> None:
    """End an unfinished run that is not gone on with, as itself: its cursor, its report.

    What it had in flight is recorded; a run that had stopped with nothing in flight has its
    report already.

    Args:
        execution: Of this invocation.
        left: What the run left.
        store: Where that is kept.
        lease: Under which it is ended.
        by: The report of the run that takes its place, and fails where this one cannot be ended.
    """
    report = left.report
    stored = execution.stored_report(report.run_id) or {}
    failures = [row for row in stored.get("problems", ()) if row["reason"] == "failed"]
    ending = failures[0]["message"] if failures else LEFT_UNFINISHED
    if stored.get("status") == "failed" and not left.in_flight:
        lease.write(store.clearing(left))
        return
    with said_of(report), in_a_sentence():
        try:
            if left.in_flight:
                record_what_was_left(execution, left, store, lease)
        except Signal:
            # Its report says how it ended, whoever else works on it.
            report.failure(ending)
            raise
        except Exception as error:
            # The run that was asked for fails by it: it cannot begin before this one has ended.
            by.failure(str(explained(error)))
            execution.failed(by, error, lease)
            raise
        report.failure(ending)
        report.replaced_by = by.run_id
        # What it had counted was published when it stopped.
        execution.ended(report, "failed", lease, clearing=store.clearing(left), publishes=False)
        logger.warning("an unfinished run was ended", counts=report.counts)


def give_up_others(execution: Execution[C], lease: Lease, *, by: Report) -> None:
    """Let no other run seem to go on: the one place that there is cannot be read."""
    pk, kind = execution.integration.pk, execution.kind.name
    for report in islice(reports(execution.table, pk, kind), LATEST):
        if report["status"] == "continued":
            failure = {"external_id": "", "reason": "failed", "message": LOST}
            problems = [failure, *report["problems"]]
            ended = {"status": "failed", "problems": problems, "replaced_by": by.run_id}
            lease.write([report_write(report | ended)])


def record_what_was_left(
    execution: Execution[C], left: C, store: CursorStore[C], lease: Lease
) -> None:
    """See what a run left in flight to its end.

    Raises:
        ContentSyncError: It does not end.
    """
    journal = Journal(left, store, lease, execution.budget(), resumed=True)
    run = execution.opened(journal, Courier)
    run.agreed()
    try:
        execution.kind.conclude(run)
    except OutOfTime:
        # Else one invocation would follow the other for as long as an operation lasts.
        if left.in_flight:
            must_be_over(left, now())
        raise
    journal.save()

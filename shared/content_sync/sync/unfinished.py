"""When an unfinished run is gone on with, and when it has gone on for too long."""

from content_sync.errors import ContentSyncError, InvalidEvent
from content_sync.fields.instants import to_iso
from content_sync.request import SyncRequest
from content_sync.state.cursors import Cursor

# An older one is not gone on with by itself, so that nothing is archived by a crawl of yesterday.
FRESH_MILLISECONDS = 6 * 3_600_000
# A run that is older, or was cut more often, does not end by itself: it fails.
LONGEST_MILLISECONDS = 24 * 3_600_000
MOST_SLICES = 400


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

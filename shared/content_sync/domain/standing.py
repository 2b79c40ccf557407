"""Meeting what stands at 360Learning: the decision table, as pure functions.

START makes an attempt there, by default completed at 0 %. API v2 never updates a completed attempt,
and a row that began before one changes nothing ("Import statistics": a row creates an attempt if
its first activity is later than the last activity or completion of all, and updates those not
completed that it is earlier than). So what is sent depends on what stands there. Instants are in
milliseconds; comparisons leave a second, since "earlier" may be read with or without equality.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic

SECOND = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """An attempt as 360Learning shows it.

    Attributes:
        progress: In percent.
        first: First activity, if it is told.
        last: Last activity, if it is told.
        completed: The completion; None for an attempt that is open.
        time_spent: In milliseconds.
    """

    progress: int
    first: int | None
    last: int | None
    completed: int | None
    time_spent: int = 0

    @property
    def active(self) -> int | None:
        """Return its last activity, or its first where no last one is told."""
        return self.last if self.last is not None else self.first

    @property
    def ended(self) -> int | None:
        """Return its completion, or else its last activity."""
        return self.completed if self.completed is not None else self.active


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How an attempt goes out.

    Attributes:
        first: `firstActivityAt`.
        last: `lastActivityAt`, which is the completion of a completed one.
        time_spent: `timeSpent`, in milliseconds.
        force_new: Whether 360Learning is told to make a new attempt whatever stands there.
    """

    first: int
    last: int
    time_spent: int
    force_new: bool = False


def dispatch(attempt: Statistic, first: int, *, elsewhere: int = 0) -> Dispatch:
    """Return how an attempt goes out that begins at `first`.

    An unfinished one ends at least a second after it began: with both equal it could never be
    updated again.

    Args:
        attempt: The attempt.
        first: Its first activity.
        elsewhere: How much of the time spent stands at other attempts already.
    """
    time_spent = max(attempt.timeSpentInMilliseconds - elsewhere, LEAST_TIME_SPENT)
    if attempt.completedAt is not None:
        return Dispatch(min(first, attempt.completedAt), attempt.completedAt, time_spent)
    return Dispatch(first, max(attempt.lastActivity, first + SECOND), time_spent)


def decide(
    attempt: Statistic,
    first: int,
    standing: Sequence[Standing],
    *,
    insists: bool = False,
    earlier: Sequence[int] = (),
) -> Dispatch | None:
    """Return how an attempt goes out, or None when what stands there says the same already.

    The rules are those of docs/design/mapping.md, "Meeting what stands at 360Learning", by number.

    Args:
        attempt: What 360Learning should show.
        first: Its first activity: the one that went out before, where there is one.
        standing: All of the learner's attempts on the course there.
        insists: Whether an open attempt goes out although it shows the same: everything should, or
            something changed that 360Learning does not show.
        earlier: When the learner's attempts before this one were completed: what shows those does
            not stand for this one, however early it was made to begin.
    """
    if not standing:
        return dispatch(attempt, first)  # 1
    if shows(attempt, dispatch(attempt, first).last, standing) and (
        attempt.completed or not insists
    ):
        return None  # 2
    if any(
        one.completed is not None
        and one.progress == COMPLETED
        and one.completed >= first
        and not any(abs(one.completed - other) <= SECOND for other in earlier)
        for one in standing
    ):
        return None  # 3
    unfinished = [one for one in standing if one.completed is None]
    # A launch may have ended an attempt of ours: the time that went out with it is there once.
    elsewhere = sum(
        one.time_spent
        for one in standing
        if one.completed is not None and one.time_spent > LEAST_TIME_SPENT
    )
    if unfinished:
        active = [one.active for one in unfinished if one.active is not None]
        begins = min([first, *(instant - SECOND for instant in active)])
        return dispatch(attempt, begins, elsewhere=elsewhere)  # 4
    end = max((one.ended or 0) for one in standing)
    if first > end:
        return dispatch(attempt, first, elsewhere=elsewhere)  # 5
    if attempt.completedAt is None or attempt.completedAt > end:
        return dispatch(attempt, end + SECOND, elsewhere=elsewhere)  # 6, 7
    return replace(dispatch(attempt, first, elsewhere=elsewhere), force_new=True)  # 8


def shows(attempt: Statistic, last: int, standing: Sequence[Standing]) -> bool:
    """Tell whether one of the attempts there shows this one, sent with this `lastActivityAt`."""
    for one in standing:
        if attempt.completed:
            same = one.completed is not None and abs(one.completed - last) <= SECOND
        else:
            same = one.completed is None and one.last is not None and abs(one.last - last) < SECOND
        if same and one.progress == attempt.progress:
            return True
    return False

"""What to send of a learner's attempts, given what was sent: never twice, never backward.

360Learning opens an attempt when `firstActivityAt` is later than the last activity or completion of
all that it has, and else updates those that are not completed (its bulk API, "Import statistics").
Hence: `firstActivity` keeps the value first sent; a completed attempt is closed for good; and an
attempt older than the first one sent cannot be recorded any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic, begins_after


@dataclass(frozen=True, slots=True)
class Verdict:
    """One attempt of the provider's, and what is to be done with it.

    Attributes:
        attempt: What 360Learning should hold in the end.
        place: The place among this learner's attempts on this course, from 0.
        action: What to do with it: send it, nothing, or say that it came too late.
        sent: What 360Learning holds now, if anything.
    """

    attempt: Statistic
    place: int
    action: Literal["send", "unchanged", "too_old"]
    sent: Statistic | None


def reconcile(attempts: Iterable[Statistic], sent: list[Statistic]) -> list[Verdict]:
    """Compare the attempts read now with those sent before, one verdict for each.

    Args:
        attempts: One learner's attempts on one course, merged, in order.
        sent: The same learner's attempts as recorded when they were sent, in order.
    """
    record = list(sent)
    verdicts: list[Verdict] = []
    for attempt in attempts:
        place = _place(attempt, record)
        if place < 0:
            verdicts.append(Verdict(attempt, 0, "too_old", None))
            continue
        before = record[place] if place < len(record) else None
        after = _advanced(attempt, before, first=place == 0)
        changed = after != before
        if before is None:
            record.append(after)
        else:
            record[place] = after
        verdicts.append(Verdict(after, place, "send" if changed else "unchanged", before))
    return verdicts


def _place(attempt: Statistic, record: list[Statistic]) -> int:
    """Return which recorded attempt this one is; -1 when it was over before that one began."""
    for place, known in enumerate(record):
        if not begins_after(attempt, known):
            over = attempt.completedAt is not None and attempt.completedAt < known.firstActivity
            return -1 if over else place
    return len(record)


def _advanced(attempt: Statistic, before: Statistic | None, *, first: bool) -> Statistic:
    time_spent = attempt.timeSpentInMilliseconds if first else LEAST_TIME_SPENT
    if before is None:
        return replace(attempt, timeSpentInMilliseconds=time_spent)
    if before.completed:
        return before
    return replace(
        attempt,
        firstActivity=before.firstActivity,
        lastActivity=max(before.lastActivity, attempt.lastActivity),
        progress=COMPLETED if attempt.completed else max(before.progress, attempt.progress),
        timeSpentInMilliseconds=max(before.timeSpentInMilliseconds, time_spent),
        result=attempt.result or before.result,
    )

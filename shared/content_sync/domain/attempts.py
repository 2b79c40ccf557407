"""What to send of a learner's attempts, given what was sent: never twice, never backward.

360Learning opens an attempt when `firstActivityAt` is later than the last activity or completion of
all that it has, and else updates those that are not completed (its bulk API, "Import statistics").
Hence: `firstActivity` keeps the value first sent; a completed attempt is closed for good; and an
attempt older than the first one sent cannot be recorded any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic, begins_after


@dataclass(frozen=True, slots=True)
class Verdict:
    """One attempt of the provider's, and what is to be done with it.

    Attributes:
        attempt: What 360Learning should hold in the end.
        number: The place among this learner's attempts on this course, from 0.
        action: `send`, `unchanged` or `too_old`.
        sent: What 360Learning holds now, if anything.
    """

    attempt: Statistic
    number: int
    action: str
    sent: Statistic | None


def reconcile(attempts: Iterable[Statistic], sent: list[Statistic]) -> list[Verdict]:
    """Compares the attempts read now with those sent before, one verdict for each.

    Args:
        attempts: One learner's attempts on one course, merged, in order.
        sent: The same learner's attempts as recorded when they were sent, in order.
    """
    record = list(sent)
    verdicts: list[Verdict] = []
    for attempt in attempts:
        number = _place(attempt, record)
        if number < 0:
            verdicts.append(Verdict(attempt, 0, "too_old", None))
            continue
        before = record[number] if number < len(record) else None
        after = _advanced(attempt, before, first=number == 0)
        changed = after != before
        if before is None:
            record.append(after)
        else:
            record[number] = after
        verdicts.append(Verdict(after, number, "send" if changed else "unchanged", before))
    return verdicts


def _place(attempt: Statistic, record: list[Statistic]) -> int:
    """Which recorded attempt this one is; -1 when it was over before that one began."""
    for number, known in enumerate(record):
        if not begins_after(attempt, known):
            over = attempt.completedAt is not None and attempt.completedAt < known.firstActivity
            return -1 if over else number
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

"""What to send of a learner's attempts, given what was sent: never twice, never backward.

A completed attempt is closed for good, and an attempt older than the first one sent cannot be
recorded any more. What 360Learning itself holds meanwhile is met by `domain.standing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic, begins_after

# Of one learner on one course: nobody takes one so often, and what is kept of them is one item.
MOST_ATTEMPTS = 200

Action = Literal["send", "unchanged", "too_old", "too_many"]


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt as it was recorded when it was sent.

    Attributes:
        attempt: What the provider said.
        first: The `firstActivityAt` that went out, in milliseconds: it may be another than the
            provider's, to meet what stood at 360Learning.
    """

    attempt: Statistic
    first: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One attempt of the provider's, and what is to be done with it.

    Attributes:
        attempt: What 360Learning should hold in the end.
        place: The place among this learner's attempts on this course, from 0.
        action: What to do with it: send it, nothing, or say that it came too late, or that it is
            one too many.
        sent: What was sent of it before, if anything.
    """

    attempt: Statistic
    place: int
    action: Action
    sent: Sent | None


def verdicts_on(attempts: Iterable[Statistic], sent: Sequence[Sent]) -> list[Verdict]:
    """Compare the attempts read now with those sent before, one verdict for each.

    Args:
        attempts: One learner's attempts on one course, merged, in order.
        sent: The same learner's attempts as recorded when they were sent, in order.
    """
    record = [known.attempt for known in sent]
    verdicts: list[Verdict] = []
    for attempt in attempts:
        place = _place(attempt, record)
        if place < 0:
            verdicts.append(Verdict(attempt, 0, "too_old", None))
            continue
        if place >= MOST_ATTEMPTS:
            verdicts.append(Verdict(attempt, place, "too_many", None))
            continue
        before = record[place] if place < len(record) else None
        after = _advanced(attempt, before, first=place == 0)
        changed = after != before
        if before is None:
            record.append(after)
        else:
            record[place] = after
        known = sent[place] if place < len(sent) else None
        verdicts.append(Verdict(after, place, "send" if changed else "unchanged", known))
    return verdicts


def ended_before(
    place: int, sent: Sequence[Sent], verdicts: Iterable[Verdict] = ()
) -> tuple[int, ...]:
    """Return when the attempts before a place were completed, as recorded or as they are to be."""
    ends = {number: known.attempt.completedAt for number, known in enumerate(sent)}
    ends |= {one.place: one.attempt.completedAt for one in verdicts}
    return tuple(end for other, end in sorted(ends.items()) if other < place and end is not None)


def covering(row: Statistic, sent: Sequence[Sent]) -> int | None:
    """Return the place of the sent attempt to which a row adds nothing, or None.

    Such a row may be left out before rows are merged, if the attempt stands for it there: whatever
    other rows there are, the same is due.
    """
    (verdict,) = verdicts_on([row], sent)
    known = verdict.attempt
    # Which rows are one attempt follows from their beginnings and completions, and which result
    # counts from all rows of an attempt that is open.
    if verdict.action != "unchanged" or not _same_span(row, sent[verdict.place].attempt):
        return None
    return None if row.result is not None and not known.completed else verdict.place


def _same_span(row: Statistic, attempt: Statistic) -> bool:
    """Tell whether two begin together and are completed together, or not at all."""
    return (row.firstActivity, row.completedAt) == (attempt.firstActivity, attempt.completedAt)


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
        known = attempt.timeSpentInMilliseconds
        return (
            attempt if known == time_spent else replace(attempt, timeSpentInMilliseconds=time_spent)
        )
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

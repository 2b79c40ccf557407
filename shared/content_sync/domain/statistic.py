"""A learner's statistic on a course, and what one attempt is.

Field names are those of 360Learning's integration guides; instants are milliseconds since the
epoch, time spent is milliseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from content_sync.fields.instants import now

COMPLETED = 100
HIGHEST_OPEN = 99
# RFC 5321: 64 octets before the at sign, 255 after it.
LONGEST_ADDRESS = 320
FURTHEST_AHEAD = 48 * 3_600_000
# Thirty years: what is longer is a mistake.
LONGEST_TIME_SPENT = 10**12
# API v2's minimum, and what every attempt after the first carries.
LEAST_TIME_SPENT = 1


@dataclass(frozen=True, slots=True)
class Statistic:
    """What one learner did on one course, in one attempt."""

    externalCourseId: str
    learnerMail: str
    progress: int
    firstActivity: int
    lastActivity: int
    completedAt: int | None = None
    timeSpentInMilliseconds: int = LEAST_TIME_SPENT
    result: str | None = None

    @property
    def completed(self) -> bool:
        """Tell whether the learner finished."""
        return self.completedAt is not None


@dataclass(frozen=True, slots=True)
class IgnoredRow:
    """A row that the source says to leave out."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row without a course, an address or a date: counted, named in the report, never sent."""

    externalCourseId: str
    reason: str
    message: str


StatisticJudgement = Statistic | IgnoredRow | InvalidRow


def observed(
    *,
    course: str | None,
    mail: str | None,
    completed: bool,
    progress: Decimal | int | None,
    first: int | None,
    last: int | None,
    completed_at: int | None = None,
    time_spent: Decimal | int | None = None,
    result: str | None = None,
) -> StatisticJudgement:
    """Judge one row by the rules that all providers share.

    Args:
        course: The course's external id.
        mail: The learner's address, as the provider writes it.
        completed: Whether the learner finished.
        progress: 0 to 100, any precision; None counts as 0.
        first: First activity, if known.
        last: Last activity, if known.
        completed_at: The completion instant, if known; looked at for a completed row only.
        time_spent: Milliseconds, if known.
        result: `success`, `failed` or None.
    """
    if course is None:
        return InvalidRow("", "missing_course", "a statistic without a course was left out")
    address = (mail or "").lower()
    if not is_address(address):
        return InvalidRow(
            course,
            "missing_learner_mail",
            f"a statistic on course {course} has no learner's address",
        )
    usable = not_ahead(first), not_ahead(last), not_ahead(completed_at) if completed else None
    known = [instant for instant in usable if instant is not None]
    if not known:
        return InvalidRow(
            course,
            "missing_date",
            f"a statistic on course {course} has no usable date",
        )
    first, last, completed_at = usable
    first_activity = first if first is not None else min(known)
    # A date alone is midnight, often before the instant at which the learner began that day.
    last_activity = max(last if last is not None else max(known), first_activity)
    completion = None
    if completed:
        completion = last_activity if completed_at is None else max(completed_at, first_activity)
    return Statistic(
        externalCourseId=course,
        learnerMail=address,
        progress=progress_of(progress, completed=completed),
        firstActivity=first_activity,
        lastActivity=last_activity,
        completedAt=completion,
        timeSpentInMilliseconds=_time_spent(time_spent),
        result=result,
    )


def not_ahead(instant: int | None) -> int | None:
    """Return an instant, or None for one more than 48 h ahead, which nobody can have lived."""
    if instant is None or instant > now() + FURTHEST_AHEAD:
        return None
    return instant


def is_address(text: str) -> bool:
    """Tell whether a text can be a learner's address."""
    local, at, domain = text.rpartition("@")
    whole = bool(local and at and domain) and len(text) <= LONGEST_ADDRESS
    return whole and text.split() == [text]


def progress_of(progress: Decimal | int | None, *, completed: bool) -> int:
    """Return the progress that is sent: 100 if completed, else rounded down and never 100."""
    if completed:
        return COMPLETED
    whole = int(Decimal(progress or 0).to_integral_value(rounding=ROUND_FLOOR))
    return min(max(whole, 0), HIGHEST_OPEN)


def _time_spent(milliseconds: Decimal | int | None) -> int:
    return max(round(min(milliseconds or 0, LONGEST_TIME_SPENT)), LEAST_TIME_SPENT)


def merge(rows: Iterable[Statistic]) -> list[Statistic]:
    """Return the attempts that one learner's rows on one course make, in order of their beginning.

    Rows are one attempt, unless one begins strictly after another was completed.
    """
    attempts: list[Statistic] = []
    for row in sorted(rows, key=_beginning):
        if attempts and not begins_after(row, attempts[-1]):
            attempts[-1] = _merged(attempts[-1], row)
        else:
            attempts.append(row)
    return attempts


def begins_after(row: Statistic, attempt: Statistic) -> bool:
    """Tell whether `row` opens another attempt than `attempt`."""
    return attempt.completedAt is not None and row.firstActivity > attempt.completedAt


def _beginning(row: Statistic) -> tuple[int, int]:
    # Among rows that begin together the earliest completion comes first: it decides what follows.
    return (row.firstActivity, row.completedAt if row.completedAt is not None else 2**63)


def _merged(attempt: Statistic, row: Statistic) -> Statistic:
    completions = [
        instant for instant in (attempt.completedAt, row.completedAt) if instant is not None
    ]
    return replace(
        attempt,
        progress=max(attempt.progress, row.progress),
        firstActivity=min(attempt.firstActivity, row.firstActivity),
        lastActivity=max(attempt.lastActivity, row.lastActivity),
        completedAt=min(completions) if completions else None,
        timeSpentInMilliseconds=max(attempt.timeSpentInMilliseconds, row.timeSpentInMilliseconds),
        result=_result(attempt, row),
    )


def _result(attempt: Statistic, row: Statistic) -> str | None:
    # The completed row's word counts; between equals, success.
    if attempt.completed != row.completed:
        decisive, other = (attempt, row) if attempt.completed else (row, attempt)
        return decisive.result or other.result
    if "success" in (attempt.result, row.result):
        return "success"
    return attempt.result or row.result

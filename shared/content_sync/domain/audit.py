"""Whether what was sent of a learner on a course still stands at 360Learning: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from content_sync.domain.attempts import Sent
from content_sync.domain.standing import SECOND, Standing, decide, dispatch, shows
from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic, begins_after


@dataclass
class Comparison:
    """What was sent of one learner on one course, held against what stands there.

    Attributes:
        agreed: How many of the attempts that were sent stand there.
        missing: Those of which nothing stands there.
        differing: Those instead of which something else does.
        found: The attempts there that came from this program and are not known to have been sent.
        recordable: Those of them of which enough shows to record them as sent; the others a run
            meets as what stands there.
        foreign: Those that did not, but for launches.
        launches: How many START made, and nothing updated.
    """

    agreed: int = 0
    missing: list[Sent] = field(default_factory=list)
    differing: list[Sent] = field(default_factory=list)
    found: list[Statistic] = field(default_factory=list)
    recordable: list[Statistic] = field(default_factory=list)
    foreign: list[Standing] = field(default_factory=list)
    launches: int = 0


def compare(
    sent: Sequence[Sent],
    standing: Sequence[Standing],
    *,
    launch_progress: int,
    course: str,
    mail: str,
) -> Comparison:
    """Compare one learner's attempts on a course.

    An attempt that was sent stands there if a run would send nothing of it now. Any other is what
    this program sent before its record was lost, if it came after all that is recorded and is not
    as a launch leaves it.

    Args:
        sent: As recorded, in order.
        standing: What 360Learning shows.
        launch_progress: What START gives a learner there, in percent.
        course: The course's external id.
        mail: The learner's address; blank where it cannot be told, so that nothing is found.
    """
    result = Comparison()
    for known in sent:
        if decide(known.attempt, known.first, standing) is None:
            result.agreed += 1
        else:
            (result.differing if standing else result.missing).append(known)
    for one in standing:
        if any(_shows(one, known) for known in sent):
            continue
        if is_launch(one, launch_progress):
            result.launches += 1
        elif (found := _as_sent(one, course, mail)) is not None and _follows(found, sent):
            result.found.append(found)
        elif not result.differing:
            result.foreign.append(one)
    result.found.sort(key=lambda attempt: attempt.firstActivity)
    # Beside a launch that is over, an open attempt may have gone out with a later beginning than
    # the provider's: taken for that, it would let the provider's own completion look too old.
    over = any(one.completed is not None and one.progress < COMPLETED for one in standing)
    result.recordable = [one for one in result.found if one.completed or not over]
    return result


def is_launch(one: Standing, launch_progress: int) -> bool:
    """Tell whether an attempt is as START makes it: over below 100 %, or begun and nothing more."""
    if one.completed is not None:
        return one.progress < COMPLETED
    begun = one.last is None or one.first is None or one.last - one.first < SECOND
    return begun and one.progress == launch_progress


def _follows(found: Statistic, sent: Sequence[Sent]) -> bool:
    """Tell whether an attempt began after all that were sent had ended."""
    return all(begins_after(found, known.attempt) for known in sent)


def _shows(one: Standing, known: Sent) -> bool:
    return shows(known.attempt, dispatch(known.attempt, known.first).last, [one])


def _as_sent(one: Standing, course: str, mail: str) -> Statistic | None:
    """Return the statistic that led to an attempt; None where none of ours could have."""
    end = one.ended
    if not mail or end is None or (one.completed is None) == (one.progress == COMPLETED):
        return None
    return Statistic(
        externalCourseId=course,
        learnerMail=mail,
        progress=one.progress,
        firstActivity=min(one.first if one.first is not None else end, end),
        lastActivity=end,
        completedAt=one.completed,
        timeSpentInMilliseconds=max(one.time_spent, LEAST_TIME_SPENT),
    )

"""Whether what was sent of a learner on a course still stands at 360Learning: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from content_sync.domain.attempts import Sent
from content_sync.domain.standing import SECOND, Standing, decide, dispatch, shows
from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic


@dataclass
class Comparison:
    """What was sent of one learner on one course, held against what stands there.

    Attributes:
        agreed: How many of the attempts that were sent stand there.
        missing: Those of which nothing stands there.
        differing: Those instead of which something else does.
        found: The attempts there that came from this program and are not known to have been sent.
        foreign: Those that did not, but for launches.
        launches: How many START made, and nothing updated.
    """

    agreed: int = 0
    missing: list[Sent] = field(default_factory=list)
    differing: list[Sent] = field(default_factory=list)
    found: list[Statistic] = field(default_factory=list)
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

    An attempt that was sent stands there if a run would send nothing of it now. What stands there
    beside a record is nobody's but the platform's; without any record, it is what this program sent
    before the record was lost, unless a launch looks like that.

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
        elif not sent and mail and (found := _as_sent(one, course, mail)) is not None:
            result.found.append(found)
        elif not result.differing:
            result.foreign.append(one)
    result.found.sort(key=lambda attempt: attempt.firstActivity)
    return result


def is_launch(one: Standing, launch_progress: int) -> bool:
    """Tell whether an attempt is as START makes it: over below 100 %, or begun and nothing more."""
    if one.completed is not None:
        return one.progress < COMPLETED
    begun = one.last is None or one.first is None or one.last - one.first < SECOND
    return begun and one.progress == launch_progress


def _shows(one: Standing, known: Sent) -> bool:
    return shows(known.attempt, dispatch(known.attempt, known.first).last, [one])


def _as_sent(one: Standing, course: str, mail: str) -> Statistic | None:
    """Return the statistic that led to an attempt; None where none of ours could have."""
    end = one.ended
    if end is None or (one.completed is None) == (one.progress == COMPLETED):
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

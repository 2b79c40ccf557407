"""Whether what was sent of a learner on a course still stands at 360Learning: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from content_sync.domain.attempts import Sent, ended_before
from content_sync.domain.standing import SECOND, Standing, decide, dispatch, shows
from content_sync.domain.statistic import COMPLETED, LEAST_TIME_SPENT, Statistic, begins_after


@dataclass
class Comparison:
    """What was sent of one learner on one course, held against what stands there.

    Attributes:
        agreed: How many of the attempts that were sent stand there.
        missing: Those of which nothing stands there.
        differing: Those instead of which something less does.
        ahead: Those instead of which something more does: it was sent by a ledger that is lost, or
            did not come from here.
        found: The attempts there that are as this program sends them, and not in the ledger.
        foreign: How many others there are: launches, for the most part.
    """

    agreed: int = 0
    missing: list[Sent] = field(default_factory=list)
    differing: list[Sent] = field(default_factory=list)
    ahead: list[Sent] = field(default_factory=list)
    found: list[Statistic] = field(default_factory=list)
    foreign: int = 0


def compare(
    sent: Sequence[Sent],
    standing: Sequence[Standing],
    *,
    launch_progress: int,
    course: str,
    mail: str,
) -> Comparison:
    """Compare one learner's attempts on a course.

    An attempt that was sent stands there if a run would send nothing of it now. Any other that
    began after all that were sent had ended, and is not as a launch leaves it, is found.

    Args:
        sent: As recorded, in order.
        standing: What 360Learning shows.
        launch_progress: What START gives a learner there, in percent.
        course: The course's external id.
        mail: The learner's address; blank where it cannot be told, so that nothing is found.
    """
    result = Comparison()
    launches = [one for one in standing if is_launch(one, launch_progress)]
    genuine = [one for one in standing if one not in launches]
    for place, known in enumerate(sent):
        earlier = ended_before(place, sent)
        if decide(known.attempt, known.first, standing, earlier=earlier) is None:
            result.agreed += 1
        elif any(_is_ahead(one, known) for one in genuine):
            result.ahead.append(known)
        else:
            (result.differing if standing else result.missing).append(known)
    result.foreign += sum(not any(_shows(one, known) for known in sent) for one in launches)
    for one in genuine:
        if (found := _as_sent(one, course, mail)) is None:
            result.foreign += 1
        elif all(begins_after(found, known.attempt) for known in sent):
            result.found.append(found)
    result.found.sort(key=lambda attempt: attempt.firstActivity)
    return result


def recordable(found: Sequence[Statistic], *, alone: bool) -> list[Statistic]:
    """Return the found attempts of which enough shows to record them as sent, in order.

    Completed ones, each completion once: an import completes all open attempts at the same time. Of
    an open one beside others neither its beginning at the provider shows, nor whether it is one
    with another; the next run meets those.

    Args:
        found: In order of their beginning.
        alone: Whether nothing else of the learner stands on the course.
    """
    kept: list[Statistic] = []
    for attempt in found:
        if alone or (attempt.completed and all(begins_after(attempt, one) for one in kept)):
            kept.append(attempt)
    return kept


def is_launch(one: Standing, launch_progress: int) -> bool:
    """Tell whether an attempt is as START makes it: over below 100 %, or begun and nothing more."""
    if one.completed is not None:
        return one.progress < COMPLETED
    begun = one.last is None or one.first is None or one.last - one.first < SECOND
    return begun and one.progress == launch_progress


def _is_ahead(one: Standing, known: Sent) -> bool:
    """Tell whether an attempt there shows more of the same one than was sent."""
    attempt = known.attempt
    if attempt.completed or (one.ended is not None and one.ended < known.first):
        return False
    further = (one.active or 0) > dispatch(attempt, known.first).last + SECOND
    return one.progress > attempt.progress or (one.progress == attempt.progress and further)


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

"""The action `explain`: what each side says, side by side, and one sentence why."""

from typing import Any

from content_sync.agreement import must_agree
from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.lifecycle.explain.course import CourseFacts, find_course
from content_sync.lifecycle.explain.learner import LearnerFacts, find_learner
from content_sync.lifecycle.explain.progress import attempts_of, explain_progress
from content_sync.masking import mask_all
from content_sync.parties import Parties
from content_sync.state import integrations
from content_sync.state.courses import course_ledger
from content_sync.state.integrations import Integration

# A learner's courses that are told one by one.
MOST_COURSES = 100


def explain(parties: Parties, *, course: str | None, learner: str | None) -> dict[str, Any]:
    """Say what is known of a course, a learner, or a learner on a course. Nothing is written.

    Args:
        parties: The integration, its platform rehearsed.
        course: The course's external id.
        learner: The learner's address.

    Returns:
        `{"provider", "integration", "state", "why"}` with `course`, `learner` and `progress`, as
        far as they were asked about: what the provider says and how it is judged, what the ledger
        holds, what stands at 360Learning. Addresses are masked.

    Raises:
        InvalidEvent: The integration is unknown.
        ContentSyncError: A side could not be asked at all.
    """
    stored = integrations.known(parties.table, parties.provider.name, parties.name)
    answer: dict[str, Any] = {
        "provider": stored.provider,
        "integration": stored.name,
        "state": stored.state,
    }
    about_course = find_course(parties, course) if course is not None else None
    about_learner = find_learner(parties, learner, about_course) if learner is not None else None
    if about_course is not None:
        answer["course"] = about_course.told()
        answer["why"] = about_course.why
    if about_learner is not None:
        answer["learner"] = about_learner.told()
        answer["why"] = about_learner.why
        if about_course is not None:
            progress = _on(parties, about_learner, about_course)
            answer["progress"] = progress
            answer["why"] = progress["why"]
        else:
            answer["courses"] = _on_each(parties, about_learner)
    answer["why"] += _of_the_integration(parties, stored)
    masked: dict[str, Any] = mask_all(answer)
    return masked


def _of_the_integration(parties: Parties, stored: Integration) -> str:
    """Return what of the integration as a whole explains more than anything else; mostly blank."""
    if stored.state == integrations.INACTIVE:
        return " The integration is inactive: nothing runs, and its ledgers were cleared."
    said = ""
    if stored.state == integrations.PAUSED:
        said = " The integration is paused: its schedules pass over it."
    try:
        must_agree(parties)
    except InvalidSettings as error:
        said += f" No run can begin: {error}."
    except ContentSyncError:
        pass
    return said


def _on(parties: Parties, learner: LearnerFacts, course: CourseFacts) -> dict[str, Any]:
    """Explain one learner's progress on one course."""
    attempts = attempts_of(parties, learner.user_id, [course.course_id])
    return explain_progress(
        parties,
        learner,
        course.external_id,
        course.entry,
        attempts.get(course.course_id, []) if attempts is not None else None,
        why_course=course.why,
    )


def _on_each(parties: Parties, learner: LearnerFacts) -> list[dict[str, Any]]:
    """Explain the learner's progress on each course of which anything is known, in short."""
    ledger = course_ledger(parties.table, parties.pk)
    courses = learner.courses()[:MOST_COURSES]
    entries = {name: ledger.get(name) for name in courses}
    ids = [entry.course_id for entry in entries.values() if entry is not None]
    attempts = attempts_of(parties, learner.user_id, ids)
    found = []
    for name, entry in entries.items():
        standing = None
        if attempts is not None and entry is not None:
            standing = attempts.get(entry.course_id, [])
        progress = explain_progress(parties, learner, name, entry, standing)
        found.append({key: progress[key] for key in ("external_id", "verdict", "why")})
    return found

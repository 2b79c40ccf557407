"""One learner on one course: why the progress is at 360Learning, or is not."""

from collections.abc import Sequence
from typing import Any

from content_sync.batches import in_batches
from content_sync.domain.attempts import MOST_ATTEMPTS, Sent, Verdict, ended_before, verdicts_on
from content_sync.domain.standing import Standing, decide
from content_sync.domain.statistic import (
    IgnoredRow,
    InvalidRow,
    Statistic,
    merge,
)
from content_sync.errors import ContentSyncError
from content_sync.fields.instants import to_iso
from content_sync.learning360.api import MOST_IN_A_FILTER
from content_sync.learning360.items import standing_of
from content_sync.lifecycle.explain.learner import LearnerFacts
from content_sync.lifecycle.explain.rules import rule_of
from content_sync.parties import Parties
from content_sync.settings import OBJECT_ID
from content_sync.state.courses import CourseEntry
from content_sync.state.learner import ParkedRow

Attempts = dict[str, list[Standing]]


def attempts_of(parties: Parties, user_id: str, course_ids: Sequence[str]) -> Attempts | None:
    """Return a user's attempts by course id; None where they cannot be seen."""
    asked = [course_id for course_id in course_ids if OBJECT_ID.fullmatch(course_id)]
    if not user_id or not asked:
        return None
    found: Attempts = {}
    try:
        for some in in_batches(asked, MOST_IN_A_FILTER):
            for row in parties.platform.attempts(some, [user_id]):
                if (standing := standing_of(row)) is not None:
                    found.setdefault(str(row.get("courseId")), []).append(standing)
    except ContentSyncError:
        return None
    return found


def explain_progress(
    parties: Parties,
    learner: LearnerFacts,
    course: str,
    entry: CourseEntry | None,
    standing: list[Standing] | None,
    *,
    why_course: str = "",
) -> dict[str, Any]:
    """Explain one learner's progress on one course.

    Args:
        parties: The integration.
        learner: What is known of the learner.
        course: The course's external id.
        entry: The course in the ledger.
        standing: What 360Learning shows; None where it could not be seen.
        why_course: Why the course is at 360Learning, or is not, where that was found out.
    """
    rows = learner.rows_on(course)
    judgements = [parties.provider.judge_statistic(raw) for raw in rows]
    sent = learner.ledger.sent(course, learner.mail)
    waiting = list(learner.ledger.waiting().get(course, {}).values())
    verdict, sentence = _why(learner, judgements, sent, waiting, entry, standing)
    if verdict == "unknown_course" and why_course:
        sentence += f" {why_course}"
    return {
        "external_id": course,
        "provider": [raw.said() for raw in rows],
        "judgement": [_judged(judgement) for judgement in judgements],
        "ledger": {
            "sent": [_attempt(one.attempt) | {"sent_first": to_iso(one.first)} for one in sent],
            "waiting": [_row(one) for one in waiting],
        },
        "at_360learning": None if standing is None else [_shown(one) for one in standing],
        "verdict": verdict,
        "why": sentence,
    }


def _why(
    learner: LearnerFacts,
    judgements: Sequence[Statistic | IgnoredRow | InvalidRow],
    sent: Sequence[Sent],
    waiting: Sequence[ParkedRow],
    entry: CourseEntry | None,
    standing: list[Standing] | None,
) -> tuple[str, str]:
    """Return a verdict for programs, and one sentence for people."""
    name = learner.provider
    usable = [one for one in judgements if isinstance(one, Statistic)]
    if waiting:
        return _why_waiting(learner, waiting[-1])
    if not usable:
        return _why_nothing(learner, judgements, sent, standing)
    if entry is None:
        return "unknown_course", (
            f"{name} returns progress on a course that is not in the ledger, so it cannot be "
            "recorded: it is read again once the course was sent."
        )
    verdicts = verdicts_on(merge(usable), sent)
    latest = verdicts[-1]
    if latest.action == "too_many":
        return "too_many_attempts", (
            f"Of one learner on one course only the first {MOST_ATTEMPTS} attempts are recorded."
        )
    if latest.action == "too_old":
        return "before_first_attempt", (
            "It was over before the first attempt that was sent, and 360Learning cannot record it "
            "any more."
        )
    first = latest.sent.first if latest.sent else latest.attempt.firstActivity
    earlier = ended_before(latest.place, sent, verdicts)
    if standing is not None and decide(latest.attempt, first, standing, earlier=earlier) is None:
        return "shown", _shown_as(name, latest, standing)
    if latest.action == "send":
        refused = ""
        if learner.person.seen and not learner.user_id:
            refused = f" It will be refused: {learner.person.said}."
        what = "changed since it was sent" if latest.sent else "was not sent yet"
        return "due", (
            f"{name} says {latest.attempt.progress} %, which {what}: the next statistics run that "
            f"reads it sends it.{refused}"
        )
    return _why_unshown(learner, latest.attempt, standing)


def _shown_as(name: str, latest: Verdict, standing: Sequence[Standing]) -> str:
    """Say what stands for an attempt: the same, or a completion after it began."""
    progress = latest.attempt.progress
    if any(one.progress == progress for one in standing):
        said = f"360Learning shows {progress} %, as {name} says"
    else:
        said = (
            f"{name} says {progress} %, and 360Learning shows a completion since it began, which "
            "stays"
        )
    return f"{said}{'' if latest.sent else ': the next statistics run records it as sent'}."


def _why_waiting(learner: LearnerFacts, row: ParkedRow) -> tuple[str, str]:
    since = to_iso(row.first_refused_at)
    tried = "It is tried again at each run, for 90 days from then."
    if row.state == "refused":
        person = "" if learner.user_id else f" {_sentence(learner.person.said)}"
        return "parked", f"360Learning refused it since {since} ({row.reason}).{person} {tried}"
    if row.state == "undelivered":
        return "undelivered", f"It could not be delivered since {since} ({row.reason}). {tried}"
    return "unconfirmed", (
        f"360Learning took it and did not show it since {since} ({row.reason}). {tried}"
    )


def _why_nothing(
    learner: LearnerFacts,
    judgements: Sequence[Statistic | IgnoredRow | InvalidRow],
    sent: Sequence[Sent],
    standing: list[Standing] | None,
) -> tuple[str, str]:
    name = learner.provider
    for judgement in judgements:
        if isinstance(judgement, InvalidRow):
            return "invalid", f"{_sentence(judgement.message)} {_rule(judgement.reason)}"
    for judgement in judgements:
        if isinstance(judgement, IgnoredRow):
            return "ignored", f"It is left out by a rule. {_rule(judgement.reason)}"
    if learner.unasked:
        last = f"; {sent[-1].attempt.progress} % were sent, and stay" if sent else ""
        return "unasked", f"{name} could not be asked for this learner ({learner.unasked}){last}."
    if learner.rows is None:
        said = f"{name} has no learner of this address"
    else:
        said = f"{name} returns nothing of this learner on this course"
    if not sent:
        launched = " What stands at 360Learning was made there." if standing else ""
        return "nothing", f"{said}, and nothing was ever sent.{launched}"
    progress = sent[-1].attempt.progress
    return "not_returned", f"{said} any more; {progress} % were sent, and stay."


def _why_unshown(
    learner: LearnerFacts, attempt: Statistic, standing: list[Standing] | None
) -> tuple[str, str]:
    name, said = learner.provider, f"{attempt.progress} % were sent, as {learner.provider} says"
    if standing is None:
        person = learner.person.said if not learner.user_id else "its attempts could not be read"
        return "sent", f"{said}; whether 360Learning shows it cannot be seen: {person}."
    mend = "reconcile in mode apply, or a statistics run with full, sends it again"
    if not standing:
        return "missing", f"{said}, and 360Learning shows no attempt: {mend}."
    shows = ", ".join(f"{one.progress} %" for one in standing)
    return "differing", (
        f"{said}, and 360Learning shows {shows}: it is met as soon as {name} says anything new, or "
        f"{mend}."
    )


def _rule(reason: str) -> str:
    return _sentence(rule_of(reason))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _judged(judgement: Statistic | IgnoredRow | InvalidRow) -> dict[str, Any]:
    if isinstance(judgement, Statistic):
        return {"verdict": "usable", **_attempt(judgement)}
    verdict = "ignored" if isinstance(judgement, IgnoredRow) else "invalid"
    return {"verdict": verdict, "reason": judgement.reason, "rule": rule_of(judgement.reason)}


def _attempt(attempt: Statistic) -> dict[str, Any]:
    completed = attempt.completedAt
    return {
        "progress": attempt.progress,
        "first_activity": to_iso(attempt.firstActivity),
        "last_activity": to_iso(attempt.lastActivity),
        "completed_at": to_iso(completed) if completed is not None else None,
        "time_spent_ms": attempt.timeSpentInMilliseconds,
        "result": attempt.result,
    }


def _row(row: ParkedRow) -> dict[str, Any]:
    since = to_iso(row.first_refused_at)
    return _attempt(row.statistic) | {"state": row.state, "reason": row.reason, "since": since}


def _shown(one: Standing) -> dict[str, Any]:
    instants = {"first_activity": one.first, "last_activity": one.last}
    instants["completed_at"] = one.completed
    told = {name: to_iso(at) if at is not None else None for name, at in instants.items()}
    return {"progress": one.progress, **told, "time_spent_ms": one.time_spent}

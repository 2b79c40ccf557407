"""Coursera's objects as courses and statistics: seed 001 and `mapping.md`."""

from typing import Any

from content_sync.domain.course import CourseJudgement, distinct, offered, sources, without_id
from content_sync.fields.instants import to_milliseconds
from content_sync.providers.coursera.models import Content, EnrollmentReport
from content_sync.domain.statistic import StatisticJudgement, is_address, judge
from content_sync.fields.reading import clean_id, clean_text, https_url, number, part, parts, whole_minutes

CONTENT_TYPES = {"course": "course", "specialization": "specialization", "video": "video"}
DIFFICULTIES = {
    "beginner": "beginner",
    "intermediate": "intermediate",
    "advanced": "advanced",
}
MILLISECONDS_AN_HOUR = 3_600_000


def to_course(raw: Content, site: None) -> CourseJudgement:
    """Judges a content; Coursera never withdraws one (seed 001)."""
    external_id = clean_id(raw.contentId)
    if external_id is None:
        return without_id()
    definition = part(raw.extraMetadata, "definition")
    seconds = number(part(definition, "estimatedLearningTime"))
    urls = distinct(parts(raw.programs, "contentUrl"))
    domains = parts(part(definition, "domainTypes"))
    subjects = [
        part(domain, kind, "name") for domain in domains for kind in ("domain", "subdomain")
    ]
    return offered(
        external_id,
        raw.name,
        urls[0] if urls else None,
        description=clean_text(raw.description),
        image=https_url(part(definition, "promoPhoto")),
        duration=whole_minutes(seconds / 60 if seconds is not None else None),
        lang=clean_text(raw.languageCode),
        authors=distinct(parts(raw.instructors, "name")),
        subjects=distinct(subjects),
        sources=sources(raw.partners, logo="logoUrl"),
        difficulty=DIFFICULTIES.get((clean_text(raw.difficultyLevel) or "").lower()),
        contentType=CONTENT_TYPES.get((clean_text(raw.contentType) or "").lower(), "course"),
        modifiedAt=to_milliseconds(raw.lastUpdatedAt),
    )


def to_statistic(raw: EnrollmentReport) -> StatisticJudgement:
    """Judges a learner's enrollment."""
    hours = number(raw.approxTotalCourseHrs) or number(raw.approxTotalLearningHours)
    last = to_milliseconds(raw.lastActivityAt)
    return judge(
        course=raw.contentId,
        mail=_mail(raw),
        completed=raw.isCompleted is True,
        progress=number(raw.overallProgress),
        first=to_milliseconds(raw.enrolledAt),
        last=last if last is not None else to_milliseconds(raw.lastActivity),
        completed_at=to_milliseconds(raw.completedAt),
        time_spent=hours * MILLISECONDS_AN_HOUR if hours is not None else None,
    )


def _mail(raw: EnrollmentReport) -> Any:
    """The address, or an external id that is one: an organization without ids of its own."""
    for candidate in (raw.email, raw.externalId):
        if (text := clean_text(candidate)) and is_address(text):
            return text
    return None

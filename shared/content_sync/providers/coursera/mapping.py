"""Coursera's objects as courses and statistics, by 360Learning's Coursera guide."""

from content_sync.domain.course import (
    Course,
    CourseJudgement,
    distinct,
    offered,
    publishers,
    without_id,
)
from content_sync.domain.statistic import StatisticJudgement, is_address, observed
from content_sync.fields.reading import whole_minutes
from content_sync.providers.coursera.models import Content, EnrollmentReport

CONTENT_TYPES = {"course": "course", "specialization": "specialization", "video": "video"}
DIFFICULTIES = ("beginner", "intermediate", "advanced")
MILLISECONDS_AN_HOUR = 3_600_000


def to_course(raw: Content) -> CourseJudgement:
    """Judge a content; Coursera never withdraws one."""
    if raw.contentId is None:
        return without_id()
    definition = raw.extraMetadata.definition
    seconds = definition.estimatedLearningTime
    urls = distinct(program.contentUrl for program in raw.programs)
    difficulty = (raw.difficultyLevel or "").lower()
    return offered(
        Course(
            externalId=raw.contentId,
            name=raw.name or "",
            launchUrl=urls[0] if urls else "",
            description=raw.description,
            image=definition.promoPhoto,
            duration=whole_minutes(seconds / 60 if seconds is not None else None),
            lang=raw.languageCode,
            authors=distinct(instructor.name for instructor in raw.instructors),
            subjects=distinct(
                named.name
                for types in definition.domainTypes
                for named in (types.domain, types.subdomain)
            ),
            sources=publishers((partner.name, partner.logoUrl) for partner in raw.partners),
            difficulty=difficulty if difficulty in DIFFICULTIES else None,
            contentType=CONTENT_TYPES.get((raw.contentType or "").lower(), "course"),
            modifiedAt=raw.lastUpdatedAt,
        )
    )


def to_statistic(raw: EnrollmentReport) -> StatisticJudgement:
    """Judge a learner's enrollment."""
    hours = raw.approxTotalCourseHrs or raw.approxTotalLearningHours
    # The address, or an external id that is one: an organization without ids of its own.
    mails = (mail for mail in (raw.email, raw.externalId) if mail and is_address(mail))
    return observed(
        course=raw.contentId,
        mail=next(mails, None),
        completed=raw.isCompleted is True,
        progress=raw.overallProgress,
        first=raw.enrolledAt,
        last=raw.lastActivityAt if raw.lastActivityAt is not None else raw.lastActivity,
        completed_at=raw.completedAt,
        time_spent=hours * MILLISECONDS_AN_HOUR if hours is not None else None,
    )

"""OpenClassrooms' objects as courses and statistics, by 360Learning's OpenClassrooms guide."""

import re
from decimal import Decimal

from content_sync.domain.course import (
    Course,
    CourseJudgement,
    Untouched,
    Withdrawn,
    distinct,
    offered,
    publishers,
    without_id,
)
from content_sync.domain.statistic import StatisticJudgement, observed, progress_of
from content_sync.fields.reading import minutes_of
from content_sync.providers.openclassrooms.models import CourseDetail, FollowedCourse

# The guide: courses of any other status are archived.
OFFERED = ("active", "coming-soon", "pre-registration")
DIFFICULTIES = {"easy": "beginner", "medium": "intermediate", "hard": "advanced"}


def to_course(raw: CourseDetail) -> CourseJudgement:
    """Judge a course."""
    if raw.id is None:
        return without_id()
    status = re.sub(r"[\s_-]+", "-", (raw.status or "").lower())
    if not status:
        return Untouched(raw.id, "missing_status")
    if status not in OFFERED:
        return Withdrawn(raw.id, "status")
    return offered(
        Course(
            externalId=raw.id,
            name=raw.title or "",
            launchUrl=raw.OpenClassroomsUrl or "",
            description=raw.description or raw.shortDescription,
            image=raw.illustration,
            duration=minutes_of(raw.duration),
            lang=raw.language,
            authors=distinct(author.displayName for author in raw.authors),
            subjects=distinct([raw.category.name]),
            sources=publishers((partner.name, partner.logo) for partner in raw.creatorPartners),
            difficulty=DIFFICULTIES.get((raw.difficulty or "").lower()),
            modifiedAt=raw.updatedAt,
        )
    )


def to_statistic(raw: FollowedCourse) -> StatisticJudgement:
    """Judge a followed course; the time spent is theoretical, as the guide says."""
    rate = min(max(raw.userCourseCompletionRate or Decimal(0), Decimal(0)), Decimal(1))
    completed = rate == 1 or raw.userIsCertified is True
    progress = progress_of(rate * 100, completed=completed)
    return observed(
        course=raw.id,
        mail=raw.email,
        completed=completed,
        progress=progress,
        first=raw.courseFollowedAt,
        last=raw.lastCourseActivityDate,
        completed_at=raw.lastCourseActivityDate,
        time_spent=Decimal(raw.duration) * progress / 100 if raw.duration is not None else None,
    )

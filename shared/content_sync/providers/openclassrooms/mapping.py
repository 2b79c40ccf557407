"""OpenClassrooms' objects as courses and statistics: seed 004 and `mapping.md`."""

import re
from decimal import Decimal

from content_sync.domain.course import (
    CourseJudgement,
    Untouched,
    Withdrawn,
    distinct,
    offered,
    sources,
    without_id,
)
from content_sync.fields.durations import duration_milliseconds, duration_minutes
from content_sync.fields.instants import to_milliseconds
from content_sync.providers.openclassrooms.models import CourseDetail, FollowedCourse
from content_sync.domain.statistic import StatisticJudgement, judge
from content_sync.fields.reading import clean_id, clean_text, https_url, number, part, parts

# Seed 004: courses of any other status are archived.
OFFERED = ("active", "coming-soon", "pre-registration")
DIFFICULTIES = {"easy": "beginner", "medium": "intermediate", "hard": "advanced"}


def to_course(raw: CourseDetail, site: None) -> CourseJudgement:
    """Judges a course."""
    external_id = clean_id(raw.id)
    if external_id is None:
        return without_id()
    status = re.sub(r"[\s_-]+", "-", (clean_text(raw.status) or "").lower())
    if not status:
        return Untouched(external_id, "missing_status")
    if status not in OFFERED:
        return Withdrawn(external_id, "status")
    return offered(
        external_id,
        raw.title,
        clean_text(raw.OpenClassroomsUrl),
        description=clean_text(raw.description) or clean_text(raw.shortDescription),
        image=https_url(raw.illustration),
        duration=duration_minutes(raw.duration),
        lang=clean_text(raw.language),
        authors=distinct(parts(raw.authors, "displayName")),
        subjects=distinct([part(raw.category, "name")]),
        sources=sources(raw.creatorPartners, logo="logo"),
        difficulty=DIFFICULTIES.get((clean_text(raw.difficulty) or "").lower()),
        modifiedAt=to_milliseconds(raw.updatedAt),
    )


def to_statistic(raw: FollowedCourse) -> StatisticJudgement:
    """Judges a followed course; time spent is theoretical, as seed 004 says."""
    rate = min(max(number(raw.userCourseCompletionRate) or Decimal(0), Decimal(0)), Decimal(1))
    last = to_milliseconds(raw.lastCourseActivityDate)
    theoretical = duration_milliseconds(raw.duration)
    return judge(
        course=raw.id,
        mail=raw.email,
        completed=rate == 1 or raw.userIsCertified is True,
        progress=rate * 100,
        first=to_milliseconds(raw.courseFollowedAt),
        last=last,
        completed_at=last,
        time_spent=theoretical * rate if theoretical is not None else None,
    )

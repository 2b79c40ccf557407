"""Pluralsight's objects as courses and statistics, by 360Learning's Pluralsight guide."""

from typing import TypeVar
from urllib.parse import quote

from content_sync.domain.course import (
    Course,
    CourseJudgement,
    Invalid,
    Untouched,
    Withdrawn,
    offered,
    without_id,
)
from content_sync.domain.statistic import COMPLETED, StatisticJudgement, observed
from content_sync.fields.reading import whole_minutes
from content_sync.providers.pluralsight.models import CatalogCourse, CourseProgress

LIVE = ("live", "published")
WITHDRAWN = ("retired", "removed")
PLAYER = "https://app.pluralsight.com/player?course="
# The guide: progress where Pluralsight gives no percentage.
PROGRESS_WITHOUT_PERCENTAGE = 50

Value = TypeVar("Value")


def to_course(raw: CatalogCourse) -> CourseJudgement:
    """Judge a node of the catalogue."""
    slug = raw.slug
    if slug is None:
        return without_id()
    status = (raw.courseStatus.name or "").lower()
    if status in WITHDRAWN:
        return Withdrawn(slug, status)
    if not status:
        return Invalid(slug, "missing_status", f"course {slug} has no courseStatus.name")
    if status not in LIVE:
        return Untouched(slug, "unknown_status")
    seconds = raw.courseSeconds
    return offered(
        Course(
            externalId=slug,
            name=raw.title or "",
            launchUrl=PLAYER + quote(slug, safe=""),
            description=raw.description,
            image=raw.imageUrl,
            duration=whole_minutes(seconds / 60 if seconds is not None else None),
            lang="en",
            modifiedAt=raw.displayDate,
        )
    )


def to_statistic(raw: CourseProgress) -> StatisticJudgement:
    """Judge a learner's progress on a course."""
    percentage, completed_at = raw.percentComplete, raw.completedOn
    seconds = _first(raw.clipViewSeconds, raw.usageSeconds, raw.totalWatchedSeconds)
    return observed(
        course=raw.course.slug,
        mail=raw.user.email,
        completed=completed_at is not None or (percentage is not None and percentage >= COMPLETED),
        progress=PROGRESS_WITHOUT_PERCENTAGE if percentage is None else percentage,
        first=raw.firstViewedClipOn,
        last=_first(raw.rollupDate, raw.usageDate, raw.lastViewedClipOn),
        completed_at=completed_at,
        time_spent=seconds * 1000 if seconds is not None else None,
    )


def _first(*values: Value | None) -> Value | None:
    """Return the first value that could be read."""
    return next((value for value in values if value is not None), None)

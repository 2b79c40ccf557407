"""Pluralsight's objects as courses and statistics: seed 000 and `mapping.md`."""

from typing import Any
from urllib.parse import quote

from content_sync.domain.course import (
    CourseJudgement,
    Invalid,
    Untouched,
    Withdrawn,
    offered,
    without_id,
)
from content_sync.fields.instants import to_milliseconds
from content_sync.providers.pluralsight.models import CatalogCourse, CourseProgress
from content_sync.domain.statistic import COMPLETED, StatisticJudgement, judge
from content_sync.fields.reading import clean_text, number, part, whole_minutes

LIVE = ("live", "published")
WITHDRAWN = ("retired", "removed")
PLAYER = "https://app.pluralsight.com/player?course="
# Seed 000, statistics: progress where Pluralsight gives no percentage.
PROGRESS_WITHOUT_PERCENTAGE = 50


def to_course(raw: CatalogCourse, image_url: str) -> CourseJudgement:
    """Judges a node of the catalogue.

    Args:
        raw: The node.
        image_url: The static image that all Pluralsight courses carry.
    """
    slug = clean_text(raw.slug)
    if slug is None:
        return without_id()
    status = (clean_text(part(raw.courseStatus, "name")) or "").lower()
    if status in WITHDRAWN:
        return Withdrawn(slug, status)
    if not status:
        return Invalid(slug, "missing_status", f"course {slug} has no courseStatus.name")
    if status not in LIVE:
        return Untouched(slug, "unknown_status")
    seconds = number(raw.courseSeconds)
    return offered(
        slug,
        raw.title,
        PLAYER + quote(slug, safe=""),
        description=clean_text(raw.description),
        image=image_url,
        duration=whole_minutes(seconds / 60 if seconds is not None else None),
        lang="en",
        modifiedAt=to_milliseconds(raw.displayDate),
    )


def to_statistic(raw: CourseProgress) -> StatisticJudgement:
    """Judges a learner's progress on a course."""
    percentage = number(raw.percentComplete)
    completed_at = to_milliseconds(raw.completedOn)
    seconds = _first(number, raw.clipViewSeconds, raw.usageSeconds, raw.totalWatchedSeconds)
    return judge(
        course=part(raw.course, "slug"),
        mail=part(raw.user, "email"),
        completed=completed_at is not None or (percentage is not None and percentage >= COMPLETED),
        progress=PROGRESS_WITHOUT_PERCENTAGE if percentage is None else percentage,
        first=to_milliseconds(raw.firstViewedClipOn),
        last=_first(to_milliseconds, raw.rollupDate, raw.usageDate, raw.lastViewedClipOn),
        completed_at=completed_at,
        time_spent=seconds * 1000 if seconds is not None else None,
    )


def _first(read: Any, *values: Any) -> Any:
    """The first value that can be read."""
    return next((result for value in values if (result := read(value)) is not None), None)

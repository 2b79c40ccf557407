"""Go1's objects as courses and statistics: seed 003 and `mapping.md`."""

from typing import Any

from content_sync.domain.course import CourseJudgement, Withdrawn, distinct, offered, sources, without_id
from content_sync.fields.html import sanitise
from content_sync.fields.instants import to_milliseconds
from content_sync.providers.go1.models import Enrollment, LearningObject
from content_sync.domain.statistic import IgnoredRow, StatisticJudgement, judge
from content_sync.fields.reading import clean_id, clean_text, https_url, number, part, parts, whole_minutes

# Seed 003, row `type`: any other type is not synchronized.
CONTENT_TYPES = {
    "audio": "audiobook",
    "course": "course",
    "document": "article",
    "interactive": "course",
    "link": "course",
    "text": "article",
    "video": "video",
}

# Go1 says only whether a learner is under way, not how far.
PROGRESS_UNDER_WAY = 50


def to_course(raw: LearningObject, portal_url: str) -> CourseJudgement:
    """Judges a learning object.

    Args:
        raw: A hit of the listing.
        portal_url: The Go1 instance's address, on which learners play it.
    """
    external_id = clean_id(raw.id)
    if external_id is None:
        return without_id()
    if _is_false(raw.published):
        return Withdrawn(external_id, "unpublished")
    content_type = CONTENT_TYPES.get((clean_text(raw.type) or "").lower())
    if content_type is None:
        return Withdrawn(external_id, "unsupported_type")
    return offered(
        external_id,
        raw.title,
        f"{portal_url}/play/{external_id}",
        description=sanitise(raw.description),
        descriptionIsHtml=True,
        image=https_url(raw.image),
        duration=whole_minutes(number(part(raw.delivery, "duration"))),
        lang=clean_text(raw.language),
        authors=distinct(parts(raw.authors, "name")),
        subjects=distinct(parts(part(raw.attributes, "topics"), "value")),
        sources=sources([raw.provider], logo="logo"),
        contentType=content_type,
        modifiedAt=to_milliseconds(raw.updated_time),
    )


def to_statistic(raw: Enrollment) -> StatisticJudgement:
    """Judges an enrollment; others than completed and in-progress are left out (seed 003)."""
    status = (clean_text(raw.status) or "").lower()
    if status not in ("completed", "in-progress"):
        return IgnoredRow(f"status_{status or 'missing'}")
    completed = status == "completed"
    updated = to_milliseconds(raw.updated_time)
    return judge(
        course=raw.lo_id,
        mail=raw.email,
        completed=completed,
        progress=PROGRESS_UNDER_WAY,
        first=to_milliseconds(raw.created_time),
        last=updated,
        completed_at=updated,
        result=_result(raw.passed, completed),
    )


def _result(passed: Any, completed: bool) -> str | None:
    if _is_true(passed):
        return "success"
    return "failed" if completed and _is_false(passed) else None


# Go1's own clients meet truth values as booleans and as 0 and 1.
def _is_true(value: Any) -> bool:
    return value in (True, "1", "true")


def _is_false(value: Any) -> bool:
    return value in (False, "0", "false")

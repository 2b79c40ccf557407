"""Go1's objects as courses and statistics, by 360Learning's Go1 guide."""

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
from content_sync.domain.statistic import IgnoredRow, StatisticJudgement, observed
from content_sync.fields.reading import whole_minutes
from content_sync.providers.go1.models import Enrollment, LearningObject

# The guide's row `type`: any other type is not synchronized.
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


def to_course(raw: LearningObject) -> CourseJudgement:
    """Judge a learning object, which learners play on the portal's own address."""
    if raw.id is None:
        return without_id()
    if raw.published is False:
        return Withdrawn(raw.id, "unpublished")
    if raw.type is None:
        return Untouched(raw.id, "missing_type")
    content_type = CONTENT_TYPES.get(raw.type.lower())
    if content_type is None:
        return Withdrawn(raw.id, "unsupported_type")
    return offered(
        Course(
            externalId=raw.id,
            name=raw.title or "",
            launchUrl=f"{raw.portal_url}/play/{raw.id}",
            description=raw.description,
            descriptionIsHtml=True,
            image=raw.image,
            duration=whole_minutes(raw.delivery.duration),
            lang=raw.language,
            authors=distinct(author.name for author in raw.authors),
            subjects=distinct(topic.value for topic in raw.attributes.topics),
            sources=publishers([(raw.provider.name, raw.provider.logo)]),
            contentType=content_type,
            modifiedAt=raw.updated_time,
        )
    )


def to_statistic(raw: Enrollment) -> StatisticJudgement:
    """Judge an enrollment; those that are neither completed nor in progress are left out."""
    status = (raw.status or "").lower()
    if status not in ("completed", "in-progress"):
        return IgnoredRow(f"status_{status or 'missing'}")
    completed = status == "completed"
    return observed(
        course=raw.lo_id,
        mail=raw.email,
        completed=completed,
        progress=PROGRESS_UNDER_WAY,
        first=raw.created_time,
        last=raw.updated_time,
        completed_at=raw.updated_time,
        result=_result(raw.passed, completed),
    )


def _result(passed: bool | None, completed: bool) -> str | None:
    if passed:
        return "success"
    return "failed" if completed and passed is False else None

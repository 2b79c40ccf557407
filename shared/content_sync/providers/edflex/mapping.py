"""Edflex's objects as courses and statistics, by 360Learning's Edflex guide."""

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
from content_sync.domain.statistic import COMPLETED, StatisticJudgement, observed
from content_sync.fields.reading import minutes_of
from content_sync.providers.edflex.models import LearningActivity, Resource

# The guide's row "Status"; absent counts as opened.
OFFERED = ("coming soon", "open all year", "opened")
# The guide's row "Type"; any other type is not synchronized.
TYPES = ("article", "mooc", "podcast", "video")
DIFFICULTIES = {
    "1": "beginner",
    "2": "intermediate",
    "3": "advanced",
    "introductive": "beginner",
    "beginner": "beginner",
    "intermediate": "intermediate",
    "advanced": "advanced",
}
_SEPARATORS = re.compile(r"[\s_-]+")
PROGRESS = {"completed": COMPLETED, "in progress": 50}


def to_course(raw: Resource) -> CourseJudgement:
    """Judge a resource."""
    if raw.id is None:
        return without_id()
    about = raw.attributes
    status = _normal(about.status)
    if status and status not in OFFERED:
        return Withdrawn(raw.id, "status")
    content_type = _normal(about.type)
    if not content_type:
        return Untouched(raw.id, "missing_type")
    if content_type not in TYPES:
        return Withdrawn(raw.id, "unsupported_type")
    labels = [category.label for category in about.categories or ()]
    categories = distinct(labels)
    texts = [text for text in (about.description, about.syllabus) if text]
    images = (about.image.bigUrl, about.image.mediumUrl, about.image.smallUrl)
    return offered(
        Course(
            externalId=raw.id,
            name=about.title or "",
            launchUrl=about.url or "",
            description="\n\n".join(texts) or None,
            descriptionIsHtml=True,
            image=next((image for image in images if image), None),
            duration=minutes_of(about.duration),
            lang=about.language,
            authors=distinct(author.fullName for author in about.authors or (about.author,)),
            subjects=categories,
            tags=categories,
            # One that cannot be read may be any.
            tagsUnknown=about.categories is None or not all(labels),
            sources=publishers((named.name, None) for named in (about.creator, about.platform)),
            difficulty=DIFFICULTIES.get((about.difficulty or "").lower()),
            contentType=content_type,
        )
    )


def to_statistic(raw: LearningActivity) -> StatisticJudgement:
    """Judge a learning activity."""
    about = raw.attributes
    status = _normal(about.status)
    first, last = about.firstActivityAt, about.lastActivityAt
    between = Decimal(last - first) if first is not None and last is not None else None
    times = [time for time in (about.timeSpent, between) if time is not None]
    return observed(
        course=about.contentId,
        mail=about.user.email,
        completed=status == "completed",
        progress=PROGRESS.get(status, 0),
        first=first,
        last=last,
        completed_at=about.completedAt,
        time_spent=min(times) if times else None,
    )


def _normal(text: str | None) -> str:
    """Return lower case, with blanks for whatever separates words."""
    return _SEPARATORS.sub(" ", (text or "").lower())

"""Edflex's objects as courses and statistics: seed 002 and `mapping.md`."""

import re
from typing import Any

from content_sync.domain.course import (
    CourseJudgement,
    Withdrawn,
    distinct,
    offered,
    sources,
    without_id,
)
from content_sync.fields.durations import duration_minutes
from content_sync.fields.html import sanitise
from content_sync.fields.instants import to_milliseconds
from content_sync.providers.edflex.models import LearningActivity, Resource
from content_sync.domain.statistic import COMPLETED, StatisticJudgement, judge
from content_sync.fields.reading import clean_id, clean_text, https_url, number, part, parts

# Seed 002, row "Status"; absent counts as opened.
OFFERED = ("coming soon", "open all year", "opened")
# Seed 002, row "Type"; any other type is not synchronized.
TYPES = ("article", "mooc", "podcast", "video")
DIFFICULTIES = {
    "1": "beginner",
    "2": "intermediate",
    "3": "advanced",
    "introductive": "beginner",
    "intermediate": "intermediate",
    "advanced": "advanced",
}
IMAGES = ("bigUrl", "mediumUrl", "smallUrl")
PROGRESS = {"completed": COMPLETED, "in progress": 50}


def to_course(raw: Resource, site: None) -> CourseJudgement:
    """Judges a resource."""
    external_id = clean_id(raw.id)
    if external_id is None:
        return without_id()
    get = raw.attributes.get if isinstance(raw.attributes, dict) else {}.get
    status = _normal(get("status"))
    if status and status not in OFFERED:
        return Withdrawn(external_id, "status")
    content_type = _normal(get("type"))
    if content_type not in TYPES:
        return Withdrawn(external_id, "unsupported_type")
    categories = category_names(get("categories"))
    texts = [text for text in (sanitise(get("description")), sanitise(get("syllabus"))) if text]
    authors = get("authors") if parts(get("authors"), "fullName") else [get("author")]
    images = [https_url(part(get("image"), name)) for name in IMAGES]
    return offered(
        external_id,
        get("title"),
        clean_text(get("url")),
        description="\n\n".join(texts) or None,
        descriptionIsHtml=True,
        image=next((image for image in images if image), None),
        duration=duration_minutes(get("duration")),
        lang=clean_text(get("language")),
        authors=distinct(parts(authors, "fullName")),
        subjects=categories,
        tags=categories,
        sources=sources([get("creator"), get("platform")]),
        difficulty=DIFFICULTIES.get((clean_id(get("difficulty")) or "").lower()),
        contentType=content_type,
    )


def category_names(categories: Any) -> tuple[str, ...]:
    """The categories' names; of a localized one its default, else English, else the first."""
    return distinct(_localized(name) for name in parts(categories, "name"))


def _localized(name: Any) -> Any:
    if not isinstance(name, dict):
        return name
    candidates = [name.get("default"), name.get("en"), *name.values()]
    return next((text for text in candidates if clean_text(text)), None)


def to_statistic(raw: LearningActivity) -> StatisticJudgement:
    """Judges a learning activity."""
    get = raw.attributes.get if isinstance(raw.attributes, dict) else {}.get
    status = _normal(get("status"))
    first, last = to_milliseconds(get("firstActivityAt")), to_milliseconds(get("lastActivityAt"))
    told = number(get("timeSpent"))
    between = last - first if first is not None and last is not None else None
    times = [time for time in (told, between) if time is not None]
    return judge(
        course=get("contentId"),
        mail=part(get("user"), "email"),
        completed=status == "completed",
        progress=PROGRESS.get(status, 0),
        first=first,
        last=last,
        completed_at=to_milliseconds(get("completedAt")),
        time_spent=min(times) if times else None,
    )


def _normal(text: Any) -> str:
    """Lower case, with blanks for whatever separates words."""
    return re.sub(r"[\s_-]+", " ", (clean_text(text) or "").lower())

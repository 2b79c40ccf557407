"""Our courses and statistics as API v2's bulk items: the one place that knows both.

Shapes: `ExternalCourseDTO`, `ImportExternalStatisticsDTO` and `ArchiveExternalCourseDTO` of
360Learning's bulk API. No item ever holds a null or an empty text.
"""

import hashlib
import html
from typing import Any

from content_sync.domain.course import Course
from content_sync.domain.languages import to_language
from content_sync.domain.standing import Dispatch, Standing
from content_sync.domain.standing import dispatch as as_dispatched
from content_sync.domain.statistic import Statistic
from content_sync.encoding import as_json, sorted_json
from content_sync.fields.instants import to_iso, to_milliseconds
from content_sync.fields.reading import as_html

Item = dict[str, Any]

# Numbers beyond it are no progress and no time; and of the largest Python makes no float.
LARGEST_AMOUNT = 10**15

# The fields that `course_item` may fill, but for the key.
COURSE_FIELDS = (
    "name",
    "description",
    "launchUrl",
    "imageUrl",
    "duration",
    "defaultLang",
    "contentType",
    "difficultyLevel",
    "subjects",
    "sources",
)


def course_item(course: Course, *, provider_name: str, default_language: str) -> Item:
    """Return a course as the bulk upsert takes it.

    Args:
        course: What the provider offers.
        provider_name: The provider's display name, the source where a course names none.
        default_language: For a language that is missing or not on API v2's list.
    """
    item: Item = {
        "externalId": course.externalId,
        "name": course.name,
        "launchUrl": course.launchUrl,
        "defaultLang": to_language(course.lang, default_language),
        "contentType": course.contentType,
        "sources": [
            {"name": source.name, **({"logoUrl": source.logoUrl} if source.logoUrl else {})}
            for source in course.sources
        ]
        or [{"name": provider_name}],
        "subjects": list(course.subjects),
    }
    optional = {
        "description": _description(course),
        "imageUrl": course.image,
        "duration": course.duration,
        "difficultyLevel": course.difficulty,
    }
    item.update({key: value for key, value in optional.items() if value is not None})
    return item


def _description(course: Course) -> str | None:
    """Return the description, its last paragraph the authors: API v2 has no field for them.

    Whether 360Learning renders the field as HTML is an open question: what is sent is harmless,
    and shows the same, either way.
    """
    authors = f"Authors: {', '.join(course.authors)}" if course.authors else ""
    if course.descriptionIsHtml:
        escaped = f"<p>{html.escape(authors, quote=False)}</p>" if authors else ""
        return f"{course.description or ''}{escaped}" or None
    return as_html("\n\n".join(part for part in (course.description, authors) if part)) or None


def statistic_item(
    statistic: Statistic, dispatch: Dispatch | None = None, *, user_id: str = ""
) -> Item:
    """Return an attempt as the bulk import takes it.

    Args:
        statistic: The attempt.
        dispatch: The instants at which it goes out, if what stands at 360Learning was met.
        user_id: The learner's id there, to name the learner by it instead of the address.
    """
    if dispatch is None:
        dispatch = as_dispatched(statistic, statistic.firstActivity)
    named = {"type": "internalId", "value": user_id} if user_id else None
    item: Item = {
        "courseIdentifier": {"type": "externalId", "value": statistic.externalCourseId},
        "userIdentifier": named or {"type": "mail", "value": statistic.learnerMail},
        "progress": statistic.progress,
        "timeSpent": dispatch.time_spent,
        "firstActivityAt": to_iso(dispatch.first),
        "lastActivityAt": to_iso(dispatch.last),
    }
    if statistic.result is not None:
        item["result"] = statistic.result
    if dispatch.force_new:
        item["forceNew"] = True
    return item


def standing_of(row: Item) -> Standing | None:
    """Return an attempt as `GET /courses/stats` shows it, or None when it cannot be read."""
    progress = _number(row.get("progress"))
    if progress is None:
        return None
    instants: list[int | None] = []
    for name in ("firstActivityAt", "lastActivityAt", "completedAt"):
        instant = to_milliseconds(row.get(name))
        if instant is None and row.get(name) is not None:
            return None
        instants.append(instant)
    first, last, completed = instants
    if first is None and last is None and completed is None:
        return None
    return Standing(progress, first, last, completed, _number(row.get("timeSpent")) or 0)


def _number(value: Any) -> int | None:
    """Return a number as a whole one, or None where it is none, or larger than any amount."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Of NaN no comparison holds.
    return int(value) if abs(value) <= LARGEST_AMOUNT else None


def archive_item(external_id: str) -> Item:
    """Return a course as the bulk archive takes it."""
    return {"externalId": external_id}


def encoded(item: Any) -> bytes:
    """Return an item, or a body of items, as it goes out: compact JSON in UTF-8."""
    return as_json(item)


def digest(item: Item) -> str:
    """Return what decides whether a course changed: 24 hexadecimal digits over the whole item."""
    return hashlib.sha256(sorted_json(item)).hexdigest()[:24]


def identity(item: Item) -> str:
    """Tell the items of one operation apart, in what was sent and in what comes back."""
    if "externalId" in item:
        return str(item["externalId"])
    if "contentId" in item:
        return f"{item.get('groupId')}:{item['contentId']}"
    course, learner = item.get("courseIdentifier"), item.get("userIdentifier")
    named = (part.get("value") if isinstance(part, dict) else None for part in (course, learner))
    return "\n".join(map(str, named))

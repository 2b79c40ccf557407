"""What the specification's schemas rule out, and how it writes instants."""

import re
from datetime import UTC, datetime
from typing import Any

CONTENT_TYPES = frozenset(
    "article assessment audiobook book certificate channel course curriculum interactive journey "
    "labs linkedContent mooc podcast program roleplay specialization topvoice video".split()
)
LANGUAGES = frozenset(
    "bg cs da de el en es fi fr hr ht_HT hu id it ja kar_MM ko lt mh_MH nl nl_BE no pl pt ro ru "
    "rw_RW sk sl so_SO sv sw_KE th ti_ET tr uk zh am_ET bn bs ca cy en_CA en_GB es_AR es_MX et "
    "fr_CA gu he_IL hy kk km lo lv mi mn_MN mr ms my_MM nn_NO or pa pt_BR pt_MZ rn_BI si ta te "
    "tl_PH ur uz yo_NG zh_tw hi sr ar vi zh_HANT".split()
)
OBJECT_ID = re.compile(r"^[a-fA-F0-9]{24}$")


def course_fault(item: Any) -> str | None:
    """Return what the schema of an upsert item rules out."""
    if not isinstance(item, dict):
        return "an object is needed"
    for key in ("externalId", "name", "launchUrl", "defaultLang", "sources", "subjects"):
        if key not in item:
            return f"{key} is required"
    for key in ("externalId", "name", "launchUrl", "description", "imageUrl", "mobileLaunchUrl"):
        if key in item and not is_text(item[key]):
            return f"{key} must be a text"
    if item["defaultLang"] not in LANGUAGES:
        return "defaultLang is not in the list"
    if item.get("contentType", "course") not in CONTENT_TYPES:
        return "contentType is not in the list"
    if item.get("difficultyLevel", "beginner") not in ("beginner", "intermediate", "advanced"):
        return "difficultyLevel is not in the list"
    duration = item.get("duration", 1)
    if not isinstance(duration, int) or isinstance(duration, bool) or not 1 <= duration <= 100_000:
        return "duration must be an integer from 1 to 100000"
    if not isinstance(item["subjects"], list) or not all(map(is_text, item["subjects"])):
        return "subjects must be texts"
    for source in item["sources"] if isinstance(item["sources"], list) else [None]:
        if not isinstance(source, dict) or not is_text(source.get("name")):
            return "sources must have names"
        if "logoUrl" in source and not is_text(source["logoUrl"]):
            return "logoUrl must be a text"
    return None


def statistic_fault(item: Any) -> str | None:
    """Return what the schema of a statistics item rules out."""
    if not isinstance(item, dict):
        return "an object is needed"
    for key, kinds in (
        ("courseIdentifier", ("externalId", "internalId")),
        ("userIdentifier", ("mail", "internalId")),
    ):
        part = item.get(key)
        if not isinstance(part, dict) or part.get("type") not in kinds:
            return f"{key} is required"
        if not is_text(part.get("value")):
            return f"{key} has no value"
    progress, time_spent = item.get("progress"), item.get("timeSpent")
    if not isinstance(progress, int | float) or not 0 <= progress <= 100:
        return "progress must be from 0 to 100"
    if not isinstance(time_spent, int | float) or time_spent < 1:
        return "timeSpent must be 1 or more"
    if item.get("result", "success") not in ("success", "failed"):
        return "result is not in the list"
    for key in ("firstActivityAt", "lastActivityAt"):
        try:
            milliseconds(item[key])
        except (KeyError, TypeError, ValueError):
            return f"{key} must be a date-time"
    return None


def is_text(value: Any) -> bool:
    """Tell whether a value is a text that is not empty."""
    return isinstance(value, str) and len(value) >= 1


def milliseconds(text: str) -> int:
    """Return a date-time with a zone in milliseconds since the epoch."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text:
        raise ValueError(text)
    return round(moment.timestamp() * 1000)


def iso(seconds: float) -> str:
    """Return epoch seconds as the specification writes a date-time."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

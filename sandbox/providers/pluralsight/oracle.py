"""What Pluralsight's data must lead to, worked out from 360Learning's guide alone."""

import html
from collections.abc import Iterator

from sandbox.providers.base import Judged, Row, milliseconds, shown
from sandbox.providers.pluralsight.service import Pluralsight


def courses(service: Pluralsight, platform_url: str) -> Judged:
    """Judge each course by the table of 360Learning's guide."""
    for node in service.courses:
        status = (node["courseStatus"] or {}).get("name", "").lower()
        if status in ("retired", "somethingnew"):
            yield node["slug"], "ignored", {}
        elif not status or not (node["title"] or "").strip():
            yield node["slug"], "invalid", {}
        else:
            seconds = node["courseSeconds"]
            escaped = node["slug"].replace("#", "%23").replace("/", "%2F")
            yield (
                node["slug"],
                "created",
                {
                    "name": shown(node["title"]),
                    "launchUrl": f"https://app.pluralsight.com/player?course={escaped}",
                    "defaultLang": "en",
                    "description": html.escape(node["description"] or "") or None,
                    "duration": max(1, int(seconds / 60 + 0.5)) if seconds else None,
                    "imageUrl": platform_url + "/static/images/courses/pluralsight.png",
                },
            )


def rows(service: Pluralsight) -> Iterator[Row | str]:
    """Judge each row: what it becomes, or the heading under which it is counted."""
    seconds: dict[tuple[str, str], float] = {}
    days: dict[tuple[str, str], int] = {}
    for usage in service.usage:
        key = (usage["user"]["email"].lower(), usage["course"]["slug"])
        seconds[key] = round(seconds.get(key, 0) + usage["clipViewSeconds"], 2)
        days[key] = max(days.get(key, 0), milliseconds(usage["rollupDate"]))
    for node in service.progress:
        if node["user"] is None:
            yield "invalid"
            continue
        mail, slug = node["user"]["email"].lower(), node["course"]["slug"]
        percent = node["percentComplete"]
        done = node["completedOn"] is not None or percent == 100
        last = days.get((mail, slug), milliseconds(node["lastViewedClipOn"]))
        completed = milliseconds(node["completedOn"]) if done else None
        first = min(milliseconds(node["firstViewedClipOn"]), completed or last)
        watched = seconds.get((mail, slug), node["totalWatchedSeconds"])
        progress = 100 if done else 50 if percent is None else int(percent)
        time = max(1, round(watched * 1000))
        yield Row(mail, slug, progress, first, max(last, first), completed, time)

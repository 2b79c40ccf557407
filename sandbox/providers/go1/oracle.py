"""What Go1's data must lead to, worked out from 360Learning's guide alone."""

from collections.abc import Iterator

from sandbox.providers.base import Judged, Row, milliseconds, shown
from sandbox.providers.go1.service import Go1

TYPES = {
    "audio": "audiobook",
    "course": "course",
    "document": "article",
    "interactive": "course",
    "link": "course",
    "text": "article",
    "video": "video",
}


def courses(service: Go1, platform_url: str) -> Judged:
    """Judge each course by the table of 360Learning's guide."""
    for hit in service.learning_objects:
        if hit.get("published") is False or hit["type"] not in TYPES:
            yield str(hit["id"]), "ignored", {}
        elif not (hit["title"] or "").strip():
            yield str(hit["id"]), "invalid", {}
        else:
            minutes = (hit.get("delivery") or {}).get("duration")
            yield (
                str(hit["id"]),
                "created",
                {
                    "name": shown(hit["title"]),
                    "launchUrl": f"https://{service.portal}/play/{hit['id']}",
                    "contentType": TYPES[hit["type"]],
                    "duration": int(minutes + 0.5) if minutes else None,
                    "imageUrl": hit["image"] if str(hit["image"]).startswith("https://") else None,
                },
            )


def rows(service: Go1) -> Iterator[Row | str]:
    """Judge each row: what it becomes, or the heading under which it is counted."""
    for row in service.enrollments:
        mail = (service.users[row["user_id"]]["email"] or "").lower()
        if row["status"] not in ("completed", "in-progress"):
            yield "ignored"
        elif not mail:
            yield "invalid"
        else:
            first, last = milliseconds(row["created_time"]), milliseconds(row["updated_time"])
            done = row["status"] == "completed"
            yield Row(
                mail, str(row["lo_id"]), 100 if done else 50, first, last, last if done else None
            )

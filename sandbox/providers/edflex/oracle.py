"""What Edflex's data must lead to, worked out from 360Learning's guide alone."""

from collections.abc import Iterator

from sandbox.providers.base import Judged, Row, milliseconds, shown
from sandbox.providers.edflex.service import Edflex


def courses(service: Edflex, platform_url: str) -> Judged:
    """Judge each course by the table of 360Learning's guide."""
    minutes = {"PT1H30M": 90, "P19DT4H": 27_600, "PT20S": 1}
    levels = {1: "beginner", "introductive": "beginner", "2": "intermediate"}
    levels["advanced"] = "advanced"
    for resource in service.resources:
        attributes = resource["attributes"]
        if attributes["status"] == "closed" or attributes["type"] == "role-play":
            yield resource["id"], "ignored", {}
        elif attributes["url"] is None:
            yield resource["id"], "invalid", {}
        else:
            image = attributes["image"] or {}
            yield (
                resource["id"],
                "created",
                {
                    "name": shown(attributes["title"]),
                    "launchUrl": attributes["url"],
                    "contentType": attributes["type"],
                    "duration": minutes.get(attributes["duration"]),
                    "difficultyLevel": levels.get(attributes["difficulty"]),
                    "subjects": [attributes["categories"][0]["name"]["default"], "Soft skills"],
                    "sources": [{"name": "Université d’Exemple"}, {"name": "Example MOOC"}],
                    "imageUrl": image.get("bigUrl") or image.get("mediumUrl"),
                },
            )


def rows(service: Edflex) -> Iterator[Row | str]:
    """Judge each row: what it becomes, or the heading under which it is counted."""
    for activity in service.activities:
        row = activity["attributes"]
        if not row["user"]["email"].strip():
            yield "invalid"
            continue
        first, last = milliseconds(row["firstActivityAt"]), milliseconds(row["lastActivityAt"])
        done = row["status"] == "completed"
        between = last - first
        yield Row(
            row["user"]["email"],
            row["contentId"],
            100 if done else 50 if row["status"].replace("_", " ") == "in progress" else 0,
            first,
            last,
            last if done else None,
            between if row["timeSpent"] is None else min(row["timeSpent"], between),
        )

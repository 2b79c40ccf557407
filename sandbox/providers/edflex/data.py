"""Generated data of Edflex: with the awkward values that its API is known to send."""

import random
from datetime import timedelta
from typing import Any

from sandbox.chance import DESCRIPTIONS, EPOCH, TITLES, TOPICS, iso, pairs
from sandbox.providers.edflex.service import Edflex


def populate(
    service: Edflex, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    """Fill a service: so many courses, so many statistics, of these learners."""
    service.resources = [make_resource(chance, number) for number in range(courses)]
    for mail, resource in pairs(chance, learners, service.resources, enrollments):
        began = EPOCH - timedelta(days=chance.randrange(200), minutes=chance.randrange(1440))
        last = began + timedelta(hours=chance.randrange(1, 90))
        status = chance.choice(("completed", "in progress", "in_progress", "not started"))
        service.activities.append(
            {
                "id": f"activity-{len(service.activities)}",
                "type": "learning-activities",
                "attributes": {
                    "user": {"email": mail if chance.random() > 0.01 else " "},
                    "contentId": resource["id"],
                    "status": status,
                    "firstActivityAt": iso(began),
                    "lastActivityAt": iso(last),
                    "completedAt": iso(last) if status == "completed" else None,
                    "timeSpent": chance.choice((3_900_000, 10**12, None)),
                },
            }
        )


def make_resource(chance: random.Random, number: int) -> dict[str, Any]:
    """Return one object of `/connect/v1/resources`."""
    topic = chance.choice(TOPICS)
    image = f"https://cdn.example.net/{number}"
    attributes: dict[str, Any] = {
        "title": chance.choice(TITLES).format(topic=topic),
        "type": chance.choices(
            ("mooc", "article", "podcast", "video", "role-play"), (4, 3, 1, 2, 1)
        )[0],
        "url": f"https://sandbox-portal.edflex.example.com/resources/{number}",
        "language": chance.choice(("fr", "en", "km", None)),
        "difficulty": chance.choice((1, "2", "advanced", "introductive", None)),
        "duration": chance.choice(("PT1H30M", "P19DT4H", "PT20S", "soon", None)),
        "description": chance.choice(DESCRIPTIONS),
        "syllabus": chance.choice(("<ul><li>Module 1</li></ul>", None)),
        "status": chance.choices(
            ("open all year", "Opened", "coming_soon", "closed", None), (4, 3, 2, 1, 1)
        )[0],
        "author": {"fullName": "Jeanne Martin"},
        "creator": {"name": "Université d’Exemple"},
        "platform": {"name": "Example MOOC"},
        "categories": [
            {"id": "c1", "name": {"default": topic, "fr": f"{topic} (fr)"}},
            {"id": "c2", "name": None},
            {"id": "c3", "name": "Soft skills"},
        ],
        "image": chance.choice(
            (
                {"smallUrl": f"{image}/s.jpg", "mediumUrl": f"{image}/m.jpg", "bigUrl": None},
                {"smallUrl": f"{image}/s.jpg", "bigUrl": f"{image}/b.jpg"},
                None,
            )
        ),
    }
    if number % 83 == 5:
        attributes["url"] = None
    return {"id": f"4b0a5d0e-{number:08d}", "type": "activities", "attributes": attributes}

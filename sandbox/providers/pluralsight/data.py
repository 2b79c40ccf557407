"""Generated data of Pluralsight: with the awkward values that its API is known to send."""

import random
from datetime import timedelta
from typing import Any

from sandbox.chance import EPOCH, TITLES, TOPICS, pairs, zulu
from sandbox.providers.pluralsight.service import Pluralsight


def populate(
    service: Pluralsight, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    """Fill a service: so many courses, so many statistics, of these learners."""
    service.courses = [make_course(chance, number) for number in range(courses)]
    for mail, course in pairs(chance, learners, service.courses, enrollments):
        began = EPOCH - timedelta(days=chance.randrange(200), minutes=chance.randrange(1440))
        last = began + timedelta(days=chance.randrange(1, 20))
        done = chance.random() < 0.4
        person = {"email": mail.title() if chance.random() < 0.1 else mail}
        row = {
            "user": person if chance.random() > 0.01 else None,
            "course": {"slug": course["slug"]},
            "percentComplete": 100.0 if done else chance.choice((None, 0.0, 34.0248, 99.6)),
            "isCourseCompleted": done,
            "completedOn": zulu(last) if done else None,
            "firstViewedClipOn": zulu(began),
            "lastViewedClipOn": zulu(last),
            "totalWatchedSeconds": float(chance.randrange(60, 9000)),
        }
        service.progress.append(row)
        if chance.random() < 0.8:
            for day in range(2):
                service.usage.append(
                    {
                        "user": person,
                        "course": row["course"],
                        "clipViewSeconds": round(chance.uniform(1, 2000), 2),
                        "rollupDate": zulu(last - timedelta(days=1 - day))[:10] + "T00:00:00.000Z",
                    }
                )


def make_course(chance: random.Random, number: int) -> dict[str, Any]:
    """Return one node of `courseCatalog`."""
    topic = chance.choice(TOPICS)
    return {
        "id": f"6d4c0b5e-{number:012d}",
        "idNum": number,
        "slug": f"{topic.lower()}-{'c#/' if number % 50 == 7 else ''}course-{number}",
        "title": chance.choice(TITLES).format(topic=topic) if number % 97 else None,
        "description": chance.choice((f"All about {topic} 🎓.", "", None, f"<b>{topic}</b>")),
        "courseSeconds": chance.choice((None, 0.0, 12.4, 324.03, 4484.399999)),
        "displayDate": zulu(EPOCH - timedelta(days=number % 3000)),
        "authors": ["Jane Example"],
        "courseStatus": chance.choices(
            (
                {"name": "Live", "reason": None, "replacementCourseId": None},
                {"name": "Retired", "reason": "Outdated", "replacementCourseId": None},
                {"name": "SomethingNew", "reason": None, "replacementCourseId": None},
                None,
            ),
            (92, 5, 2, 1),
        )[0],
    }

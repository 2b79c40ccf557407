"""Generated data of OpenClassrooms: with the awkward values that its API is known to send."""

import random
from datetime import timedelta
from typing import Any

from sandbox.chance import EPOCH, TITLES, TOPICS, pairs
from sandbox.providers.openclassrooms.service import OpenClassrooms


def populate(
    service: OpenClassrooms,
    chance: random.Random,
    courses: int,
    enrollments: int,
    learners: list[str],
) -> None:
    """Fill a service: so many courses, so many statistics, of these learners."""
    # A call for each learner, at a couple of calls a second: fewer of both than elsewhere.
    service.courses = [make_course(chance, number) for number in range(courses // 4)]
    few = learners[: max(len(learners) // 5, 2)]
    ids = {mail: 12_000 + number for number, mail in enumerate(few)}
    service.users = [{"id": number, "email": mail, "teams": []} for mail, number in ids.items()]
    service.users.append({"id": 11_999, "email": None, "teams": []})
    for mail, course in pairs(chance, few, service.courses, enrollments // 5):
        began = EPOCH - timedelta(days=chance.randrange(200), minutes=chance.randrange(1440))
        last = began + timedelta(days=chance.randrange(1, 20))
        row = {
            "courseFollowedAt": began.strftime("%Y-%m-%d %H:%M:%S+00:00"),
            "lastCourseActivityDate": last.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "userCourseCompletionRate": chance.choice((0.85, "0.29", 1, 1.0, None, 1.3)),
            "userIsCertified": chance.random() < 0.1,
            "userIsFollowingCourse": True,
        }
        service.followed.setdefault(ids[mail], []).append({**course, **row})


def make_course(chance: random.Random, number: int) -> dict[str, Any]:
    """Return one object of `GET /courses`."""
    topic = chance.choice(TOPICS)
    identifier = 4_900_000 + number
    return {
        "id": identifier,
        "title": chance.choice(TITLES).format(topic=topic) + " ",
        "slug": f"slug-{number}",
        "status": chance.choices(
            ("active", "Coming-Soon", "pre-registration", "archived", None), (80, 5, 5, 8, 2)
        )[0],
        "language": chance.choice(("fr", "en", "es")),
        "difficulty": chance.choice(("Easy", "Medium", "Hard", "Unknown")),
        "duration": chance.choice(("PT4H", "PT800H", "P12M", None)),
        "OpenClassroomsUrl": f"https://openclassrooms.example.com/fr/courses/{identifier}",
        "illustration": f"https://static.example.com/{identifier}.jpg%3Fr%3Dpad",
        "shortDescription": chance.choice((f"{topic} et vous.", "")),
        "updatedAt": "2024-03-02T08:00:00+0200",
        "category": {"id": 1, "name": topic},
        "authors": [{"id": 1, "displayName": "JohnDoe"}],
        "creatorPartners": [{"id": 1, "name": "Partner", "logo": "https://static.example.com/p"}],
    }

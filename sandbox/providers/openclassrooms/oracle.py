"""What OpenClassrooms's data must lead to, worked out from 360Learning's guide alone."""

from collections.abc import Iterator

from sandbox.providers.base import Judged, Row, milliseconds, shown
from sandbox.providers.openclassrooms.service import OpenClassrooms


def courses(service: OpenClassrooms, platform_url: str) -> Judged:
    """Judge each course by the table of 360Learning's guide."""
    minutes = {"PT4H": 240, "PT800H": 48_000, "P12M": 100_000}
    levels = {"Easy": "beginner", "Medium": "intermediate", "Hard": "advanced"}
    for course in service.courses:
        status = (course["status"] or "").lower()
        if status not in ("active", "coming-soon", "pre-registration"):
            yield str(course["id"]), "ignored", {}
        else:
            yield (
                str(course["id"]),
                "created",
                {
                    "name": shown(course["title"]),
                    "launchUrl": course["OpenClassroomsUrl"],
                    "duration": minutes.get(course["duration"]),
                    "difficultyLevel": levels.get(course["difficulty"]),
                    "imageUrl": course["illustration"],
                    "subjects": [course["category"]["name"]],
                },
            )


def rows(service: OpenClassrooms) -> Iterator[Row | str]:
    """Judge each row: what it becomes, or the heading under which it is counted."""
    hours = {"PT1H": 1, "PT4H": 4, "PT800H": 800, "P12M": 360 * 24}
    for user in service.users:
        for course in service.followed.get(user["id"], []):
            rate = min(1.0, float(course["userCourseCompletionRate"] or 0))
            done = rate == 1 or course["userIsCertified"]
            last = milliseconds(course["lastCourseActivityDate"])
            time = round(
                hours.get(course["duration"], 0)
                * 3_600_000
                * (100 if done else int(round(rate * 100, 6)))
                / 100
            )
            yield Row(
                user["email"],
                str(course["id"]),
                100 if done else round(rate * 100),
                milliseconds(course["courseFollowedAt"]),
                last,
                last if done else None,
                max(1, time),
            )

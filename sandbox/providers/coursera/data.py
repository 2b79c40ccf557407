"""Generated data of Coursera: with the awkward values that its API is known to send."""

import random
from datetime import timedelta
from typing import Any

from sandbox.chance import EPOCH, TITLES, TOPICS, epoch, pairs
from sandbox.providers.coursera.service import Coursera


def populate(
    service: Coursera, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    """Fill a service: so many courses, so many statistics, of these learners."""
    service.contents = [make_content(chance, number) for number in range(courses)]
    for mail, content in pairs(chance, learners, service.contents, enrollments):
        began = EPOCH - timedelta(days=chance.randrange(200), minutes=chance.randrange(1440))
        last = began + timedelta(days=chance.randrange(1, 20))
        done = chance.random() < 0.4
        row = {
            "id": f"{mail}~{content['contentId']}",
            "externalId": mail if chance.random() < 0.5 else f"E-{chance.randrange(10_000)}",
            "email": mail,
            "contentId": content["contentId"],
            "contentType": content["contentType"],
            "membershipState": "MEMBER",
            "overallProgress": chance.choice((0, 37, 99.5, 100)),
            "isCompleted": done,
            "enrolledAt": epoch(began) * 1000,
            "lastActivityAt": epoch(last) * 1000 if done or chance.random() < 0.9 else None,
            "approxTotalCourseHrs": chance.choice((0, 2.98, 31.5)),
            "approxTotalLearningHours": chance.choice((None, 1.25)),
        }
        if done:
            row["completedAt"] = epoch(last) * 1000
        if row["externalId"] == mail and chance.random() < 0.3:
            del row["email"]
        service.reports.append(row)
        if chance.random() < 0.05:
            # The same enrollment once more, by another program.
            service.reports.append({**row, "id": f"{row['id']}~again", "overallProgress": 5})


def make_content(chance: random.Random, number: int) -> dict[str, Any]:
    """Return one element of `contents`."""
    topic = chance.choice(TOPICS)
    kind = chance.choices(("Course", "Specialization", "Video"), (80, 12, 8))[0]
    definition: dict[str, Any] = {
        "promoPhoto": chance.choice((f"https://images.example.com/{number}.png", None)),
        "domainTypes": [
            {"domain": {"name": topic}, "subdomain": {"name": f"{topic} basics"}},
            {"domain": {"name": topic}, "subdomain": None},
        ],
    }
    if kind != "Specialization":
        definition["estimatedLearningTime"] = chance.choice((118_800, 45, 0, None))
    programs = [
        {
            "programId": f"prog{program}",
            "contentUrl": f"https://www.coursera.example.org/programs/{program}?productId={number}",
        }
        for program in range(chance.choice((1, 1, 2)))
    ]
    return {
        "id": f"{kind}~content{number}",
        "contentId": f"content{number}",
        "contentType": kind,
        "name": chance.choice(TITLES).format(topic=topic),
        "slug": f"slug-{number}",
        "description": chance.choice((f"{topic}\n\nSecond paragraph.", None)),
        "languageCode": chance.choice(("en", "zh-CN", "pt-BR", "ko", None)),
        "difficultyLevel": chance.choice(("BEGINNER", "ADVANCED", "MIXED", None)),
        "lastUpdatedAt": epoch(EPOCH) - number,
        "instructors": [{"name": "Ann Example"}, {"title": "No name"}],
        "partners": [{"name": "Example University", "logoUrl": None}],
        "programs": programs if number % 71 else [],
        "extraMetadata": {"typeName": "courseMetadata", "definition": definition},
    }

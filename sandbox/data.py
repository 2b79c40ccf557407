"""Generated data for the sandbox: from a seed, with the awkward values that the references list."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.server import Sandbox

EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
TOPICS = ("Leadership", "Data", "Security", "Compliance", "Sales", "Cloud", "Wellbeing", "Design")
TITLES = (
    "Introduction to {topic}",
    "{topic} in practice",
    "  {topic}: the essentials  ",
    "{topic} 🚀 für Einsteiger",
    "مقدمة في {topic}",
    "{topic} & <b>friends</b>",
)
DESCRIPTIONS = (
    "<p>Learn <strong>{topic}</strong> step by step.</p>",
    "<p>{topic}</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul>",
    "Plain words about {topic}.",
    "",
    None,
    '<a href="javascript:alert(1)">{topic}</a> שלום',
)
LANGUAGES = ("en", "en-US", "fr", "fr-CA", "de_DE", "pt-BR", "zh-TW", "nb", "he", "xx", None, "")
LEARNERS_UNKNOWN = 0.08


@dataclass(frozen=True)
class World:
    """Ids that the secrets need.

    Attributes:
        group_id: The group that receives the content.
        author_id: Its author.
    """

    group_id: str
    author_id: str


def populate(sandbox: Sandbox, *, seed: int, courses: int, enrollments: int) -> World:
    """Fills a sandbox.

    Args:
        sandbox: An empty one.
        seed: The same seed makes the same data.
        courses: How many learning objects each provider has.
        enrollments: How many statistics each provider has.
    """
    chance = random.Random(seed)
    platform = sandbox.learning360
    group_id = platform.add_group("Content")
    roles = [{"groupId": group_id, "role": "editor"}]
    world = World(group_id, platform.add_user("author@example.org", roles=roles))
    learners = [f"learner{number}@example.com" for number in range(1, max(enrollments // 8, 4) + 1)]
    for mail in learners:
        if chance.random() >= LEARNERS_UNKNOWN:
            platform.add_user(mail)
    for fill in (
        _populate_go1,
        _populate_pluralsight,
        _populate_coursera,
        _populate_edflex,
        _populate_openclassrooms,
    ):
        fill(sandbox, chance, courses, enrollments, learners)
    return world


def _pairs(
    chance: random.Random, learners: list[str], courses: list[Any], number: int
) -> list[tuple[str, Any]]:
    """Distinct pairs of a learner and a course."""
    drawn = {(chance.choice(learners), chance.randrange(len(courses))) for _ in range(number)}
    return [(mail, courses[index]) for mail, index in sorted(drawn)]


def _populate_pluralsight(
    sandbox: Sandbox, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    service = sandbox.pluralsight
    service.courses = [pluralsight_course(chance, number) for number in range(courses)]
    for mail, course in _pairs(chance, learners, service.courses, enrollments):
        began = EPOCH - timedelta(days=chance.randrange(200), minutes=chance.randrange(1440))
        last = began + timedelta(days=chance.randrange(1, 20))
        done = chance.random() < 0.4
        person = {"email": mail.title() if chance.random() < 0.1 else mail}
        row = {
            "user": person if chance.random() > 0.01 else None,
            "course": {"slug": course["slug"]},
            "percentComplete": 100.0 if done else chance.choice((None, 0.0, 34.0248, 99.6)),
            "isCourseCompleted": done,
            "completedOn": _zulu(last) if done else None,
            "firstViewedClipOn": _zulu(began),
            "lastViewedClipOn": _zulu(last),
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
                        "rollupDate": _zulu(last - timedelta(days=1 - day))[:10] + "T00:00:00.000Z",
                    }
                )


def pluralsight_course(chance: random.Random, number: int) -> dict[str, Any]:
    """One node of `courseCatalog`."""
    topic = chance.choice(TOPICS)
    return {
        "id": f"6d4c0b5e-{number:012d}",
        "idNum": number,
        "slug": f"{topic.lower()}-{'c#/' if number % 50 == 7 else ''}course-{number}",
        "title": chance.choice(TITLES).format(topic=topic) if number % 97 else None,
        "description": chance.choice((f"All about {topic} 🎓.", "", None, f"<b>{topic}</b>")),
        "courseSeconds": chance.choice((None, 0.0, 12.4, 324.03, 4484.399999)),
        "displayDate": _zulu(EPOCH - timedelta(days=number % 3000)),
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


def _populate_coursera(
    sandbox: Sandbox, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    service = sandbox.coursera
    service.contents = [coursera_content(chance, number) for number in range(courses)]
    for mail, content in _pairs(chance, learners, service.contents, enrollments):
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
            "enrolledAt": _epoch(began) * 1000,
            "lastActivityAt": _epoch(last) * 1000 if done or chance.random() < 0.9 else None,
            "approxTotalCourseHrs": chance.choice((0, 2.98, 31.5)),
            "approxTotalLearningHours": chance.choice((None, 1.25)),
        }
        if done:
            row["completedAt"] = _epoch(last) * 1000
        if row["externalId"] == mail and chance.random() < 0.3:
            del row["email"]
        service.reports.append(row)
        if chance.random() < 0.05:
            # The same enrollment once more, by another program.
            service.reports.append({**row, "id": f"{row['id']}~again", "overallProgress": 5})


def coursera_content(chance: random.Random, number: int) -> dict[str, Any]:
    """One element of `contents`."""
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
        "lastUpdatedAt": _epoch(EPOCH) - number,
        "instructors": [{"name": "Ann Example"}, {"title": "No name"}],
        "partners": [{"name": "Example University", "logoUrl": None}],
        "programs": programs if number % 71 else [],
        "extraMetadata": {"typeName": "courseMetadata", "definition": definition},
    }


def _populate_edflex(
    sandbox: Sandbox, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    service = sandbox.edflex
    service.resources = [edflex_resource(chance, number) for number in range(courses)]
    for mail, resource in _pairs(chance, learners, service.resources, enrollments):
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
                    "firstActivityAt": _iso(began),
                    "lastActivityAt": _iso(last),
                    "completedAt": _iso(last) if status == "completed" else None,
                    "timeSpent": chance.choice((3_900_000, 10**12, None)),
                },
            }
        )


def edflex_resource(chance: random.Random, number: int) -> dict[str, Any]:
    """One object of `/connect/v1/resources`."""
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


def _populate_openclassrooms(
    sandbox: Sandbox, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    service = sandbox.openclassrooms
    # A call for each learner, at a couple of calls a second: fewer of both than elsewhere.
    service.courses = [openclassrooms_course(chance, number) for number in range(courses // 4)]
    few = learners[: max(len(learners) // 5, 2)]
    ids = {mail: 12_000 + number for number, mail in enumerate(few)}
    service.users = [{"id": number, "email": mail, "teams": []} for mail, number in ids.items()]
    service.users.append({"id": 11_999, "email": None, "teams": []})
    for mail, course in _pairs(chance, few, service.courses, enrollments // 5):
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


def openclassrooms_course(chance: random.Random, number: int) -> dict[str, Any]:
    """One object of `GET /courses`."""
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


def _populate_go1(
    sandbox: Sandbox, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    go1 = sandbox.go1
    go1.learning_objects = [go1_learning_object(chance, 36_000_000 + i) for i in range(courses)]
    go1.users = {
        5000 + number: {"id": 5000 + number, "email": mail.upper() if number % 9 == 0 else mail}
        for number, mail in enumerate(learners)
    }
    go1.users[4999] = {"id": 4999, "email": None, "first_name": "Without", "last_name": "Address"}
    ids = [hit["id"] for hit in go1.learning_objects]
    pairs: set[tuple[int, int]] = set()
    for number in range(enrollments):
        pair = (chance.choice(list(go1.users)), chance.choice(ids))
        if pair not in pairs:
            pairs.add(pair)
            go1.enrollments.extend(go1_enrollments(chance, 900_000 + 10 * number, *pair))


def go1_learning_object(chance: random.Random, number: int) -> dict[str, Any]:
    """One hit of `GET /learning-objects`."""
    topic = chance.choice(TOPICS)
    hit: dict[str, Any] = {
        "id": number,
        "type": chance.choices(
            ("course", "video", "document", "interactive", "text", "link", "audio", "award"),
            (50, 20, 8, 8, 5, 4, 3, 2),
        )[0],
        "title": chance.choice(TITLES).format(topic=topic),
        "description": (chance.choice(DESCRIPTIONS) or "").format(topic=topic) or None,
        "summary": f"About {topic}",
        "image": chance.choice(
            (f"https://images.example.com/{number}.jpg", "", " ", None, "http://insecure.example")
        ),
        "created_time": _iso(EPOCH - timedelta(days=number % 700)),
        "updated_time": _iso(EPOCH - timedelta(days=number % 90)),
        "language": chance.choice(LANGUAGES),
        "tags": [topic],
        "delivery": {"duration": chance.choice((45, 45, 90, 12.5, 0, None)), "mode": "self-paced"},
        "pricing": {"currency": "USD", "price": 0},
        "provider": {"id": 1, "name": chance.choice(("GO1 Content", "Acme Academy")), "logo": None},
        "attributes": {
            "topics": [{"key": "64", "value": topic}, {"key": "17", "value": " "}],
            "entry_level": {"key": "1", "value": "Beginner"},
        },
        "authors": [{"id": 12, "name": chance.choice(("Ann Lee", "", "Zoë O’Neil"))}],
    }
    oddity = chance.random()
    if oddity < 0.02:
        hit["published"] = False
    elif oddity < 0.5:
        hit["published"] = True
    if 0.02 <= oddity < 0.03:
        hit["title"] = chance.choice(("", "   ", None))
    elif 0.03 <= oddity < 0.06:
        # Older hits have none of these.
        for key in ("authors", "attributes", "summary", "delivery", "provider"):
            del hit[key]
    return hit


def go1_enrollments(
    chance: random.Random, number: int, user_id: int, lo_id: int
) -> list[dict[str, Any]]:
    """The enrollments of one learner on one learning object: one, or two in a row."""
    began = EPOCH - timedelta(days=chance.randrange(300), minutes=chance.randrange(1440))
    status = chance.choices(
        ("completed", "in-progress", "not-started", "expired", "assigned"), (45, 35, 10, 5, 5)
    )[0]
    row = {
        "id": number,
        "type": "enrolment",
        "lo_id": lo_id if chance.random() > 0.02 else 99_999_999,
        "user_id": user_id,
        "status": status,
        "pass": chance.choice((True, 1, False, 0, None)) if status == "completed" else None,
        "created_time": _iso(began),
        "updated_time": _iso(began + timedelta(hours=chance.randrange(1, 90))),
    }
    if status != "completed" or chance.random() > 0.05:
        return [row]
    again = began + timedelta(days=30)
    return [
        row,
        {
            **row,
            "id": number + 1,
            "status": "in-progress",
            "pass": None,
            "created_time": _iso(again),
            "updated_time": _iso(again + timedelta(hours=2)),
        },
    ]


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")

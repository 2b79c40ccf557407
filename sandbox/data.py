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
    world = World(platform.add_group("Content"), platform.add_user("author@example.org"))
    learners = [f"learner{number}@example.com" for number in range(1, max(enrollments // 8, 4) + 1)]
    for mail in learners:
        if chance.random() >= LEARNERS_UNKNOWN:
            platform.add_user(mail)
    _populate_go1(sandbox, chance, courses, enrollments, learners)
    return world


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


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")

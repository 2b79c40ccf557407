"""Generated data of Go1: with the awkward values that its API is known to send."""

import random
from datetime import timedelta
from typing import Any

from sandbox.chance import DESCRIPTIONS, EPOCH, LANGUAGES, TITLES, TOPICS, iso
from sandbox.providers.go1.service import Go1


def populate(
    service: Go1, chance: random.Random, courses: int, enrollments: int, learners: list[str]
) -> None:
    """Fill a service: so many courses, so many statistics, of these learners."""
    numbers = range(36_000_000, 36_000_000 + courses)
    service.learning_objects = [make_learning_object(chance, number) for number in numbers]
    service.users = {
        5000 + number: {"id": 5000 + number, "email": mail.upper() if number % 9 == 0 else mail}
        for number, mail in enumerate(learners)
    }
    service.users[4999] = {
        "id": 4999,
        "email": None,
        "first_name": "Without",
        "last_name": "Address",
    }
    ids = [hit["id"] for hit in service.learning_objects]
    pairs: set[tuple[int, int]] = set()
    for number in range(enrollments):
        pair = (chance.choice(list(service.users)), chance.choice(ids))
        if pair not in pairs:
            pairs.add(pair)
            service.enrollments.extend(make_enrollments(chance, 900_000 + 10 * number, *pair))


def make_learning_object(chance: random.Random, number: int) -> dict[str, Any]:
    """Return one hit of `GET /learning-objects`."""
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
        "created_time": iso(EPOCH - timedelta(days=number % 700)),
        "updated_time": iso(EPOCH - timedelta(days=number % 90)),
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


def make_enrollments(
    chance: random.Random, number: int, user_id: int, lo_id: int
) -> list[dict[str, Any]]:
    """Return the enrollments of one learner on one learning object: one, or two in a row."""
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
        "created_time": iso(began),
        "updated_time": iso(began + timedelta(hours=chance.randrange(1, 90))),
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
            "created_time": iso(again),
            "updated_time": iso(again + timedelta(hours=2)),
        },
    ]

"""What must have arrived at 360Learning, worked out from the sandbox's own data.

Written from the sources' tables alone: it shares no code with the program that it judges.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.server import Sandbox

GO1_TYPES = {
    "audio": "audiobook",
    "course": "course",
    "document": "article",
    "interactive": "course",
    "link": "course",
    "text": "article",
    "video": "video",
}


@dataclass
class Expected:
    """What one provider's synchronization must have led to.

    Attributes:
        courses: By external id, the fields that must stand at 360Learning.
        catalog: The counts of a first catalogue run.
        attempts: (learner, course, progress, first, last activity), each as often as it must stand.
        stats: The counts of a first statistics run.
    """

    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: Counter[str] = field(default_factory=Counter)
    attempts: Counter[tuple[str, str, int, int, int]] = field(default_factory=Counter)
    stats: Counter[str] = field(default_factory=Counter)


def expect_go1(sandbox: Sandbox) -> Expected:
    """Seed 003 on the sandbox's Go1."""
    expected = Expected()
    for hit in sandbox.go1.learning_objects:
        expected.catalog["read"] += 1
        if hit.get("published") is False or hit["type"] not in GO1_TYPES:
            expected.catalog["ignored"] += 1
        elif not (hit["title"] or "").strip():
            expected.catalog["invalid"] += 1
        else:
            expected.catalog["created"] += 1
            minutes = (hit.get("delivery") or {}).get("duration")
            fields = {
                "name": hit["title"].strip(),
                "launchUrl": f"https://{sandbox.go1.portal}/play/{hit['id']}",
                "contentType": GO1_TYPES[hit["type"]],
                "duration": int(minutes + 0.5) if minutes else None,
                "imageUrl": hit["image"] if str(hit["image"]).startswith("https://") else None,
            }
            expected.courses[str(hit["id"])] = fields
    known = {user["mail"] for user in sandbox.learning360.users.values()}
    by_pair: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sandbox.go1.enrollments:
        mail = (sandbox.go1.users[row["user_id"]]["email"] or "").lower()
        if row["status"] not in ("completed", "in-progress"):
            expected.stats.update(("read", "ignored"))
        elif not mail:
            expected.stats.update(("read", "invalid"))
        elif str(row["lo_id"]) not in expected.courses:
            expected.stats.update(("read", "unknown_course"))
        else:
            by_pair.setdefault((mail, str(row["lo_id"])), []).append(row)
    for (mail, course), rows in by_pair.items():
        for row in rows:
            expected.stats.update(("read", "sent" if mail in known else "parked"))
            if mail in known:
                progress = 100 if row["status"] == "completed" else 50
                first, last = _ms(row["created_time"]), _ms(row["updated_time"])
                expected.attempts[(mail, course, progress, first, last)] += 1
    return expected


def faults(sandbox: Sandbox, expected: Expected, platform_name: str) -> list[str]:
    """How what stands at 360Learning differs from what must stand there."""
    platform = sandbox.learning360
    platform.advance()
    found: list[str] = []
    ids = {
        integration["_id"]
        for integration in platform.integrations.values()
        if integration["externalPlatform"] == platform_name
    }
    arrived = {
        course["item"]["externalId"]: course
        for course in platform.courses.values()
        if course["integrationId"] in ids
    }
    for external_id in expected.courses.keys() ^ arrived.keys():
        side = "missing" if external_id in expected.courses else "not expected"
        found.append(f"course {external_id} is {side}")
    for external_id in expected.courses.keys() & arrived.keys():
        course = arrived[external_id]
        if course["status"] != "published":
            found.append(f"course {external_id} is {course['status']}")
        for name, value in expected.courses[external_id].items():
            if course["item"].get(name) != value:
                found.append(f"course {external_id}: {name} is {course['item'].get(name)!r}")
    mails = {user["_id"]: user["mail"] for user in platform.users.values()}
    names = {course["_id"]: external_id for external_id, course in arrived.items()}
    attempts: Counter[tuple[str, str, int, int, int]] = Counter()
    for (course_id, user_id), rows in platform.attempts.items():
        for row in rows:
            if course_id in names:
                key = (row.progress, row.firstActivityAt or 0, row.lastActivityAt or 0)
                attempts[(mails[user_id], names[course_id], *key)] += 1
    for attempt, number in (
        (expected.attempts - attempts) + (attempts - expected.attempts)
    ).items():
        side = "missing" if attempt in expected.attempts else "not expected"
        found.append(f"{number} attempt on course {attempt[1]} at {attempt[2]} % is {side}")
    return found


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)

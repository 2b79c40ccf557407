"""What must have arrived at 360Learning, worked out from the sandbox's own data.

Each provider's part is written from 360Learning's guide alone: the oracle shares no code with the
program that it judges.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers import PROVIDERS
from sandbox.providers.base import Row
from sandbox.server import Sandbox

Key = tuple[str, str, int, int, int, int]


@dataclass
class Expected:
    """What one provider's synchronization must have led to.

    Attributes:
        courses: By external id, the fields that must stand at 360Learning.
        catalog: The counts of a first catalogue run.
        attempts: (learner, course, progress, first activity, last activity, time spent), each as
            often as it must stand.
        stats: The counts of a first statistics run.
    """

    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: Counter[str] = field(default_factory=Counter)
    attempts: Counter[Key] = field(default_factory=Counter)
    stats: Counter[str] = field(default_factory=Counter)


def expect(sandbox: Sandbox, provider: str) -> Expected:
    """Return what a provider's first catalogue and statistics runs must lead to."""
    simulated, service = PROVIDERS[provider], sandbox.services[provider]
    expected = Expected()
    for external_id, heading, fields in simulated.courses(service, sandbox.learning360.base_url):
        expected.catalog.update(("read", heading))
        if heading == "created":
            expected.courses[external_id] = fields
    known = {user["mail"] for user in sandbox.learning360.users.values()}
    merged: dict[tuple[str, str], list[Row]] = {}
    for row in simulated.rows(service):
        if isinstance(row, str):
            expected.stats.update(("read", row))
        else:
            merged.setdefault((row.mail, row.course), []).append(row)
    for (mail, course), rows in merged.items():
        for number, row in enumerate(_attempts(rows)):
            if course not in expected.courses:
                expected.stats.update(("read", "unknown_course"))
                continue
            expected.stats.update(("read", "sent" if mail in known else "parked"))
            if mail in known:
                last = row.completed if row.completed is not None else row.last
                time_spent = row.time if number == 0 else 1
                key = (mail, course, row.progress, row.first, last, time_spent)
                expected.attempts[key] += 1
    return expected


def _attempts(rows: list[Row]) -> list[Row]:
    """Merge rows: they are one attempt, unless one begins after another was completed."""
    attempts: list[Row] = []
    for row in sorted(rows, key=lambda row: (row.first, row.completed or 10**15)):
        if attempts:
            before = attempts[-1]
            if before.completed is None or row.first <= before.completed:
                before.progress = max(before.progress, row.progress)
                before.last = max(before.last, row.last)
                before.time = max(before.time, row.time)
                ends = [end for end in (before.completed, row.completed) if end is not None]
                before.completed = min(ends) if ends else None
                continue
        attempts.append(row)
    return attempts


def faults(sandbox: Sandbox, expected: Expected, provider: str) -> list[str]:
    """Return how what stands at 360Learning differs from what must stand there."""
    platform = sandbox.learning360
    platform.advance()
    found: list[str] = []
    ids = {
        integration["_id"]
        for integration in platform.integrations.values()
        if integration["externalPlatform"] == PROVIDERS[provider].display_name
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
    attempts: Counter[Key] = Counter()
    for (course_id, user_id), rows in platform.attempts.items():
        for row in rows:
            if course_id in names:
                key = (
                    row.progress,
                    row.firstActivityAt or 0,
                    row.lastActivityAt or 0,
                    row.timeSpent,
                )
                attempts[(mails[user_id], names[course_id], *key)] += 1
    for attempt, number in (
        (expected.attempts - attempts) + (attempts - expected.attempts)
    ).items():
        side = "missing" if attempt in expected.attempts else "not expected"
        found.append(f"{number} attempt on course {attempt[1]} at {attempt[2]} % is {side}")
    return found

"""What must have arrived at 360Learning, worked out from the sandbox's own data.

Each provider's part is written from 360Learning's guide alone: the oracle shares no code with the
program that it judges.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.learning360 import Attempt
from sandbox.providers import PROVIDERS
from sandbox.providers.base import Row
from sandbox.server import Sandbox

# A learner's address and a course's external id.
Pair = tuple[str, str]


@dataclass
class Expected:
    """What one provider's synchronization must have led to.

    Attributes:
        courses: By external id, the fields that must stand at 360Learning.
        catalog: The counts of a first catalogue run.
        attempts: What each learner did on each course, in order.
        stats: The counts of a first statistics run.
    """

    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: Counter[str] = field(default_factory=Counter)
    attempts: dict[Pair, list[Row]] = field(default_factory=dict)
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
    merged: dict[Pair, list[Row]] = {}
    for row in simulated.rows(service):
        if isinstance(row, str):
            expected.stats.update(("read", row))
        else:
            merged.setdefault((row.mail, row.course), []).append(in_order(row))
    for (mail, course), rows in merged.items():
        attempts = _attempts(rows)
        headings = ["sent", "confirmed"] if mail in known else ["parked"]
        if course not in expected.courses:
            headings = ["unknown_course"]
        for _ in attempts:
            expected.stats.update(("read", *headings))
        if headings[0] == "sent":
            expected.attempts[mail, course] = attempts
    return expected


def in_order(row: Row) -> Row:
    """Return a row of which nothing ends before it begins: a date alone is midnight."""
    completed = None if row.completed is None else max(row.completed, row.first)
    return replace(row, last=max(row.last, row.first), completed=completed)


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


def faults(
    sandbox: Sandbox, expected: Expected, provider: str, *, gone: Collection[str] = ()
) -> list[str]:
    """Return how what stands at 360Learning differs from what must stand there.

    Args:
        sandbox: Where it stands.
        expected: What must.
        provider: Whose.
        gone: The courses that left it since they were sent: archived, and their statistics stay.
    """
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
    for external_id in gone:
        status = arrived[external_id]["status"] if external_id in arrived else "missing"
        if status != "archived":
            found.append(f"course {external_id} left, and is {status}")
    for external_id in expected.courses.keys() ^ (arrived.keys() - set(gone)):
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
    there: dict[Pair, list[Attempt]] = {
        (mails[user_id], names[course_id]): attempts
        for (course_id, user_id), attempts in platform.attempts.items()
        if course_id in names and names[course_id] not in gone
    }
    for pair in expected.attempts.keys() | there.keys():
        fault = unseen(expected.attempts.get(pair, []), there.get(pair, []))
        if fault:
            found.append(f"a learner on course {pair[1]} does not see the progress: {fault}")
    return found


def unseen(did: list[Row], there: list[Attempt]) -> str:
    """Return what a learner misses who did this and finds that at 360Learning; blank for nothing.

    Launches that nobody updated, and that show nothing of what the learner did, are left aside: the
    learner made them there. An import updates all attempts that are open, so that several launches
    may show one attempt.
    """
    synchronized = [
        one
        for one in there
        if not one.launched or one.timeSpent > 0 or any(_shows(one, row) for row in did)
    ]
    taken_over = [one for one in synchronized if one.launched]
    most = len(synchronized) - len(taken_over)
    if most > len(did) or (not taken_over and most < len(did)):
        return f"{most} attempts instead of {len(did)}"
    for number, row in enumerate(did):
        matches = [one for one in synchronized if _shows(one, row)]
        if not matches:
            return f"none is at {row.progress} % as the provider says"
        time = max(row.time, 1) if number == 0 else 1
        # Of a launch that shows the same already nothing more is sent.
        if all(
            one.timeSpent != time and not (one.launched and not one.timeSpent) for one in matches
        ):
            return "the time spent is another"
        if len(there) == len(did) and not taken_over and matches[0].firstActivityAt != row.first:
            return "it begins at another time"
    return ""


def _shows(attempt: Attempt, row: Row) -> bool:
    if attempt.progress != row.progress:
        return False
    if row.completed is not None:
        return attempt.completedAt == row.completed
    last = attempt.lastActivityAt or 0
    return attempt.completedAt is None and last >= max(row.last, row.first + 1000)

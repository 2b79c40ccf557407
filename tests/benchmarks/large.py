"""A sandbox with one provider and so many statistics, until it is ended; says where, as JSON.

Usage: python -m tests.benchmarks.large PROVIDER STATISTICS LATENCY_MS

There are ten statistics a learner and at most 20,000 courses; two in a hundred learners have no
account at 360Learning. `POST /_benchmark/change` lets 500 statistics go on.
"""

import json
import random
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox

MOST_COURSES = 20_000
CHANGED = 500
HOUR = 3_600_000


def main() -> None:
    """Fill, serve and wait."""
    name, number, latency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sandbox = Large(name, number)
    sandbox.traffic.latency = latency / 1000
    platform = sandbox.learning360
    platform.rate_limited = latency > 0
    group_id = platform.add_group("Content")
    author_id = platform.add_user(
        "author@example.org", roles=[{"groupId": group_id, "role": "editor"}]
    )
    with sandbox.serving():
        secrets = {
            "platforms/default": sandbox.platform_secret(),
            f"integrations/{name}/default": sandbox.provider_secret(
                name, group_id=group_id, author_id=author_id
            ),
        }
        print(json.dumps({"url": sandbox.url, "secrets": secrets}), flush=True)
        threading.Event().wait()


class Large(Sandbox):
    """One provider's statistics, each by its number."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__()
        self.name, self.number = name, number
        tenant = PROVIDERS[name].tenant
        courses = min(MOST_COURSES, max(number // 50, 10))
        chance = random.Random(number)
        learners = max(number // 10, 1)
        for learner in range(learners):
            if learner % 50:
                self.learning360.add_user(self.mail(learner))
        external_ids = [tenant.external_id(course) for course in range(courses)]
        tenant.put(self, [tenant.course(course, f"Course {course}") for course in range(courses)])
        now = int(time.time()) * 1000
        rows = []
        for learner in range(learners):
            for course in chance.sample(range(courses), 10):
                row = tenant.row(self.mail(learner), external_ids[course])
                rows.append(self.dated(row, now - chance.randrange(48, 9000) * HOUR, chance))
        # Providers list in an order of their own, which is not ours.
        chance.shuffle(rows)
        tenant.put_rows(self, rows)
        if name == "coursera":
            self.services[name].page_size = 1000

    @staticmethod
    def mail(learner: int) -> str:
        return f"learner{learner}@example.com"

    def dated(self, row: dict[str, Any], first: int, chance: random.Random) -> dict[str, Any]:
        """Give a raw row instants and a state of its own."""
        done = chance.random() < 0.5
        last = first + chance.randrange(1, 40) * HOUR
        if self.name == "go1":
            row["created_time"], row["updated_time"] = _iso(first), _iso(last)
            return row if done else {**row, "status": "in-progress"}
        if self.name == "coursera":
            row |= {"enrolledAt": first, "lastActivityAt": last, "completedAt": last}
            open_row = {**row, "isCompleted": False, "overallProgress": 40, "completedAt": None}
            return row if done else open_row
        raise SystemExit(f"no large data of {self.name}")

    def application(self) -> web.Application:
        application = super().application()
        application.add_routes(
            [
                web.post("/_benchmark/change", self.change),
                web.post("/_benchmark/forget_attempts", self.forget_attempts),
            ]
        )
        return application

    async def forget_attempts(self, request: web.Request) -> web.Response:
        """Empty the platform of attempts."""
        for index in (
            self.learning360.attempts,
            self.learning360.by_user,
            self.learning360.by_course,
        ):
            index.clear()
        return web.json_response({})

    async def change(self, request: web.Request) -> web.Response:
        """Let some statistics that are open go on until now."""
        service = self.services[self.name]
        now = int(time.time()) * 1000
        left = CHANGED
        rows = service.enrollments if self.name == "go1" else service.reports
        for row in rows:
            if left and row.get("status") == "in-progress":
                row["updated_time"] = _iso(now)
                left -= 1
            elif left and row.get("isCompleted") is False:
                row |= {"lastActivityAt": now, "overallProgress": 60}
                left -= 1
        return web.json_response({})


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat()


if __name__ == "__main__":
    main()

"""A sandbox with one provider's data, made from a seed, until it is ended; says where, as JSON.

Usage: python -m tests.benchmarks.world PROVIDER COURSES STATISTICS SEED LATENCY_MS

There are ten statistics a learner. Every contender has an integration of its own on the platform,
so that none meets what another left; those of the peers hold all courses from the start where
there are statistics. `POST /_benchmark/change?kind=` lets one in a hundred courses or statistics
change, `/_benchmark/gain` a course come, and `GET /_benchmark/arrived` tells what stands in each
integration.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from typing import Any

from aiohttp import web

from sandbox.providers import PROVIDERS
from sandbox.providers.base import changed
from sandbox.server import Sandbox
from tests.benchmarks.plain import plain

# Whoever competes with the program, each under this name as its external platform.
PEERS = ("floor", "script", "dlt", "singer")
ATTEMPTS_A_LEARNER = 10
CHANGED_PART = 100
OPERATION_SECONDS = (0.15, 0.25)
HOUR = 3_600_000
WORDS = (
    "leading change with data and care across teams that learn from one another every single week "
    "of the year while customers wait for answers and plans become habits in small steps"
).split()


def main() -> None:
    """Fill, serve and wait."""
    name, *numbers = sys.argv[1:]
    courses, statistics, seed, latency = map(int, numbers)
    world = World(name, courses, statistics, seed)
    world.traffic.latency = latency / 1000
    with world.serving():
        secrets = {
            "platforms/default": world.platform_secret(),
            f"integrations/{name}/default": world.provider_secret(
                name, group_id=world.group_id, author_id=world.author_id
            ),
        }
        where = {
            "url": world.url,
            "secrets": secrets,
            "integrations": world.integrations,
            "operation_seconds": world.learning360.operation_seconds,
        }
        print(json.dumps(where), flush=True)
        threading.Event().wait()


class World(Sandbox):
    """One provider's courses and statistics."""

    def __init__(self, name: str, courses: int, statistics: int, seed: int) -> None:
        super().__init__()
        self.name = name
        self.tenant, self.plain = PROVIDERS[name].tenant, plain(name)
        self._chance = random.Random(f"{name} {seed}")
        platform = self.learning360
        # Another one in each run: a poll that fits one of them is no merit.
        platform.operation_seconds = self._chance.uniform(*OPERATION_SECONDS)
        self.group_id = platform.add_group("Content")
        roles = [{"groupId": self.group_id, "role": "editor"}]
        self.author_id = platform.add_user("author@example.org", roles=roles)
        self.courses = [self._course(number) for number in range(courses)]
        self.tenant.put(self, self.courses)
        self.integrations = {peer: self._integration(peer) for peer in PEERS}
        mails = [f"learner{n}@example.com" for n in range(statistics // ATTEMPTS_A_LEARNER)]
        for mail in mails:
            platform.add_user(mail)
        rows = [
            self._row(mail, self.tenant.external_id(course), open_row=number % 2 == 0)
            for mail in mails
            for number, course in enumerate(self._chance.sample(range(courses), ATTEMPTS_A_LEARNER))
        ]
        # Providers list in an order of their own, which is not ours.
        self._chance.shuffle(rows)
        self.tenant.put_rows(self, rows)
        if rows:
            self._give_courses()
        self.plain.prepare(self.services[name])

    def _course(self, number: int) -> dict[str, Any]:
        """Return a raw course with a title and a description of its own."""
        title = " ".join(self._chance.choices(WORDS, k=6)).capitalize()
        course = self.tenant.course(number, f"{title} {number}")
        text = " ".join(self._chance.choices(WORDS, k=self._chance.randrange(20, 120)))
        words = f"<p>{text}</p>" if self.tenant.html else text
        course = changed(course, self.tenant.description, words)
        return self.plain.vary(course, number)

    def _row(self, mail: str, external_id: str, *, open_row: bool) -> dict[str, Any]:
        """Return a raw statistic with instants of its own."""
        first = int(time.time()) * 1000 - self._chance.randrange(48, 9000) * HOUR
        last = first + self._chance.randrange(1, 40) * HOUR
        row = self.tenant.row(mail, external_id)
        if open_row:
            row = self.tenant.open_row(row)
        return self._dated(row, first, last, completed=not open_row)

    def _dated(
        self, row: dict[str, Any], first: int | None, last: int, *, completed: bool
    ) -> dict[str, Any]:
        first_path, last_path, completed_path = self.plain.instants
        if first is not None:
            row = changed(row, first_path, self.plain.written(first))
        row = changed(row, last_path, self.plain.written(last))
        if completed_path is not None:
            row = changed(row, completed_path, self.plain.written(last) if completed else None)
        return row

    def _integration(self, peer: str) -> str:
        """Make a peer's configuration."""
        integration_id = self.learning360.new_id()
        self.learning360.integrations[integration_id] = {
            "_id": integration_id,
            "externalPlatform": peer,
            "authorId": self.author_id,
            "groupId": self.group_id,
        }
        return integration_id

    def _give_courses(self) -> None:
        """Let all courses stand in the peers' integrations."""
        platform = self.learning360
        for integration_id in self.integrations.values():
            for number in range(len(self.courses)):
                external_id = self.tenant.external_id(number)
                course_id = platform.new_id()
                platform.course_ids[integration_id, external_id] = course_id
                platform.courses[course_id] = {
                    "_id": course_id,
                    "integrationId": integration_id,
                    "status": "published",
                }

    def application(self) -> web.Application:
        """Return the sandbox's application, with what only benchmarks ask for."""
        application = super().application()
        application.add_routes(
            [
                web.post("/_benchmark/change", self.change),
                web.post("/_benchmark/gain", self.gain),
                web.get("/_benchmark/arrived", self.what_arrived),
            ]
        )
        return application

    async def change(self, request: web.Request) -> web.Response:
        """Let one in a hundred courses, or statistics that are open, change."""
        service = self.services[self.name]
        if request.query["kind"] == "catalog":
            for number in range(0, len(self.courses), CHANGED_PART):
                title = f"{' '.join(self._chance.choices(WORDS, k=5))} {number}"
                # In its place: the service holds the same list.
                self.courses[number] = changed(self.courses[number], self.tenant.title, title)
            self.plain.changed(service)
            return web.json_response({})
        now, lists = int(time.time()) * 1000, self.plain.rows(service)
        left = sum(map(len, lists)) // CHANGED_PART
        for rows in lists:
            most = max(len(rows) // CHANGED_PART, 1)
            for number, row in enumerate(rows):
                if left and most and self.plain.is_open(row):
                    rows[number] = self._dated(row, None, now, completed=False)
                    left, most = left - 1, most - 1
        self.plain.changed(service)
        return web.json_response({})

    async def gain(self, request: web.Request) -> web.Response:
        """Let one course come."""
        self.courses.append(self._course(len(self.courses)))
        self.tenant.put(self, self.courses)
        # To put courses makes the pages small, as the suite wants them.
        self.plain.prepare(self.services[self.name])
        self.plain.changed(self.services[self.name])
        return web.json_response({})

    async def what_arrived(self, request: web.Request) -> web.Response:
        """Tell how many courses and attempts stand in each integration, and what they add up to."""
        platform = self.learning360
        platform.advance()
        found: dict[str, Counter[str]] = {one: Counter() for one in platform.integrations}
        names = {one["_id"]: one["externalPlatform"] for one in platform.integrations.values()}
        for course in platform.courses.values():
            counts = found[course["integrationId"]]
            counts["courses"] += 1
            counts["titles"] += len(course.get("item", {}).get("name", ""))
        for (course_id, _), attempts in platform.attempts.items():
            counts = found[platform.courses[course_id]["integrationId"]]
            counts["attempts"] += len(attempts)
            for attempt in attempts:
                counts["last"] += (attempt.lastActivityAt or 0) // 1000
                counts["progress"] += attempt.progress
        return web.json_response({names[one]: counts for one, counts in found.items()})


if __name__ == "__main__":
    main()

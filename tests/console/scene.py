"""A month of a company's learning, as it would be: for the page's tests, and for its pictures."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from sandbox.providers import PROVIDERS
from tests.helpers import GO1
from tests.house import House

TITLES = (
    "Giving feedback", "Excel for analysts", "First aid at work", "Negotiating well", "Python",
    "Data protection", "Leading remotely", "Writing clearly", "Project basics", "Public speaking",
)  # fmt: skip
HOSTILE = '<script>alert("title")</script>'
STRANGER = "not.there@example.com"


@dataclass
class Scene:
    """Two providers, from their set-up until today.

    Attributes:
        house: Where it happens.
        days: How many.
        others: Further providers, which ran once.
        hostile: Whether a title attacks the page.
        chance: The same for each call.
        courses: What Go1 offers now.
        rows: What Go1 has of learners.
    """

    house: House
    days: int
    others: tuple[str, ...] = ("edflex",)
    hostile: bool = True
    chance: random.Random = field(default_factory=lambda: random.Random(8))
    courses: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def play(self) -> None:
        """Let the days pass: courses come, change and go, learners learn."""
        learners = [f"learner{number}@example.com" for number in range(1, 13)]
        for mail in learners:
            self.house.sandbox.learning360.add_user(mail)
        begins = datetime.now(UTC) - timedelta(days=self.days)
        with at(begins):
            self.house.settle_in("go1")
        for day in range(self.days):
            self._courses_of_a_day(day)
            mails = [STRANGER, *learners] if day == self.days // 2 else learners
            with at(begins + timedelta(days=day, hours=1)):
                self.house.run("go1", "catalog")
                self._learning(mails)
                self.house.run("go1", "stats")
        with at(datetime.now(UTC) - timedelta(hours=2)):
            for other in self.others:
                self.house.settle_in(other)
                tenant = PROVIDERS[other].tenant
                tenant.put(self.house.sandbox, [tenant.course(n, f"Course {n}") for n in range(8)])
                self.house.run(other, "catalog")
                self.house.run(other, "stats")

    def shrink(self, left: int) -> None:
        """Let Go1's listing shrink to so many courses, so that the brake holds."""
        GO1.put(self.house.sandbox, self.courses[:left])
        with at(datetime.now(UTC) - timedelta(hours=1)):
            self.house.run("go1", "catalog")

    def _courses_of_a_day(self, day: int) -> None:
        count = 30 if not day else self.chance.randrange(4)
        first = 1000 + 100 * day
        self.courses += [
            GO1.course(first + number, f"{TITLES[number % 10]}, part {day + 1}")
            for number in range(count)
        ]
        if not day:
            self.courses[0]["title"] = HOSTILE if self.hostile else "Onboarding"
            self.courses[1]["title"] = " "
        for course in self.chance.sample(self.courses[2:], self.chance.randrange(3)):
            course["title"] = f"{course['title']} (new)"
            course["updated_time"] = datetime.now(UTC).isoformat()
        if day % 4 == 3:
            del self.courses[-1 - self.chance.randrange(3)]
        GO1.put(self.house.sandbox, self.courses)

    def _learning(self, mails: list[str]) -> None:
        now = datetime.now(UTC)
        for mail in [*mails[:1], *self.chance.sample(mails, self.chance.randrange(1, 6))]:
            course = self.chance.choice(self.courses[2:30])
            row = GO1.row(mail, str(course["id"]))
            row["created_time"] = (now - timedelta(hours=3)).isoformat()
            row["updated_time"] = (now - timedelta(minutes=20)).isoformat()
            row["id"] = len(self.rows) + 1
            self.rows.append(row)
        GO1.put_rows(self.house.sandbox, self.rows)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be another time, which goes on from there."""
    with time_machine.travel(moment, tick=True):
        yield

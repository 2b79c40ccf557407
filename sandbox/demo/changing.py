"""What changes at one provider from day to day: courses, learners, and what they did."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.demo.stage import Stage
from sandbox.providers.go1.service import Go1

CHANGES = "go1"
# The users and enrollments that come later have these ids and the following ones.
LATER_USERS, LATER_ENROLLMENTS = 10_000, 99_000_000
LEARN_ON = 25
# Of the courses that are offered, so many are left in a listing that shrinks.
LEFT = 0.7


@dataclass(frozen=True)
class Changing:
    """Go1, as its customer and its learners change it.

    Attributes:
        stage: Where.
    """

    stage: Stage

    @property
    def service(self) -> Go1:
        """Return the simulated service."""
        service: Go1 = self.stage.sandbox.services[CHANGES]
        return service

    @property
    def gone(self) -> set[str]:
        """Return the ids of what left since it was sent."""
        return self.stage.gone.setdefault(CHANGES, set())

    def withdraw(self) -> str:
        """Withdraw a course; return its id."""
        hit = self._offered()[-1]
        hit["published"] = False
        return self._left(hit)

    def bring_back(self) -> str:
        """Offer a course again that was withdrawn; return its id."""
        external_id = self.gone.pop()
        hit = next(one for one in self.service.learning_objects if str(one["id"]) == external_id)
        hit["published"] = True
        self.service.changed()
        return external_id

    def rename(self) -> str:
        """Give a course another title; return its id."""
        hit = self._offered()[1]
        hit |= {"title": f"{hit['title']}, second edition", "updated_time": _now()}
        self.service.changed()
        return str(hit["id"])

    def learn_on(self) -> int:
        """Let learners finish what they have begun; return how many do."""
        known = {user["mail"] for user in self.stage.sandbox.learning360.users.values()}
        offered = {hit["id"] for hit in self._offered()}
        begun = [
            row
            for row in self.service.enrollments
            if row["status"] == "in-progress"
            and row["lo_id"] in offered
            and (self.service.users[row["user_id"]]["email"] or "").lower() in known
        ]
        for row in begun[:LEARN_ON]:
            row |= {"status": "completed", "pass": True, "updated_time": _now()}
        return len(begun[:LEARN_ON])

    def enrol(self, mail: str) -> str:
        """Let somebody new finish a course; return the course's id."""
        hit, number = self._offered()[0], len(self.service.users)
        self.service.users[LATER_USERS + number] = {"id": LATER_USERS + number, "email": mail}
        self.service.enrollments.append(
            {
                "id": LATER_ENROLLMENTS + number,
                "type": "enrolment",
                "lo_id": hit["id"],
                "user_id": LATER_USERS + number,
                "status": "completed",
                "pass": True,
                "created_time": _now(),
                "updated_time": _now(),
            }
        )
        return str(hit["id"])

    def shrink(self) -> int:
        """Let the listing lack courses, as a filter does; return how many."""
        offered = self._offered()
        left = offered[int(len(offered) * LEFT) :]
        numbers = {hit["id"] for hit in left}
        self.service.learning_objects = [
            hit for hit in self.service.learning_objects if hit["id"] not in numbers
        ]
        for hit in left:
            self._left(hit)
        return len(left)

    def list_twice(self) -> tuple[str, str]:
        """Let one course come twice and another not at all; return the ids of both."""
        offered = self._offered()
        left, listed = offered[-1], self.service.learning_objects
        listed.remove(left)
        listed.append(offered[0])
        return str(offered[0]["id"]), self._left(left)

    def _left(self, hit: dict[str, Any]) -> str:
        external_id = str(hit["id"])
        self.gone.add(external_id)
        self.service.changed()
        return external_id

    def _offered(self) -> list[dict[str, Any]]:
        """Return the courses that it offers and 360Learning shows."""
        published = {
            course["item"]["externalId"]
            for course in self.stage.sandbox.learning360.courses.values()
            if course["status"] == "published"
        }
        return [hit for hit in self.service.learning_objects if str(hit["id"]) in published]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")

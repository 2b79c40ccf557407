"""Learners' attempts: which an import opens and which it updates, by the endpoint's own rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.filters import matching
from sandbox.learning360.platform import Attempt, Learning360
from sandbox.learning360.schema import iso, milliseconds

PAGE_SIZE = 500
# https://360learning.readme.io/reference/v2coursesgetallcoursestatscontroller_getallcoursestats
FILTERS = {"completedAt": "lt gte", "courseId": "eq ne in nin", "userId": "eq ne in nin"}


class NoRule(Exception):
    """A row neither creates an attempt nor updates one."""


@dataclass
class Attempts:
    """The endpoint that lists attempts, and the rules of an import."""

    platform: Learning360

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.get("/api/v2/courses/stats", self.list_attempts),
        ]

    async def list_attempts(self, request: web.Request) -> web.Response:
        """GET /courses/stats: 500 a page, filtered by course, learner and completion."""
        self.platform.admit(request, "courseStats:read")
        passes = matching(request, FILTERS, ids=("courseId", "userId"))
        hides = "completedAt[gte]" in request.query and (
            not self.platform.readings.filter_finds_launches
        )
        rows = [
            dto
            for attempt in self._candidates(request)
            if not (hides and attempt.progress < 100)
            if passes(dto := attempt_dto(attempt))
        ]
        return self.platform.page(request, rows, PAGE_SIZE)

    def _candidates(self, request: web.Request) -> Iterable[Attempt]:
        """Return the attempts among which the filters choose: few, where an index tells."""
        for index, name in (
            (self.platform.by_user, "userId"),
            (self.platform.by_course, "courseId"),
        ):
            values = [
                value
                for key, value in request.query.items()
                if key.startswith((f"{name}[in]", f"{name}[eq]"))
            ]
            if values:
                return [
                    attempt for value in dict.fromkeys(values) for attempt in index.get(value, ())
                ]
        return [attempt for rows in self.platform.by_user.values() for attempt in rows]

    def record(self, course_id: str, user_id: str, item: Any) -> str:
        """Create an attempt, or update those that the endpoint's own rules say; return its id.

        "Create" if `forceNew`, if there is none, or if `firstActivityAt` is later than the
        `lastActivityAt` or `completedAt` of all; "update" those not completed with which it is
        earlier than that.

        Raises:
            NoRule: Neither applies.
        """
        attempts = self.platform.attempts_of(course_id, user_id)
        first, last = milliseconds(item["firstActivityAt"]), milliseconds(item["lastActivityAt"])
        values = {
            "progress": int(item["progress"]),
            "timeSpent": int(item["timeSpent"]),
            "lastActivityAt": last,
            "completedAt": last if item["progress"] == 100 else None,
            "result": item.get("result"),
            "score": item.get("score"),
        }
        if item.get("forceNew") or all(self._later(first, attempt) for attempt in attempts):
            attempt = Attempt(
                self.platform.new_id(), course_id, user_id, firstActivityAt=first, **values
            )
            self.platform.keep(attempt)
            return attempt.id
        updated = [
            attempt
            for attempt in attempts
            if self._may_change(attempt) and not self._later(first, attempt, strictly=False)
        ]
        if not updated:
            raise NoRule
        for attempt in updated:
            attempt.firstActivityAt = min(attempt.firstActivityAt or first, first)
            for name, value in values.items():
                setattr(attempt, name, value)
        return updated[-1].id

    def _may_change(self, attempt: Attempt) -> bool:
        if attempt.completedAt is None:
            return True
        return self.platform.readings.updates_completed_below_100 and attempt.progress < 100

    def _later(self, first: int, attempt: Attempt, *, strictly: bool = True) -> bool:
        """Tell whether a row's first activity is later than an attempt; see `equal_is_earlier`."""
        if first == attempt.latest:
            return not strictly and not self.platform.readings.equal_is_earlier
        return first > attempt.latest


def attempt_dto(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as `GET /courses/stats` shows it."""
    dto: dict[str, Any] = {
        "_id": attempt.id,
        "courseId": attempt.courseId,
        "userId": attempt.userId,
        "lang": "en",
        "progress": attempt.progress,
        "timeSpent": attempt.timeSpent,
    }
    for name in ("firstActivityAt", "lastActivityAt", "completedAt"):
        if (instant := getattr(attempt, name)) is not None:
            dto[name] = iso(instant / 1000)
    for name in ("score", "pathId", "pathSessionId"):
        if (value := getattr(attempt, name)) is not None:
            dto[name] = value
    return dto

"""Learners' attempts: which an import opens and which it updates, by the endpoint's own rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.platform import Attempt, Learning360
from sandbox.learning360.schema import iso, milliseconds


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
        """GET /courses/stats: 500 a page."""
        self.platform.admit(request, "courseStats:read")
        rows = [
            attempt_dto(attempt)
            for attempts in self.platform.attempts.values()
            for attempt in attempts
        ]
        return self.platform.page(request, rows, 500)

    def record(self, course_id: str, user_id: str, item: Any) -> str:
        """Create an attempt, or update those that the endpoint's own rules say; return its id."""
        attempts = self.platform.attempts.setdefault((course_id, user_id), [])
        first, last = milliseconds(item["firstActivityAt"]), milliseconds(item["lastActivityAt"])
        values = {
            "progress": int(item["progress"]),
            "timeSpent": int(item["timeSpent"]),
            "lastActivityAt": last,
            "completedAt": last if item["progress"] == 100 else None,
            "result": item.get("result"),
            "score": item.get("score"),
        }
        if item.get("forceNew") or all(first > attempt.latest for attempt in attempts):
            attempt = Attempt(
                self.platform.new_id(), course_id, user_id, firstActivityAt=first, **values
            )
            attempts.append(attempt)
            return attempt.id
        updated = [
            attempt
            for attempt in attempts
            if attempt.completedAt is None and first < attempt.latest
        ]
        for attempt in updated:
            attempt.firstActivityAt = min(attempt.firstActivityAt or first, first)
            for name, value in values.items():
                setattr(attempt, name, value)
        return (updated or attempts)[-1].id


def attempt_dto(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as `GET /courses/stats` shows it."""
    dto = {
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
    return dto

"""One customer platform: what stands there, and who may ask for it.

Where the reference of the real service leaves a question open, the choice stands here as a setting
of `Learning360`. Errors are those of the specification.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.learning360.readings import LITERAL, Readings
from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer, json_body

SCOPES = frozenset(
    "integrations:read integrations:write integrations:bulk bulkOperations:read courses:read "
    "courses:write tags:read tags:write groups:read groups:bulk users:read courseStats:read".split()
)
READS_PER_SECOND = 50
WRITES_PER_SECOND = 10


@dataclass
class Attempt:
    """One attempt of a learner on a course; instants in milliseconds.

    Attributes:
        launched: Whether START made it; the platform shows nobody.
    """

    id: str
    courseId: str
    userId: str
    progress: int
    timeSpent: int
    firstActivityAt: int | None
    lastActivityAt: int | None
    completedAt: int | None = None
    result: str | None = None
    score: int | None = None
    pathId: str | None = None
    pathSessionId: str | None = None
    launched: bool = False

    @property
    def latest(self) -> int:
        """Return what a row's first activity is compared with."""
        return max(self.lastActivityAt or 0, self.completedAt or 0) or self.firstActivityAt or 0


@dataclass
class Operation:
    """One bulk operation."""

    id: str
    type: str
    created_at: float
    ends_at: float
    items: list[Any]
    apply: Callable[[Any], tuple[bool, str] | None]
    results: list[dict[str, Any]] | None = None
    error: str | None = None


@dataclass
class Learning360:
    """One customer platform.

    Attributes:
        tokens: Its only API credentials and what they were given.
        scopes: What they were granted.
        operation_seconds: How long a bulk operation takes, whatever it holds.
        seconds_per_item: And for each of its items.
        readings: How it answers what the reference leaves open.
        failing_items: External ids that bulk operations refuse, with the message.
        refused_tags: Names that no tag may have.
        refused_contents: Courses that no group takes.
    """

    tokens: Tokens = field(default_factory=lambda: Tokens("sandbox-client", "sandbox-secret"))
    scopes: frozenset[str] = SCOPES
    operation_seconds: float = 0.2
    seconds_per_item: float = 0.0
    readings: Readings = LITERAL
    rate_limited: bool = True
    failing_items: dict[str, str] = field(default_factory=dict)
    refused_tags: set[str] = field(default_factory=set)
    refused_contents: set[str] = field(default_factory=set)
    base_url: str = ""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    integrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    course_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    attempts: dict[tuple[str, str], list[Attempt]] = field(default_factory=dict)
    by_user: dict[str, list[Attempt]] = field(default_factory=dict)
    by_course: dict[str, list[Attempt]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    most_at_once: int = 0
    # Users by address, as long as there are the same: an operation looks up many.
    _mails: tuple[Any, dict[Any, list[dict[str, Any]]]] = field(default=(None, {}))
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _calls: dict[str, deque[float]] = field(
        default_factory=lambda: {"read": deque(), "write": deque()}
    )

    def new_id(self) -> str:
        """Return an ObjectId."""
        return f"{next(self._ids):024x}"

    def add_user(self, mail: str, **more: Any) -> str:
        """Add a learner or an author; return the id."""
        user_id = self.new_id()
        self.users[user_id] = {
            "_id": user_id,
            "mail": mail,
            "status": "active",
            "lang": "en",
            **more,
        }
        return user_id

    def users_with(self, mail: str) -> list[dict[str, Any]]:
        """Return the users whom an address names, deleted ones included."""
        state = (next(reversed(self.users), ""), len(self.users), self.readings)
        if self._mails[0] != state:
            by_mail: dict[Any, list[dict[str, Any]]] = {}
            for user in self.users.values():
                by_mail.setdefault(self.normal_mail(user.get("mail")), []).append(user)
            self._mails = (state, by_mail)
        return self._mails[1].get(self.normal_mail(mail), [])

    def normal_mail(self, mail: Any) -> Any:
        """Return an address in the form in which it is compared."""
        return mail.lower() if self.readings.ignores_case and isinstance(mail, str) else mail

    def attempts_of(self, course_id: str, user_id: str) -> list[Attempt]:
        """Return a learner's attempts on a course, in the order in which they were made."""
        return self.attempts.get((course_id, user_id), [])

    def keep(self, attempt: Attempt) -> None:
        """Keep a new attempt."""
        self.attempts.setdefault((attempt.courseId, attempt.userId), []).append(attempt)
        self.by_user.setdefault(attempt.userId, []).append(attempt)
        self.by_course.setdefault(attempt.courseId, []).append(attempt)

    def add_group(self, name: str, parent: str | None = None) -> str:
        """Add a group; return the id."""
        group_id = self.new_id()
        self.groups[group_id] = {"_id": group_id, "name": name, "public": False, "parentId": parent}
        return group_id

    def add_tag(self, name: str) -> str:
        """Add a tag to the platform; return the id."""
        tag_id = self.new_id()
        self.tags[tag_id] = {"_id": tag_id, "name": name, "isMain": False, "source": "native"}
        return tag_id

    def course(self, integration_id: str, external_id: str) -> dict[str, Any] | None:
        """Return a course by its external id."""
        self.advance()
        course_id = self.course_ids.get((integration_id, external_id))
        return self.courses.get(course_id) if course_id else None

    async def token(self, request: web.Request) -> web.Response:
        """POST /oauth2/token: JSON in, `expires_in` out as text, as the guide shows it."""
        body = await json_body(request)
        if not isinstance(body, dict) or request.content_type != "application/json":
            raise Refusal(400, {"error": "invalid_request"})
        if body.get("grant_type") != "client_credentials":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        self.tokens.check_form(body)
        expires_in = f"{self.tokens.life:.0f}"
        token = self.tokens.issue()
        return answer({"token_type": "Bearer", "access_token": token, "expires_in": expires_in})

    def admit(self, request: web.Request, scope: str, *, bulk_submit: bool = False) -> None:
        """Check token, scope, version header and rate, in that order."""
        if not self.tokens.admits(request):
            raise Refusal(401, {"error": "invalid_token"})
        if scope not in self.scopes:
            raise refusal(403, "invalid_scope", f"missing {scope}")
        if request.headers.get("360-api-version") != "v2.0":
            raise refusal(400, "invalidInput", "the header 360-api-version must be v2.0")
        if self.rate_limited and not bulk_submit:
            kind, most = (
                ("read", READS_PER_SECOND)
                if request.method == "GET"
                else ("write", WRITES_PER_SECOND)
            )
            calls, now = self._calls[kind], time.monotonic()
            while calls and calls[0] <= now - 1:
                calls.popleft()
            if len(calls) >= most:
                raise Refusal(429, {"error": "tooManyRequests"})
            calls.append(now)
        self.advance()

    def integration_of(self, request: web.Request) -> dict[str, Any]:
        """Return the configuration that a path names."""
        try:
            return self.integrations[request.match_info["id"]]
        except KeyError:
            raise refusal(404, "integrationNotFound", "no such integration") from None

    def course_of(self, request: web.Request) -> dict[str, Any]:
        """Return the course that a path names."""
        try:
            return self.courses[request.match_info["id"]]
        except KeyError:
            raise refusal(404, "courseNotFound", "no such course") from None

    def advance(self) -> None:
        """Carry out the operations whose time has come."""
        now = time.time()
        for operation in self.operations.values():
            if operation.results is None and operation.ends_at <= now:
                results = [_result(operation, item) for item in operation.items]
                operation.results = [result for result in results if result is not None]
                # The order of results promises nothing.
                operation.results.reverse()

    def page(self, request: web.Request, rows: list[Any], size: int) -> web.Response:
        """Return a page of a listing, with a link to the next one."""
        start = int(request.query.get("next", 0))
        headers = {}
        if start + size < len(rows):
            query = urlencode(
                [(key, value) for key, value in request.query.items() if key != "next"]
                + [("next", str(start + size))]
            )
            path = request.path.removeprefix("/360learning")
            link = f"{self.base_url}{path}?{query}"
            headers["Link"] = f'<{link}>; rel="next"'
        return answer(rows[start : start + size], headers=headers)


def _result(operation: Operation, item: Any) -> dict[str, Any] | None:
    outcome = operation.apply(item)
    if outcome is None:
        return None
    accepted, text = outcome
    if accepted:
        return {"input": item, "status": "success", "resourceId": text}
    return {"input": item, "status": "error", "errorMessage": text}


def refusal(status: int, code: str, message: str) -> Refusal:
    """Return an error in API v2's shape."""
    return Refusal(status, {"error": {"code": code, "message": message}})

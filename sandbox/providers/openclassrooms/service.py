"""OpenClassrooms, simulated from its reference: Range paging, users, followed courses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer

WINDOW = 20
_RANGE = re.compile(r"items=(\d+)-(\d+)")


@dataclass
class OpenClassrooms:
    """One organization.

    Attributes:
        organization_id: Its short id.
        courses: The objects of `GET /courses`.
        users: The organization's users.
        followed: The followed courses, by user id.
        unfollowed: The courses that were followed once, by user id.
        whole_lists: Whether lists come whole with a 200 instead of in windows.
        scopes: The scopes that the login grants; None for any.
        refusal: What the login answers to a scope that it does not grant.
    """

    organization_id: str = "0h94jl0t"
    courses: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    followed: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    unfollowed: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    whole_lists: bool = False
    scopes: frozenset[str] | None = None
    refusal: dict[str, Any] = field(default_factory=lambda: {"error": "invalid_scope"})
    tokens: Tokens = field(
        default_factory=lambda: Tokens("openclassrooms-client", "openclassrooms-secret")
    )

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.post("/oauth2/token", self.token),
            web.get("/courses", self.list_courses),
            web.get("/courses/{id}", self.get_course),
            web.get("/organizations/{id}", self.get_organization),
            web.get("/organizations/{id}/users", self.list_users),
            web.get("/users/{id}/followed-courses/", self.list_followed),
            web.get("/users/{id}/courses/{course}", self.get_activity),
        ]

    async def token(self, request: web.Request) -> web.Response:
        """POST /oauth2/token, HTTP Basic."""
        self.tokens.check_basic(request)
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        if self.scopes is not None and not set(str(form.get("scope")).split()) <= self.scopes:
            raise Refusal(400, self.refusal)
        return answer(
            {
                "access_token": self.tokens.issue(),
                "token_type": "Bearer",
                "expires_in": int(self.tokens.life),
                "refresh_token": "never-to-be-kept",
                "scope": form.get("scope"),
            }
        )

    async def list_courses(self, request: web.Request) -> web.Response:
        """GET /courses."""
        self._admit(request)
        return self._window(request, self.courses)

    async def get_course(self, request: web.Request) -> web.Response:
        """GET /courses/{courseId}."""
        self._admit(request)
        for course in self.courses:
            if str(course.get("id")) == request.match_info["id"]:
                return answer(course)
        raise Refusal(404, {"errors": [{"code": "404", "message": "no such course"}]})

    async def get_organization(self, request: web.Request) -> web.Response:
        """GET /organizations/{id}."""
        self._admit(request)
        self._organization(request)
        return answer({"id": self.organization_id, "name": "Sandbox", "language": "fr"})

    async def list_users(self, request: web.Request) -> web.Response:
        """GET /organizations/{id}/users."""
        self._admit(request)
        self._organization(request)
        return self._window(request, self.users)

    async def list_followed(self, request: web.Request) -> web.Response:
        """GET /users/{id}/followed-courses/."""
        self._admit(request)
        user_id = int(request.match_info["id"])
        if all(user["id"] != user_id for user in self.users):
            raise Refusal(404, {"errors": [{"code": "404", "message": "no such user"}]})
        return self._window(request, self.followed.get(user_id, []))

    async def get_activity(self, request: web.Request) -> web.Response:
        """GET /users/{id}/courses/{courseId}: also of a course that is followed no more."""
        self._admit(request)
        rows = self.unfollowed.get(int(request.match_info["id"]), [])
        rows = rows + self.followed.get(int(request.match_info["id"]), [])
        for row in rows:
            if str(row["id"]) == request.match_info["course"]:
                return answer(row)
        raise Refusal(404, {"errors": [{"code": "404", "message": "no activity"}]})

    def _admit(self, request: web.Request) -> None:
        if not self.tokens.admits(request):
            raise Refusal(401, {"errors": [{"code": "401", "message": "token"}]})

    def _organization(self, request: web.Request) -> None:
        if request.match_info["id"] != self.organization_id:
            raise Refusal(404, {"errors": [{"code": "404", "message": "no such organization"}]})

    def _window(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        asked = request.headers.get("Range")
        if asked is None or self.whole_lists or (len(rows) <= WINDOW and asked == "items=0-19"):
            return answer(rows)
        found = _RANGE.fullmatch(asked)
        if found is None or int(found[1]) > int(found[2]):
            raise Refusal(416, {"errors": [{"code": "416", "message": "range"}]})
        start, stop = int(found[1]), int(found[2])
        if start % WINDOW or stop - start + 1 > WINDOW:
            raise Refusal(400, {"errors": [{"message": f"Maximum of items: {WINDOW}"}]})
        if start >= len(rows):
            raise Refusal(416, {"errors": [{"code": "416", "message": "range"}]})
        page = rows[start : stop + 1]
        content_range = f"items {start}-{start + len(page) - 1}/{len(rows)}"
        return answer(page, 206, {"Content-Range": content_range})

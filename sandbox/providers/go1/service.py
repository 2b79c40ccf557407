"""Go1's API v2, simulated from its reference: window, scroll, token life, awkward values."""

import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer

MOST_PER_PAGE = 50
WINDOW = 10_000
SCROLL_SECONDS = 300
SCOPES = frozenset({"lo.read", "enrollment.read", "user.read", "portal.read"})


@dataclass
class Go1:
    """One portal.

    Attributes:
        scopes: What the integration was granted.
        portal: Its host.
        learning_objects: "My Library", in the listing's order.
        elsewhere: What Go1 has besides.
        enrollments: All enrollments of the portal.
        users: All users, by id.
        has_user_listing: Whether `GET /users` exists (no public page says).
        has_account: Whether `GET /account` does: newer portals are said to lack it.
        admits_scopes: Whether the token endpoint lets a client name its scopes.
        admitted_statuses: The statuses by which enrollments may be asked for; None for any.
    """

    scopes: frozenset[str] = SCOPES
    portal: str = "sandbox.mygo1.example.com"
    learning_objects: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: list[dict[str, Any]] = field(default_factory=list)
    enrollments: list[dict[str, Any]] = field(default_factory=list)
    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    has_user_listing: bool = True
    has_account: bool = True
    admits_scopes: bool = True
    admitted_statuses: frozenset[str] | None = None
    tokens: Tokens = field(default_factory=lambda: Tokens("go1-client", "go1-secret", life=43_200))
    _scrolls: dict[str, tuple[list[bytes], int, float]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _encoded: dict[int, bytes] = field(default_factory=dict)
    _by_object: tuple[Any, dict[str, list[dict[str, Any]]]] = (None, {})

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.post("/oauth/token", self.token),
            web.get("/v2/account", self.account),
            web.get("/v2/learning-objects", self.list_learning_objects),
            web.get("/v2/learning-objects/{id}", self.get_learning_object),
            web.get("/v2/enrollments", self.list_enrollments),
            web.get("/v2/users", self.list_users),
            web.get("/v2/users/{id}", self.get_user),
        ]

    def expire_scrolls(self) -> None:
        """Forget every scroll that is under way."""
        self._scrolls.clear()

    async def token(self, request: web.Request) -> web.Response:
        """POST /oauth/token, form-encoded."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            raise Refusal(400, {"error": "invalid_request"})
        self.tokens.check_form(form)
        if form.get("scope") and not self.admits_scopes:
            raise Refusal(400, {"error": "invalid_scope"})
        return answer(
            {
                "token_type": "Bearer",
                "expires_in": int(self.tokens.life),
                "access_token": self.tokens.issue(),
            }
        )

    def admit(self, request: web.Request, scope: str) -> None:
        """Check token and scope."""
        if not self.tokens.admits(request):
            raise Refusal(401, {"error_code": "AUTH_TOKEN_INVALID", "message": "Invalid token"})
        if scope not in self.scopes:
            raise Refusal(401, {"error_code": "MISSING_SCOPES", "message": "Missing scopes"})

    async def account(self, request: web.Request) -> web.Response:
        """GET /account."""
        self.admit(request, "portal.read")
        if not self.has_account:
            raise Refusal(404, {"error_code": "not_found", "message": "no route"})
        return answer({"id": 11905591, "url": self.portal, "plan": "premium"})

    async def list_learning_objects(self, request: web.Request) -> web.Response:
        """GET /learning-objects: by offset inside the window, by scroll beyond it."""
        self.admit(request, "lo.read")
        query = request.query
        if query.get("collection") != "default":
            raise Refusal(400, {"error_code": "unsupported", "message": "only My Library here"})
        limit = _number(query.get("limit", "20"), most=MOST_PER_PAGE)
        if scroll_id := query.get("scrollId"):
            return self._scrolled(scroll_id, limit)
        rows = self.learning_objects
        if kinds := query.getall("type", []):
            rows = [row for row in rows if row.get("type") in kinds]
        if query.get("scroll") == "true":
            scroll_id = f"scroll-{next(self._numbers)}"
            encoded = [self._encode(row) for row in rows]
            self._scrolls[scroll_id] = (encoded, 0, time.time() + SCROLL_SECONDS)
            return self._scrolled(scroll_id, limit)
        offset = self._offset(query.get("offset", "0"), limit)
        page = [self._encode(row) for row in rows[offset : offset + limit]]
        return _hits(page, len(rows))

    async def get_learning_object(self, request: web.Request) -> web.Response:
        """GET /learning-objects/{id}: whatever Go1 has, in "My Library" or not."""
        self.admit(request, "lo.read")
        for row in (*self.learning_objects, *self.elsewhere):
            if str(row.get("id")) == request.match_info["id"]:
                return answer(row)
        raise Refusal(404, {"error_code": "not_found", "message": "no such learning object"})

    def _encode(self, row: dict[str, Any]) -> bytes:
        # Encoded once: a listing is read much more often than it changes.
        return self._encoded.setdefault(id(row), json.dumps(row).encode())

    def changed(self) -> None:
        """To be called after learning objects were edited in place."""
        self._encoded.clear()

    def _scrolled(self, scroll_id: str, limit: int) -> web.Response:
        if not scroll_id.startswith("scroll-"):
            raise Refusal(400, {"error_code": "invalid_scroll", "message": "no scroll id"})
        rows, start, expires_at = self._scrolls.get(scroll_id, ([], 0, 0.0))
        if expires_at < time.time():
            raise Refusal(404, {"error_code": "scroll_expired", "message": "expired"})
        following = f"scroll-{next(self._numbers)}"
        self._scrolls[following] = (rows, start + limit, time.time() + SCROLL_SECONDS)
        return _hits(rows[start : start + limit], len(rows), following)

    @staticmethod
    def _offset(text: str, limit: int) -> int:
        offset = _number(text, most=10**9)
        if offset + limit > WINDOW:
            raise Refusal(400, {"error_code": "window", "message": "Result window is too large"})
        return offset

    async def list_enrollments(self, request: web.Request) -> web.Response:
        """GET /enrollments: by offset inside the window; no filter by time, no address."""
        self.admit(request, "enrollment.read")
        query = request.query
        limit = _number(query.get("limit", "20"), most=MOST_PER_PAGE)
        offset = self._offset(query.get("offset", "0"), limit)
        rows = self.enrollments
        if "lo_ids" in query:
            rows = [row for lo_id in query["lo_ids"].split(",") for row in self._enrolled_in(lo_id)]
        if query.get("exclude_child_enrollments") == "true":
            rows = [row for row in rows if not row.get("parent_enrollment_id")]
        if status := query.get("status"):
            if self.admitted_statuses is not None and status not in self.admitted_statuses:
                raise Refusal(400, {"error_code": "bad_request", "message": "no such status"})
            rows = [row for row in rows if row.get("status") == status]
        if "user_id" in query:
            rows = [row for row in rows if str(row.get("user_id")) == query["user_id"]]
        page = [json.dumps(row).encode() for row in rows[offset : offset + limit]]
        return _hits(page, len(rows))

    def _enrolled_in(self, lo_id: str) -> list[dict[str, Any]]:
        """Return the enrollments in one learning object, by an index made once for a list."""
        if self._by_object[0] is not self.enrollments:
            index: dict[str, list[dict[str, Any]]] = {}
            for row in self.enrollments:
                index.setdefault(str(row.get("lo_id")), []).append(row)
            self._by_object = (self.enrollments, index)
        return self._by_object[1].get(lo_id, [])

    async def list_users(self, request: web.Request) -> web.Response:
        """GET /users."""
        self.admit(request, "user.read")
        if not self.has_user_listing:
            raise Refusal(404, {"error_code": "not_found", "message": "no route"})
        limit = _number(request.query.get("limit", "20"), most=MOST_PER_PAGE)
        offset = self._offset(request.query.get("offset", "0"), limit)
        rows = list(self.users.values())
        page = [json.dumps(row).encode() for row in rows[offset : offset + limit]]
        return _hits(page, len(rows))

    async def get_user(self, request: web.Request) -> web.Response:
        """GET /users/{id}."""
        self.admit(request, "user.read")
        number = request.match_info["id"]
        user = self.users.get(int(number)) if number.isdigit() else None
        if user is None:
            raise Refusal(404, {"error_code": "not_found", "message": "no such user"})
        return answer(user)


def _number(text: str, *, most: int) -> int:
    if not text.isdigit() or int(text) > most:
        raise Refusal(400, {"error_code": "bad_request", "message": f"at most {most}"})
    return int(text)


def _hits(rows: list[bytes], total: int, scroll_id: str | None = None) -> web.Response:
    tail = f', "_scroll_id": "{scroll_id}"' if scroll_id else ""
    body = b'{"total": %d, "hits": [%s]%s}' % (total, b",".join(rows), tail.encode())
    return web.Response(body=body, content_type="application/json")

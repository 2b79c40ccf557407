"""Coursera for Business, simulated from its reference: both generations, paging, refresh tokens."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer

MOST_PER_PAGE = 1000
REFRESH_TOKEN_SECONDS = 14 * 86_400


@dataclass
class Coursera:
    """One organization.

    Attributes:
        org_id: Its opaque id.
        refresh_token: The one that is valid now.
        refresh_token_until: When it dies; every use extends it.
        rotates: Whether a refresh hands out a new refresh token.
        contents: The elements of `contents`.
        reports: The elements of `enrollmentReports`.
        next_as: `text` or `number`: how `paging.next` is written.
        page_size: The most elements of a page.
        filter_unit: How many milliseconds one of `lastActivityAfter` is: no public page says.
    """

    org_id: str = "sandboxOrgAAAAee0zwpn6"
    refresh_token: str = "refresh-1"
    refresh_token_until: float = field(default_factory=lambda: time.time() + REFRESH_TOKEN_SECONDS)
    rotates: bool = False
    contents: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    next_as: str = "text"
    page_size: int = MOST_PER_PAGE
    filter_unit: int = 1
    tokens: Tokens = field(
        default_factory=lambda: Tokens("coursera-client", "coursera-secret", life=1800)
    )

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.post("/oauth2/v1/token", self.refresh),
            web.post("/oauth2/client_credentials/token", self.client_credentials),
            web.get("/api/businesses.v1/{org}/contents", self.list_contents),
            web.get("/api/businesses.v1/{org}/enrollmentReports", self.list_reports),
        ]

    async def refresh(self, request: web.Request) -> web.Response:
        """POST /oauth2/v1/token, the first generation."""
        form = await request.post()
        if form.get("grant_type") != "refresh_token":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        self.tokens.check_form(form)
        if form.get("refresh_token") != self.refresh_token or (
            self.refresh_token_until < time.time()
        ):
            raise Refusal(400, {"error": "invalid_grant"})
        self.refresh_token_until = time.time() + REFRESH_TOKEN_SECONDS
        body: dict[str, Any] = {
            "access_token": self.tokens.issue(),
            "token_type": "Bearer",
            "expires_in": int(self.tokens.life),
        }
        if self.rotates:
            number = int(self.refresh_token.rpartition("-")[2])
            self.refresh_token = body["refresh_token"] = f"refresh-{number + 1}"
        return answer(body)

    async def client_credentials(self, request: web.Request) -> web.Response:
        """POST /oauth2/client_credentials/token, the newer generation."""
        self.tokens.check_basic(request)
        if (await request.post()).get("grant_type") != "client_credentials":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        return answer(
            {
                "token_type": "Bearer",
                "access_token": self.tokens.issue(),
                "grant_type": "client_credentials",
                "expires_in": int(self.tokens.life) - 1,
            }
        )

    async def list_contents(self, request: web.Request) -> web.Response:
        """GET .../contents."""
        self._admit(request)
        return self._page(request, self.contents)

    async def list_reports(self, request: web.Request) -> web.Response:
        """GET .../enrollmentReports; specializations only when asked for."""
        self._admit(request)
        rows = self.reports
        if request.query.get("includeS12n") != "true":
            rows = [row for row in rows if row.get("contentType") != "Specialization"]
        if after := request.query.get("lastActivityAfter"):
            since = int(after) * self.filter_unit
            rows = [row for row in rows if (row.get("lastActivityAt") or 0) >= since]
        return self._page(request, rows)

    def _admit(self, request: web.Request) -> None:
        if not self.tokens.admits(request):
            raise Refusal(401, {"errorCode": "UNAUTHORIZED", "message": "token", "details": None})
        if request.match_info["org"] != self.org_id:
            raise Refusal(404, {"errorCode": "notFound", "message": "not found", "details": None})

    def _page(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        text = request.query.get("start", "0")
        if not text.isdigit():
            message = "Paging start should be an integer"
            raise Refusal(400, {"errorCode": "badRequest", "message": message, "details": None})
        limit = request.query.get("limit", "")
        size = min(int(limit) if limit.isdigit() else 100, self.page_size)
        end = int(text) + size
        paging: dict[str, Any] = {"total": len(rows)}
        if end < len(rows):
            paging["next"] = str(end) if self.next_as == "text" else end
        body = {"elements": rows[int(text) : end], "paging": paging, "linked": {}}
        return web.Response(text=json.dumps(body), content_type="application/json")

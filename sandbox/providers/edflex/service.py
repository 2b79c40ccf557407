"""Edflex's Connect API v1, simulated from its reference; statistics by its assumed contract."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer

MOST_PER_PAGE = 50


@dataclass
class Edflex:
    """One portal.

    Attributes:
        resources: The objects of `/connect/v1/resources`.
        activities: The objects of `/connect/v1/learning-activities`.
    """

    resources: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    tokens: Tokens = field(default_factory=lambda: Tokens("edflex-client", "edflex-secret"))

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.post("/connect/v1/auth/token", self.token),
            web.get("/connect/v1/resources", self.list_resources),
            web.get("/connect/v1/learning-activities", self.list_activities),
        ]

    async def token(self, request: web.Request) -> web.Response:
        """POST /connect/v1/auth/token: wrong credentials get a 200 without a token."""
        form = await request.post()
        if (form.get("client_id"), form.get("client_secret")) != (
            self.tokens.client_id,
            self.tokens.client_secret,
        ):
            return answer({"error": {"message": "Invalid credentials", "code": 401}})
        return answer({"access_token": self.tokens.issue(), "expires_in": int(self.tokens.life)})

    async def list_resources(self, request: web.Request) -> web.Response:
        """GET /connect/v1/resources, all or those of at most 50 ids."""
        rows = self.resources
        if asked := request.query.get("filter[contentIds]"):
            ids = asked.split(",")
            if len(ids) > MOST_PER_PAGE:
                raise Refusal(400, {"errors": [{"code": "400", "title": "Bad Request"}]})
            rows = [row for row in rows if str(row.get("id")) in ids]
        return self._page(request, rows)

    async def list_activities(self, request: web.Request) -> web.Response:
        """GET /connect/v1/learning-activities."""
        rows = self.activities
        if after := request.query.get("filter[updatedAfter]"):
            since = datetime.fromisoformat(after)
            rows = [
                row
                for row in rows
                if (last := row["attributes"].get("lastActivityAt"))
                and datetime.fromisoformat(last) >= since
            ]
        return self._page(request, rows)

    def _page(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        if not self.tokens.admits(request):
            raise Refusal(401, {"errors": [{"code": "401", "title": "Unauthorized"}]})
        number = int(request.query.get("page[number]", "1"))
        size = int(request.query.get("page[size]", str(MOST_PER_PAGE)))
        if number < 1 or not 1 <= size <= MOST_PER_PAGE:
            raise Refusal(400, {"errors": [{"code": "400", "title": "Bad Request"}]})
        end = number * size
        links: dict[str, str] = {"self": f"{request.url}"}
        if end < len(rows):
            links["next"] = str(request.url.update_query({"page[number]": str(number + 1)}))
        body: dict[str, Any] = {"data": rows[end - size : end]}
        # The last page may come without any links at all.
        return answer(body | ({"links": links} if "next" in links else {}))

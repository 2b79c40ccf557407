"""Users with their roles, and groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.filters import matching
from sandbox.learning360.platform import Learning360, refusal
from sandbox.service import answer

USER_FILTERS = {"mail": "eq ne in nin", "username": "eq ne in nin", "status": "eq ne"}


@dataclass
class People:
    """The endpoints of users and groups."""

    platform: Learning360

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.get("/api/v2/users", self.list_users),
            web.get("/api/v2/users/{id}", self.get_user),
            web.get("/api/v2/users/{id}/roles", self.list_user_roles),
            web.get("/api/v2/groups", self.list_groups),
            web.get("/api/v2/groups/{id}", self.get_group),
        ]

    async def list_users(self, request: web.Request) -> web.Response:
        """GET /users: 500 a page, filtered by mail, user name and status."""
        self.platform.admit(request, "users:read")
        passes = matching(request, USER_FILTERS, normal=self._normal)
        found = [user for user in self.platform.users.values() if passes(user)]
        return self.platform.page(request, found, 500)

    def _normal(self, name: str, value: Any) -> Any:
        return self.platform.normal_mail(value) if name == "mail" else value

    async def get_user(self, request: web.Request) -> web.Response:
        """GET /users/{id}."""
        user = self._user_of(request)
        return answer({key: value for key, value in user.items() if key != "roles"})

    def _user_of(self, request: web.Request) -> dict[str, Any]:
        self.platform.admit(request, "users:read")
        user = self.platform.users.get(request.match_info["id"])
        if user is None:
            raise refusal(404, "userNotFound", "no such user")
        return user

    async def list_user_roles(self, request: web.Request) -> web.Response:
        """GET /users/{id}/roles: 1,000 a page."""
        user = self._user_of(request)
        return self.platform.page(request, user.get("roles", []), 1000)

    async def list_groups(self, request: web.Request) -> web.Response:
        """GET /groups: 500 a page."""
        self.platform.admit(request, "groups:read")
        return self.platform.page(request, [*map(_group, self.platform.groups.values())], 500)

    async def get_group(self, request: web.Request) -> web.Response:
        """GET /groups/{id}."""
        self.platform.admit(request, "groups:read")
        group = self.platform.groups.get(request.match_info["id"])
        if group is None:
            raise refusal(404, "groupNotFound", "no such group")
        return answer(_group(group))


def _group(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if value is not None}

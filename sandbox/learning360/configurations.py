"""Integration configurations: a provider's name, a group and an author."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.platform import Learning360, refusal
from sandbox.learning360.schema import OBJECT_ID
from sandbox.service import answer, json_body


@dataclass
class Configurations:
    """The endpoints of integration configurations."""

    platform: Learning360

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.get("/api/v2/integrations", self.list_integrations),
            web.post("/api/v2/integrations", self.create_integration),
            web.patch("/api/v2/integrations/{id}", self.patch_integration),
            web.delete("/api/v2/integrations/{id}", self.delete_integration),
        ]

    async def list_integrations(self, request: web.Request) -> web.Response:
        """GET /integrations: 100 a page, filtered by platform."""
        self.platform.admit(request, "integrations:read")
        name = request.query.get("externalPlatform[eq]")
        found = [
            integration
            for integration in self.platform.integrations.values()
            if name is None or integration["externalPlatform"] == name
        ]
        return self.platform.page(request, found, 100)

    async def create_integration(self, request: web.Request) -> web.Response:
        """POST /integrations."""
        self.platform.admit(request, "integrations:write")
        body = await json_body(request)
        self._check_integration(body, required=True)
        integration = {"_id": self.platform.new_id(), **body}
        self.platform.integrations[integration["_id"]] = integration
        return answer(integration, 201)

    async def patch_integration(self, request: web.Request) -> web.Response:
        """PATCH /integrations/{id}: absent fields stay; the answer has no `_id`."""
        self.platform.admit(request, "integrations:write")
        integration = self.platform.integration_of(request)
        body = await json_body(request)
        self._check_integration(body, required=False, own=integration)
        integration.update(body)
        return answer({key: value for key, value in integration.items() if key != "_id"})

    async def delete_integration(self, request: web.Request) -> web.Response:
        """DELETE /integrations/{id}: archives all its content, keeps its statistics."""
        self.platform.admit(request, "integrations:write")
        integration = self.platform.integration_of(request)
        for (integration_id, _), course_id in self.platform.course_ids.items():
            if integration_id == integration["_id"]:
                self.platform.courses[course_id]["status"] = "archived"
        del self.platform.integrations[integration["_id"]]
        return web.Response(status=204)

    def _check_integration(
        self, body: Any, *, required: bool, own: dict[str, Any] | None = None
    ) -> None:
        if not isinstance(body, dict):
            raise refusal(400, "invalidInput", "an object is needed")
        needed = {"externalPlatform", "authorId", "groupId"}
        if required and not needed <= body.keys():
            raise refusal(400, "invalidInput", f"missing {sorted(needed - body.keys())}")
        for key in ("authorId", "groupId"):
            if key in body and not OBJECT_ID.match(str(body[key])):
                raise refusal(400, "invalidInput", f"{key} is no ObjectId")
        if "groupId" in body and body["groupId"] not in self.platform.groups:
            raise refusal(404, "groupNotFound", "no such group")
        if "authorId" in body and body["authorId"] not in self.platform.users:
            raise refusal(404, "userNotFound", "no such user")
        if body.get("externalPlatform") == "reserved":
            raise refusal(400, "reservedPlatformName", "reserved")
        merged = {**(own or {}), **body}
        for other in self.platform.integrations.values():
            if other is not own and (other["externalPlatform"], other["groupId"]) == (
                merged["externalPlatform"],
                merged["groupId"],
            ):
                raise refusal(400, "duplicateExternalPlatform", "already there")

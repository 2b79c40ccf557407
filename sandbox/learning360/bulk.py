"""Bulk operations: three at once, carried out when their time has come, with a result per item."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.attempts import Attempts, NoRule
from sandbox.learning360.platform import Learning360, Operation, refusal
from sandbox.learning360.schema import course_fault, iso, statistic_fault
from sandbox.service import answer, json_body

MOST_OPERATIONS = 3


@dataclass
class Bulk:
    """The bulk endpoints and their operations."""

    platform: Learning360

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.post("/api/v2/bulk/groups/{place:catalog|library}", self.share),
            web.delete("/api/v2/bulk/groups/{place:catalog|library}", self.unshare),
            web.put("/api/v2/bulk/integrations/{id}/courses", self.upsert_courses),
            web.delete("/api/v2/bulk/integrations/{id}/courses", self.archive_courses),
            web.post("/api/v2/bulk/integrations/{id}/stats", self.import_statistics),
            web.get("/api/v2/bulk/operations", self.list_operations),
            web.get("/api/v2/bulk/operations/{id}", self.get_operation),
            web.get("/api/v2/bulk/operations/{id}/results", self.get_results),
        ]

    async def upsert_courses(self, request: web.Request) -> web.Response:
        """PUT /bulk/integrations/{id}/courses."""
        integration_id = self._bulk(request)
        return await self._submit(
            request,
            "importExternalCourses",
            10_000,
            lambda item: self._upsert(integration_id, item),
        )

    async def archive_courses(self, request: web.Request) -> web.Response:
        """DELETE /bulk/integrations/{id}/courses, with a body."""
        integration_id = self._bulk(request)
        return await self._submit(
            request,
            "archiveExternalCourses",
            1_000,
            lambda item: self._archive(integration_id, item),
        )

    async def import_statistics(self, request: web.Request) -> web.Response:
        """POST /bulk/integrations/{id}/stats."""
        integration_id = self._bulk(request)
        return await self._submit(
            request,
            "importExternalStatistics",
            10_000,
            lambda item: self._import(integration_id, item),
        )

    async def share(self, request: web.Request) -> web.Response:
        """POST /bulk/groups/catalog and /library."""
        return await self._share(request, "addContentsToGroups", self._put_into_group)

    async def unshare(self, request: web.Request) -> web.Response:
        """DELETE /bulk/groups/catalog and /library."""
        return await self._share(request, "removeContentsFromGroups", self._take_out_of_group)

    async def _share(
        self, request: web.Request, kind: str, act: Callable[[str, Any], tuple[bool, str]]
    ) -> web.Response:
        self.platform.admit(request, "groups:bulk", bulk_submit=True)
        place = request.match_info["place"]
        return await self._submit(
            request, kind + place.capitalize(), 20_000, lambda item: act(place, item)
        )

    def _bulk(self, request: web.Request) -> str:
        self.platform.admit(request, "integrations:bulk", bulk_submit=True)
        return str(self.platform.integration_of(request)["_id"])

    async def _submit(
        self,
        request: web.Request,
        kind: str,
        most: int,
        apply: Callable[[Any], tuple[bool, str] | None],
    ) -> web.Response:
        under_way = sum(
            operation.results is None for operation in self.platform.operations.values()
        )
        if under_way >= MOST_OPERATIONS:
            raise refusal(429, "bulkOperationsConcurrencyLimitReached", "three run already")
        body = await json_body(request)
        items = body.get("input") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise refusal(400, "invalidInput", "input must be an array")
        if len(items) > most:
            raise refusal(400, "inputTooLong", f"at most {most} items")
        self.platform.most_at_once = max(self.platform.most_at_once, under_way + 1)
        now = time.time()
        operation = Operation(
            id=self.platform.new_id(),
            type=kind,
            created_at=now,
            ends_at=now
            + self.platform.operation_seconds
            + self.platform.seconds_per_item * len(items),
            items=items,
            apply=apply,
        )
        self.platform.operations[operation.id] = operation
        # The absolute URL names the production host, as in the specification.
        location = f"https://app.360learning.com/api/v2/bulk/operations/{operation.id}"
        return web.Response(status=202, headers={"Location": location})

    async def list_operations(self, request: web.Request) -> web.Response:
        """GET /bulk/operations: 20 a page, filtered by type and creation."""
        self.platform.admit(request, "bulkOperations:read")
        kind, since = request.query.get("type[eq]"), request.query.get("createdAt[gte]")
        found = [
            self._operation_dto(operation)
            for operation in reversed(self.platform.operations.values())
            if (kind is None or operation.type == kind)
            and (since is None or iso(operation.created_at) >= since)
        ]
        return self.platform.page(request, found, 20)

    async def get_operation(self, request: web.Request) -> web.Response:
        """GET /bulk/operations/{id}."""
        self.platform.admit(request, "bulkOperations:read")
        return answer(self._operation_dto(self._operation(request)))

    async def get_results(self, request: web.Request) -> web.Response:
        """GET /bulk/operations/{id}/results."""
        self.platform.admit(request, "bulkOperations:read")
        operation = self._operation(request)
        if operation.results is None:
            raise refusal(400, "bulkOperationNotRun", "it has not run yet")
        return answer(operation.results)

    def _operation(self, request: web.Request) -> Operation:
        try:
            return self.platform.operations[request.match_info["id"]]
        except KeyError:
            raise refusal(404, "bulkOperationNotFound", "no such operation") from None

    def _operation_dto(self, operation: Operation) -> dict[str, Any]:
        dto: dict[str, Any] = {
            "_id": operation.id,
            "type": operation.type,
            "createdAt": iso(operation.created_at),
        }
        elapsed = time.time() - operation.created_at
        duration = max(operation.ends_at - operation.created_at, 1e-9)
        if operation.results is not None:
            dto |= {"queuedAt": dto["createdAt"], "startedAt": dto["createdAt"]}
            dto |= {"endedAt": iso(operation.ends_at)}
            dto |= {"progress": {"index": len(operation.items), "updatedAt": dto["endedAt"]}}
            if operation.error is not None:
                return dto | {"status": "error", "errorMessage": operation.error}
            return dto | {"status": "completed"}
        if elapsed < duration * 0.1:
            return dto | {"status": "pending"}
        if elapsed < duration * 0.2:
            return dto | {"status": "queued", "queuedAt": dto["createdAt"]}
        index = int(len(operation.items) * elapsed / duration)
        return dto | {
            "status": "running",
            "queuedAt": dto["createdAt"],
            "startedAt": dto["createdAt"],
            "progress": {"index": index, "updatedAt": iso(time.time())},
        }

    def _upsert(self, integration_id: str, item: Any) -> tuple[bool, str]:
        if fault := course_fault(item):
            return False, fault
        if item["externalId"] in self.platform.failing_items:
            return False, self.platform.failing_items[item["externalId"]]
        key = (integration_id, item["externalId"])
        now = iso(time.time())
        course_id = self.platform.course_ids.get(key)
        if course_id is None:
            course_id = self.platform.course_ids[key] = self.platform.new_id()
            self.platform.courses[course_id] = {
                "_id": course_id,
                "integrationId": integration_id,
                "status": "published",
                "createdAt": now,
            }
        course = self.platform.courses[course_id]
        # "Replaced with the new data": nothing of the old item stays.
        course |= {"item": item, "modifiedAt": now}
        if self.platform.readings.upsert_restores:
            course["status"] = "published"
        return True, course_id

    def _archive(self, integration_id: str, item: Any) -> tuple[bool, str]:
        external_id = item.get("externalId") if isinstance(item, dict) else None
        if external_id in self.platform.failing_items:
            return False, self.platform.failing_items[external_id]
        course_id = self.platform.course_ids.get((integration_id, str(external_id)))
        if course_id is None:
            return False, "Course not found"
        self.platform.courses[course_id]["status"] = "archived"
        return True, course_id

    def _import(self, integration_id: str, item: Any) -> tuple[bool, str] | None:
        if fault := statistic_fault(item):
            return False, fault
        identifier = item["courseIdentifier"]
        if identifier["type"] == "internalId":
            course_id = (
                identifier["value"] if identifier["value"] in self.platform.courses else None
            )
        else:
            course_id = self.platform.course_ids.get((integration_id, identifier["value"]))
        if course_id is None:
            return False, "Course not found"
        kind, value = item["userIdentifier"]["type"], item["userIdentifier"]["value"]
        users = (
            self.platform.users_with(value) if kind == "mail" else [self.platform.users.get(value)]
        )
        user = next((user for user in users if user and user["status"] != "deleted"), None)
        if user is None:
            return False, f"User {value} not found"
        try:
            return True, Attempts(self.platform).record(course_id, user["_id"], item)
        except NoRule:
            if self.platform.readings.without_rule == "dropped":
                return None
            if self.platform.readings.without_rule == "error":
                return False, "No attempt can be created or updated"
            return True, self.platform.attempts_of(course_id, user["_id"])[-1].id

    def _put_into_group(self, place: str, item: Any) -> tuple[bool, str]:
        if (
            item.get("contentId") not in self.platform.courses
            or item.get("contentId") in self.platform.refused_contents
            or item.get("contentType") != "course"
        ):
            return False, "Content not found"
        if item.get("groupId") not in self.platform.groups:
            return False, "Group not found"
        self.platform.shared.setdefault((place, item["groupId"]), set()).add(item["contentId"])
        return True, str(item["contentId"])

    def _take_out_of_group(self, place: str, item: Any) -> tuple[bool, str]:
        self.platform.shared.get((place, item.get("groupId", "")), set()).discard(
            item.get("contentId")
        )
        return True, str(item.get("contentId"))

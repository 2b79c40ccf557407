"""360Learning's API v2, simulated from its reference and OpenAPI files.

Where the reference leaves a question open, the choice stands here as a setting of `Learning360`.
Errors are those of the specification; attempts follow the rules of "Import statistics".
"""

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.oauth import Tokens
from sandbox.service import Refusal, answer, json_body

SCOPES = frozenset(
    "integrations:read integrations:write integrations:bulk bulkOperations:read courses:read "
    "courses:write tags:read tags:write groups:read groups:bulk users:read courseStats:read".split()
)
CONTENT_TYPES = frozenset(
    "article assessment audiobook book certificate channel course curriculum interactive journey "
    "labs linkedContent mooc podcast program roleplay specialization topvoice video".split()
)
LANGUAGES = frozenset(
    "bg cs da de el en es fi fr hr ht_HT hu id it ja kar_MM ko lt mh_MH nl nl_BE no pl pt ro ru "
    "rw_RW sk sl so_SO sv sw_KE th ti_ET tr uk zh am_ET bn bs ca cy en_CA en_GB es_AR es_MX et "
    "fr_CA gu he_IL hy kk km lo lv mi mn_MN mr ms my_MM nn_NO or pa pt_BR pt_MZ rn_BI si ta te "
    "tl_PH ur uz yo_NG zh_tw hi sr ar vi zh_HANT".split()
)
OBJECT_ID = re.compile(r"^[a-fA-F0-9]{24}$")
MOST_OPERATIONS = 3
READS_PER_SECOND = 50
WRITES_PER_SECOND = 10


@dataclass
class Attempt:
    """One attempt of a learner on a course; instants in milliseconds."""

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

    @property
    def latest(self) -> int:
        """What a new attempt's first activity is compared with."""
        return max(self.lastActivityAt or 0, self.completedAt or 0)


@dataclass
class Operation:
    """One bulk operation."""

    id: str
    type: str
    created_at: float
    ends_at: float
    items: list[Any]
    apply: Callable[[Any], tuple[bool, str]]
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
        upsert_restores: Whether upserting an archived course restores it (open in the reference).
        failing_items: External ids that bulk operations refuse, with the message.
    """

    tokens: Tokens = field(default_factory=lambda: Tokens("sandbox-client", "sandbox-secret"))
    scopes: frozenset[str] = SCOPES
    operation_seconds: float = 0.2
    seconds_per_item: float = 0.0
    upsert_restores: bool = False
    rate_limited: bool = True
    failing_items: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    integrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    courses: dict[str, dict[str, Any]] = field(default_factory=dict)
    course_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    attempts: dict[tuple[str, str], list[Attempt]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    most_at_once: int = 0
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _calls: dict[str, deque[float]] = field(
        default_factory=lambda: {"read": deque(), "write": deque()}
    )

    # What tests and the generator put there

    def new_id(self) -> str:
        """An ObjectId."""
        return f"{next(self._ids):024x}"

    def add_user(self, mail: str, **more: Any) -> str:
        """Adds a learner or an author; returns the id."""
        user_id = self.new_id()
        self.users[user_id] = {
            "_id": user_id,
            "mail": mail,
            "status": "active",
            "lang": "en",
            **more,
        }
        return user_id

    def add_group(self, name: str, parent: str | None = None) -> str:
        """Adds a group; returns the id."""
        group_id = self.new_id()
        self.groups[group_id] = {"_id": group_id, "name": name, "public": False, "parentId": parent}
        return group_id

    def course(self, integration_id: str, external_id: str) -> dict[str, Any] | None:
        """A course by its external id."""
        self.advance()
        course_id = self.course_ids.get((integration_id, external_id))
        return self.courses.get(course_id) if course_id else None

    # Requests

    def routes(self) -> Iterable[web.RouteDef]:
        """The endpoints, without the prefix under which they are mounted."""
        api = "/api/v2"
        bulk = f"{api}/bulk"
        return [
            web.post(f"{api}/oauth2/token", self.token),
            web.get(f"{api}/integrations", self.list_integrations),
            web.post(f"{api}/integrations", self.create_integration),
            web.patch(f"{api}/integrations/{{id}}", self.patch_integration),
            web.delete(f"{api}/integrations/{{id}}", self.delete_integration),
            web.get(f"{api}/integrations/{{id}}/courses/{{external_id:.+}}", self.external_course),
            web.get(f"{api}/courses/stats", self.list_attempts),
            web.get(f"{api}/courses/{{id}}", self.get_course),
            web.put(f"{api}/courses/{{id}}/archive", self.archive_course),
            web.get(f"{api}/courses/{{id}}/tags", self.list_course_tags),
            web.put(f"{api}/courses/{{id}}/tags", self.replace_course_tags),
            web.get(f"{api}/tags", self.list_tags),
            web.post(f"{api}/tags", self.create_tag),
            web.get(f"{api}/users", self.list_users),
            web.get(f"{api}/users/{{id}}/roles", self.list_user_roles),
            web.get(f"{api}/groups/{{id}}", self.get_group),
            web.post(f"{bulk}/groups/{{place:catalog|library}}", self.share),
            web.delete(f"{bulk}/groups/{{place:catalog|library}}", self.unshare),
            web.put(f"{bulk}/integrations/{{id}}/courses", self.upsert_courses),
            web.delete(f"{bulk}/integrations/{{id}}/courses", self.archive_courses),
            web.post(f"{bulk}/integrations/{{id}}/stats", self.import_statistics),
            web.get(f"{bulk}/operations", self.list_operations),
            web.get(f"{bulk}/operations/{{id}}", self.get_operation),
            web.get(f"{bulk}/operations/{{id}}/results", self.get_results),
        ]

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
        """Checks token, scope, version header and rate, in that order."""
        if not self.tokens.admits(request):
            raise Refusal(401, {"error": "invalid_token"})
        if scope not in self.scopes:
            raise _refusal(403, "invalid_scope", f"missing {scope}")
        if request.headers.get("360-api-version") != "v2.0":
            raise _refusal(400, "invalidInput", "the header 360-api-version must be v2.0")
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

    # Integration configurations

    async def list_integrations(self, request: web.Request) -> web.Response:
        """GET /integrations: 100 a page, filtered by platform."""
        self.admit(request, "integrations:read")
        name = request.query.get("externalPlatform[eq]")
        found = [
            integration
            for integration in self.integrations.values()
            if name is None or integration["externalPlatform"] == name
        ]
        return self._page(request, found, 100)

    async def create_integration(self, request: web.Request) -> web.Response:
        """POST /integrations."""
        self.admit(request, "integrations:write")
        body = await json_body(request)
        self._check_integration(body, required=True)
        integration = {"_id": self.new_id(), **body}
        self.integrations[integration["_id"]] = integration
        return answer(integration, 201)

    async def patch_integration(self, request: web.Request) -> web.Response:
        """PATCH /integrations/{id}: absent fields stay; the answer has no `_id`."""
        self.admit(request, "integrations:write")
        integration = self._integration(request)
        body = await json_body(request)
        self._check_integration(body, required=False, own=integration)
        integration.update(body)
        return answer({key: value for key, value in integration.items() if key != "_id"})

    async def delete_integration(self, request: web.Request) -> web.Response:
        """DELETE /integrations/{id}: archives all its content, keeps its statistics."""
        self.admit(request, "integrations:write")
        integration = self._integration(request)
        for (integration_id, _), course_id in self.course_ids.items():
            if integration_id == integration["_id"]:
                self.courses[course_id]["status"] = "archived"
        del self.integrations[integration["_id"]]
        return web.Response(status=204)

    def _check_integration(
        self, body: Any, *, required: bool, own: dict[str, Any] | None = None
    ) -> None:
        if not isinstance(body, dict):
            raise _refusal(400, "invalidInput", "an object is needed")
        needed = {"externalPlatform", "authorId", "groupId"}
        if required and not needed <= body.keys():
            raise _refusal(400, "invalidInput", f"missing {sorted(needed - body.keys())}")
        for key in ("authorId", "groupId"):
            if key in body and not OBJECT_ID.match(str(body[key])):
                raise _refusal(400, "invalidInput", f"{key} is no ObjectId")
        if "groupId" in body and body["groupId"] not in self.groups:
            raise _refusal(404, "groupNotFound", "no such group")
        if "authorId" in body and body["authorId"] not in self.users:
            raise _refusal(404, "userNotFound", "no such user")
        if body.get("externalPlatform") == "reserved":
            raise _refusal(400, "reservedPlatformName", "reserved")
        merged = {**(own or {}), **body}
        for other in self.integrations.values():
            if other is not own and (other["externalPlatform"], other["groupId"]) == (
                merged["externalPlatform"],
                merged["groupId"],
            ):
                raise _refusal(400, "duplicateExternalPlatform", "already there")

    def _integration(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.integrations[request.match_info["id"]]
        except KeyError:
            raise _refusal(404, "integrationNotFound", "no such integration") from None

    # Courses

    async def external_course(self, request: web.Request) -> web.Response:
        """GET /integrations/{id}/courses/{externalId}: no status, no dates."""
        self.admit(request, "integrations:read")
        integration = self._integration(request)
        course = self.course(integration["_id"], request.match_info["external_id"])
        if course is None:
            raise _refusal(400, "courseNotBelongToIntegration", "no such course")
        return answer(
            {
                "authorId": integration["authorId"],
                "translations": [],
                **course["item"],
                "courseId": course["_id"],
            }
        )

    async def get_course(self, request: web.Request) -> web.Response:
        """GET /courses/{id}."""
        self.admit(request, "courses:read")
        return answer(self._course_dto(self._course(request)))

    async def archive_course(self, request: web.Request) -> web.Response:
        """PUT /courses/{id}/archive."""
        self.admit(request, "courses:write")
        course = self._course(request)
        if course["integrationId"] not in self.integrations:
            raise _refusal(400, "integrationInactive", "its integration is inactive")
        body = await json_body(request)
        if not isinstance(body, dict) or not isinstance(body.get("archived"), bool):
            raise _refusal(400, "invalidInput", "archived must be a boolean")
        course["status"] = "archived" if body["archived"] else "published"
        return answer(self._course_dto(course))

    def _course(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.courses[request.match_info["id"]]
        except KeyError:
            raise _refusal(404, "courseNotFound", "no such course") from None

    def _course_dto(self, course: dict[str, Any]) -> dict[str, Any]:
        integration = self.integrations.get(course["integrationId"], {})
        return {
            "_id": course["_id"],
            "name": course["item"]["name"],
            "type": "external",
            "externalPlatform": integration.get("externalPlatform", ""),
            "status": course["status"],
            "createdAt": course["createdAt"],
            "modifiedAt": course["modifiedAt"],
            "sourceLang": course["item"]["defaultLang"],
            "defaultLang": course["item"]["defaultLang"],
            "authorId": integration.get("authorId", ""),
            "coAuthorIds": [],
            "groupId": integration.get("groupId", ""),
            "translations": [],
        }

    # Tags

    async def list_tags(self, request: web.Request) -> web.Response:
        """GET /tags: 5,000 a page."""
        self.admit(request, "tags:read")
        return self._page(request, list(self.tags.values()), 5000)

    async def create_tag(self, request: web.Request) -> web.Response:
        """POST /tags."""
        self.admit(request, "tags:write")
        body = await json_body(request)
        if not isinstance(body, dict) or not _is_text(body.get("name")):
            raise _refusal(400, "invalidInput", "name must be a text")
        if not isinstance(body.get("isMain"), bool):
            raise _refusal(400, "invalidInput", "isMain must be a boolean")
        if any(tag["name"] == body["name"] for tag in self.tags.values()):
            raise _refusal(400, "tagNameNotAvailable", "taken")
        return answer(self.tags[self.add_tag(body["name"])], 201)

    def add_tag(self, name: str) -> str:
        """Adds a tag to the platform; returns the id."""
        tag_id = self.new_id()
        self.tags[tag_id] = {"_id": tag_id, "name": name, "isMain": False, "source": "native"}
        return tag_id

    async def list_course_tags(self, request: web.Request) -> web.Response:
        """GET /courses/{id}/tags: 500 a page."""
        self.admit(request, "tags:read")
        tag_ids = self._course(request).setdefault("tags", [])
        rows = [{"tagId": tag_id, "source": "native"} for tag_id in tag_ids]
        return self._page(request, rows, 500)

    async def replace_course_tags(self, request: web.Request) -> web.Response:
        """PUT /courses/{id}/tags: tags that are not included are removed."""
        self.admit(request, "courses:write")
        course, body = self._course(request), await json_body(request)
        tag_ids = body.get("tagIds") if isinstance(body, dict) else None
        if not isinstance(tag_ids, list) or len(tag_ids) > 100:
            raise _refusal(400, "invalidInput", "tagIds must be at most 100 ids")
        if any(tag_id not in self.tags for tag_id in tag_ids):
            raise _refusal(404, "tagNotFound", "no such tag")
        course["tags"] = tag_ids
        return answer(tag_ids)

    async def list_user_roles(self, request: web.Request) -> web.Response:
        """GET /users/{id}/roles: 1,000 a page."""
        self.admit(request, "users:read")
        user = self.users.get(request.match_info["id"])
        if user is None:
            raise _refusal(404, "userNotFound", "no such user")
        return self._page(request, user.get("roles", []), 1000)

    async def share(self, request: web.Request) -> web.Response:
        """POST /bulk/groups/catalog and /library."""
        return await self._share(request, "addContentsToGroups", self._put_into_group)

    async def unshare(self, request: web.Request) -> web.Response:
        """DELETE /bulk/groups/catalog and /library."""
        return await self._share(request, "removeContentsFromGroups", self._take_out_of_group)

    async def _share(
        self, request: web.Request, kind: str, act: Callable[[str, Any], tuple[bool, str]]
    ) -> web.Response:
        self.admit(request, "groups:bulk", bulk_submit=True)
        place = request.match_info["place"]
        return await self._submit(
            request, kind + place.capitalize(), 20_000, lambda item: act(place, item)
        )

    def _put_into_group(self, place: str, item: Any) -> tuple[bool, str]:
        if item.get("contentId") not in self.courses or item.get("contentType") != "course":
            return False, "Content not found"
        if item.get("groupId") not in self.groups:
            return False, "Group not found"
        self.shared.setdefault((place, item["groupId"]), set()).add(item["contentId"])
        return True, str(item["contentId"])

    def _take_out_of_group(self, place: str, item: Any) -> tuple[bool, str]:
        self.shared.get((place, item.get("groupId", "")), set()).discard(item.get("contentId"))
        return True, str(item.get("contentId"))

    async def list_users(self, request: web.Request) -> web.Response:
        """GET /users: 500 a page, filtered by mail."""
        self.admit(request, "users:read")
        mail = request.query.get("mail[eq]")
        found = [user for user in self.users.values() if mail is None or user.get("mail") == mail]
        return self._page(request, found, 500)

    async def get_group(self, request: web.Request) -> web.Response:
        """GET /groups/{id}."""
        self.admit(request, "groups:read")
        group = self.groups.get(request.match_info["id"])
        if group is None:
            raise _refusal(404, "groupNotFound", "no such group")
        return answer({key: value for key, value in group.items() if value is not None})

    async def list_attempts(self, request: web.Request) -> web.Response:
        """GET /courses/stats: 500 a page."""
        self.admit(request, "courseStats:read")
        rows = [
            _attempt_dto(attempt) for attempts in self.attempts.values() for attempt in attempts
        ]
        return self._page(request, rows, 500)

    # Bulk operations

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

    def _bulk(self, request: web.Request) -> str:
        self.admit(request, "integrations:bulk", bulk_submit=True)
        return str(self._integration(request)["_id"])

    async def _submit(
        self,
        request: web.Request,
        kind: str,
        most: int,
        apply: Callable[[Any], tuple[bool, str]],
    ) -> web.Response:
        under_way = sum(operation.results is None for operation in self.operations.values())
        if under_way >= MOST_OPERATIONS:
            raise _refusal(429, "bulkOperationsConcurrencyLimitReached", "three run already")
        body = await json_body(request)
        items = body.get("input") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise _refusal(400, "invalidInput", "input must be an array")
        if len(items) > most:
            raise _refusal(400, "inputTooLong", f"at most {most} items")
        self.most_at_once = max(self.most_at_once, under_way + 1)
        now = time.time()
        operation = Operation(
            id=self.new_id(),
            type=kind,
            created_at=now,
            ends_at=now + self.operation_seconds + self.seconds_per_item * len(items),
            items=items,
            apply=apply,
        )
        self.operations[operation.id] = operation
        # The absolute URL names the production host, as in the specification.
        location = f"https://app.360learning.com/api/v2/bulk/operations/{operation.id}"
        return web.Response(status=202, headers={"Location": location})

    def advance(self) -> None:
        """Carries out the operations whose time has come."""
        now = time.time()
        for operation in self.operations.values():
            if operation.results is None and operation.ends_at <= now:
                operation.results = [_result(operation, item) for item in operation.items]
                # The order of results promises nothing.
                operation.results.reverse()

    async def list_operations(self, request: web.Request) -> web.Response:
        """GET /bulk/operations: 20 a page, filtered by type and creation."""
        self.admit(request, "bulkOperations:read")
        kind, since = request.query.get("type[eq]"), request.query.get("createdAt[gte]")
        found = [
            self._operation_dto(operation)
            for operation in reversed(self.operations.values())
            if (kind is None or operation.type == kind)
            and (since is None or _iso(operation.created_at) >= since)
        ]
        return self._page(request, found, 20)

    async def get_operation(self, request: web.Request) -> web.Response:
        """GET /bulk/operations/{id}."""
        self.admit(request, "bulkOperations:read")
        return answer(self._operation_dto(self._operation(request)))

    async def get_results(self, request: web.Request) -> web.Response:
        """GET /bulk/operations/{id}/results."""
        self.admit(request, "bulkOperations:read")
        operation = self._operation(request)
        if operation.results is None:
            raise _refusal(400, "bulkOperationNotRun", "it has not run yet")
        return answer(operation.results)

    def _operation(self, request: web.Request) -> Operation:
        try:
            return self.operations[request.match_info["id"]]
        except KeyError:
            raise _refusal(404, "bulkOperationNotFound", "no such operation") from None

    def _operation_dto(self, operation: Operation) -> dict[str, Any]:
        dto: dict[str, Any] = {
            "_id": operation.id,
            "type": operation.type,
            "createdAt": _iso(operation.created_at),
        }
        elapsed = time.time() - operation.created_at
        duration = max(operation.ends_at - operation.created_at, 1e-9)
        if operation.results is not None:
            dto |= {"queuedAt": dto["createdAt"], "startedAt": dto["createdAt"]}
            dto |= {"endedAt": _iso(operation.ends_at)}
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
            "progress": {"index": index, "updatedAt": _iso(time.time())},
        }

    # What the items do

    def _upsert(self, integration_id: str, item: Any) -> tuple[bool, str]:
        if fault := _course_fault(item):
            return False, fault
        if item["externalId"] in self.failing_items:
            return False, self.failing_items[item["externalId"]]
        key = (integration_id, item["externalId"])
        now = _iso(time.time())
        course_id = self.course_ids.get(key)
        if course_id is None:
            course_id = self.course_ids[key] = self.new_id()
            self.courses[course_id] = {
                "_id": course_id,
                "integrationId": integration_id,
                "status": "published",
                "createdAt": now,
            }
        course = self.courses[course_id]
        # "Replaced with the new data": nothing of the old item stays.
        course |= {"item": item, "modifiedAt": now}
        if self.upsert_restores:
            course["status"] = "published"
        return True, course_id

    def _archive(self, integration_id: str, item: Any) -> tuple[bool, str]:
        external_id = item.get("externalId") if isinstance(item, dict) else None
        if external_id in self.failing_items:
            return False, self.failing_items[external_id]
        course_id = self.course_ids.get((integration_id, str(external_id)))
        if course_id is None:
            return False, "Course not found"
        self.courses[course_id]["status"] = "archived"
        return True, course_id

    def _import(self, integration_id: str, item: Any) -> tuple[bool, str]:
        if fault := _statistic_fault(item):
            return False, fault
        identifier = item["courseIdentifier"]
        if identifier["type"] == "internalId":
            course_id = identifier["value"] if identifier["value"] in self.courses else None
        else:
            course_id = self.course_ids.get((integration_id, identifier["value"]))
        if course_id is None:
            return False, "Course not found"
        kind, value = item["userIdentifier"]["type"], item["userIdentifier"]["value"]
        field_name = "mail" if kind == "mail" else "_id"
        user_id = next(
            (
                user["_id"]
                for user in self._users_by(field_name, value)
                if user["status"] != "deleted"
            ),
            None,
        )
        if user_id is None:
            return False, f"User {value} not found"
        return True, self._record_attempt(course_id, user_id, item)

    def _users_by(self, field_name: str, value: str) -> list[dict[str, Any]]:
        if field_name == "_id":
            return [self.users[value]] if value in self.users else []
        return [user for user in self.users.values() if user.get("mail") == value]

    def _record_attempt(self, course_id: str, user_id: str, item: Any) -> str:
        """The endpoint's own rules: when an attempt is created, and which are updated."""
        attempts = self.attempts.setdefault((course_id, user_id), [])
        first, last = _milliseconds(item["firstActivityAt"]), _milliseconds(item["lastActivityAt"])
        values = {
            "progress": int(item["progress"]),
            "timeSpent": int(item["timeSpent"]),
            "lastActivityAt": last,
            "completedAt": last if item["progress"] == 100 else None,
            "result": item.get("result"),
            "score": item.get("score"),
        }
        if item.get("forceNew") or all(first > attempt.latest for attempt in attempts):
            attempt = Attempt(self.new_id(), course_id, user_id, firstActivityAt=first, **values)
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

    def _page(self, request: web.Request, rows: list[Any], size: int) -> web.Response:
        start = int(request.query.get("next", 0))
        headers = {}
        if start + size < len(rows):
            query = "&".join(
                f"{key}={value}" for key, value in request.query.items() if key != "next"
            )
            path = request.path.removeprefix("/360learning")
            link = f"{self.base_url}{path}?{query}&next={start + size}"
            headers["Link"] = f'<{link}>; rel="next"'
        return answer(rows[start : start + size], headers=headers)


def _result(operation: Operation, item: Any) -> dict[str, Any]:
    accepted, text = operation.apply(item)
    if accepted:
        return {"input": item, "status": "success", "resourceId": text}
    return {"input": item, "status": "error", "errorMessage": text}


def _refusal(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message}})


def _attempt_dto(attempt: Attempt) -> dict[str, Any]:
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
            dto[name] = _iso(instant / 1000)
    return dto


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 1


def _course_fault(item: Any) -> str | None:
    """What the schema of an upsert item rules out."""
    if not isinstance(item, dict):
        return "an object is needed"
    for key in ("externalId", "name", "launchUrl", "defaultLang", "sources", "subjects"):
        if key not in item:
            return f"{key} is required"
    for key in ("externalId", "name", "launchUrl", "description", "imageUrl", "mobileLaunchUrl"):
        if key in item and not _is_text(item[key]):
            return f"{key} must be a text"
    if item["defaultLang"] not in LANGUAGES:
        return "defaultLang is not in the list"
    if item.get("contentType", "course") not in CONTENT_TYPES:
        return "contentType is not in the list"
    if item.get("difficultyLevel", "beginner") not in ("beginner", "intermediate", "advanced"):
        return "difficultyLevel is not in the list"
    duration = item.get("duration", 1)
    if not isinstance(duration, int) or isinstance(duration, bool) or not 1 <= duration <= 100_000:
        return "duration must be an integer from 1 to 100000"
    if not isinstance(item["subjects"], list) or not all(map(_is_text, item["subjects"])):
        return "subjects must be texts"
    for source in item["sources"] if isinstance(item["sources"], list) else [None]:
        if not isinstance(source, dict) or not _is_text(source.get("name")):
            return "sources must have names"
        if "logoUrl" in source and not _is_text(source["logoUrl"]):
            return "logoUrl must be a text"
    return None


def _statistic_fault(item: Any) -> str | None:
    """What the schema of a statistics item rules out."""
    if not isinstance(item, dict):
        return "an object is needed"
    for key, kinds in (
        ("courseIdentifier", ("externalId", "internalId")),
        ("userIdentifier", ("mail", "internalId")),
    ):
        part = item.get(key)
        if not isinstance(part, dict) or part.get("type") not in kinds:
            return f"{key} is required"
        if not _is_text(part.get("value")):
            return f"{key} has no value"
    progress, time_spent = item.get("progress"), item.get("timeSpent")
    if not isinstance(progress, int | float) or not 0 <= progress <= 100:
        return "progress must be from 0 to 100"
    if not isinstance(time_spent, int | float) or time_spent < 1:
        return "timeSpent must be 1 or more"
    if item.get("result", "success") not in ("success", "failed"):
        return "result is not in the list"
    for key in ("firstActivityAt", "lastActivityAt"):
        try:
            _milliseconds(item[key])
        except (KeyError, TypeError, ValueError):
            return f"{key} must be a date-time"
    return None


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text:
        raise ValueError(text)
    return round(moment.timestamp() * 1000)


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

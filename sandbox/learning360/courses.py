"""Courses, one at a time, and the tags of courses and platform."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.learning360.filters import matching
from sandbox.learning360.platform import Learning360, refusal
from sandbox.learning360.schema import is_text
from sandbox.service import answer, json_body

# https://360learning.readme.io/reference/v2coursesgetallcoursescontroller_getallcourses
COURSE_FILTERS = {
    "createdAt": "lt gte",
    "modifiedAt": "lt gte",
    "status": "eq",
    "type": "eq",
    "authorId": "eq",
    "groupId": "eq",
}


@dataclass
class Courses:
    """The endpoints of courses and tags."""

    platform: Learning360

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoints, without the prefix under which they are mounted."""
        return [
            web.get("/api/v2/integrations/{id}/courses/{external_id:.+}", self.external_course),
            web.get("/api/v2/courses", self.list_courses),
            web.get("/api/v2/courses/{id}", self.get_course),
            web.put("/api/v2/courses/{id}/archive", self.archive_course),
            web.get("/api/v2/courses/{id}/tags", self.list_course_tags),
            web.put("/api/v2/courses/{id}/tags", self.replace_course_tags),
            web.get("/api/v2/tags", self.list_tags),
            web.post("/api/v2/tags", self.create_tag),
        ]

    async def external_course(self, request: web.Request) -> web.Response:
        """GET /integrations/{id}/courses/{externalId}: no status, no dates."""
        self.platform.admit(request, "integrations:read")
        integration = self.platform.integration_of(request)
        course = self.platform.course(integration["_id"], request.match_info["external_id"])
        if course is None:
            raise refusal(400, "courseNotBelongToIntegration", "no such course")
        return answer(
            {
                "authorId": integration["authorId"],
                "translations": [],
                **course["item"],
                "courseId": course["_id"],
            }
        )

    async def list_courses(self, request: web.Request) -> web.Response:
        """GET /courses: 500 a page; no external ids, and no filter by external platform."""
        self.platform.admit(request, "courses:read")
        passes = matching(request, COURSE_FILTERS, ids=("groupId", "authorId"))
        found = [
            dto for course in self.platform.courses.values() if passes(dto := self._dto(course))
        ]
        return self.platform.page(request, found, 500)

    async def get_course(self, request: web.Request) -> web.Response:
        """GET /courses/{id}."""
        self.platform.admit(request, "courses:read")
        return answer(self._dto(self.platform.course_of(request)))

    async def archive_course(self, request: web.Request) -> web.Response:
        """PUT /courses/{id}/archive."""
        self.platform.admit(request, "courses:write")
        course = self.platform.course_of(request)
        if course["integrationId"] not in self.platform.integrations:
            raise refusal(400, "integrationInactive", "its integration is inactive")
        body = await json_body(request)
        if not isinstance(body, dict) or not isinstance(body.get("archived"), bool):
            raise refusal(400, "invalidInput", "archived must be a boolean")
        course["status"] = "archived" if body["archived"] else "published"
        return answer(self._dto(course))

    def _dto(self, course: dict[str, Any]) -> dict[str, Any]:
        integration = self.platform.integrations.get(course["integrationId"], {})
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

    async def list_tags(self, request: web.Request) -> web.Response:
        """GET /tags: 5,000 a page."""
        self.platform.admit(request, "tags:read")
        return self.platform.page(request, list(self.platform.tags.values()), 5000)

    async def create_tag(self, request: web.Request) -> web.Response:
        """POST /tags."""
        self.platform.admit(request, "tags:write")
        body = await json_body(request)
        if not isinstance(body, dict) or not is_text(body.get("name")):
            raise refusal(400, "invalidInput", "name must be a text")
        if body["name"] in self.platform.refused_tags:
            raise refusal(400, "invalidInput", "no such name")
        if not isinstance(body.get("isMain"), bool):
            raise refusal(400, "invalidInput", "isMain must be a boolean")
        if any(tag["name"] == body["name"] for tag in self.platform.tags.values()):
            raise refusal(400, "tagNameNotAvailable", "taken")
        return answer(self.platform.tags[self.platform.add_tag(body["name"])], 201)

    async def list_course_tags(self, request: web.Request) -> web.Response:
        """GET /courses/{id}/tags: 500 a page."""
        self.platform.admit(request, "tags:read")
        tag_ids = self.platform.course_of(request).setdefault("tags", [])
        rows = [{"tagId": tag_id, "source": "native"} for tag_id in tag_ids]
        return self.platform.page(request, rows, 500)

    async def replace_course_tags(self, request: web.Request) -> web.Response:
        """PUT /courses/{id}/tags: tags that are not included are removed."""
        self.platform.admit(request, "courses:write")
        course, body = self.platform.course_of(request), await json_body(request)
        tag_ids = body.get("tagIds") if isinstance(body, dict) else None
        if not isinstance(tag_ids, list) or len(tag_ids) > 100:
            raise refusal(400, "invalidInput", "tagIds must be at most 100 ids")
        if any(tag_id not in self.platform.tags for tag_id in tag_ids):
            raise refusal(404, "tagNotFound", "no such tag")
        course["tags"] = tag_ids
        return answer(tag_ids)

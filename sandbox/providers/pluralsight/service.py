"""Pluralsight's GraphQL API, from its reference: Relay paging, refused fields, warnings."""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import graphql
from aiohttp import web

from sandbox.service import Refusal, answer, json_body

MOST_PER_PAGE = 1000
SCHEMA = """
scalar DateTime
type PageInfo {{ endCursor: String hasNextPage: Boolean }}
type CourseStatus {{ name: String reason: String replacementCourseId: String }}
type User {{ psUserId: ID email: String firstName: String lastName: String }}
type Course {{
  id: ID idNum: Int slug: String url: String title: String level: String language: String
  description: String shortDescription: String courseSeconds: Float displayDate: DateTime
  authors: [String] courseStatus: CourseStatus
}}
type CourseProgress {{
  psUserId: ID user: User courseId: ID course: Course percentComplete: Float
  isCourseCompleted: Boolean completedOn: DateTime courseSeconds: Float totalWatchedSeconds: Float
  firstViewedClipOn: DateTime lastViewedClipOn: DateTime updatedOn: DateTime {progress_fields}
}}
type CourseDailyUsage {{ user: User course: Course clipViewSeconds: Float rollupDate: DateTime }}
type Courses {{ totalCount: Int! nodes: [Course] pageInfo: PageInfo }}
type Progresses {{ totalCount: Int! nodes: [CourseProgress] pageInfo: PageInfo }}
type Usages {{ totalCount: Int! nodes: [CourseDailyUsage] pageInfo: PageInfo }}
type Query {{
  courseCatalog(first: Int, after: String): Courses
  courseProgress(first: Int, after: String): Progresses
  courseDailyUsage(first: Int, after: String): Usages
}}
"""
GUIDE_FIELDS = "clipViewSeconds: Float rollupDate: DateTime"


@dataclass
class Pluralsight:
    """One plan.

    Attributes:
        api_key: Its only key.
        courses: The nodes of the catalogue.
        progress: The nodes of the learners' progress.
        usage: The nodes of the daily usage.
        progress_has_guide_fields: Whether `clipViewSeconds` and `rollupDate` stand on the progress
            or only on the daily usage.
        validation_status: The HTTP status of a validation error, which is not documented.
        validation_error: One error of a validation, of which wording and codes differ by server;
            None for graphql-js's own.
        withheld_fields: Fields that the schema has and this key may not select.
        most_per_page: The cap on `first`.
    """

    api_key: str = "pluralsight-key"
    courses: list[dict[str, Any]] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    progress_has_guide_fields: bool = False
    validation_status: int = 400
    validation_error: dict[str, Any] | None = None
    withheld_fields: frozenset[str] = frozenset()
    most_per_page: int = MOST_PER_PAGE
    _schemas: dict[bool, graphql.GraphQLSchema] = field(default_factory=dict)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the endpoint, without the prefix under which it is mounted."""
        return [web.post("/graphql", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        """POST /graphql."""
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise Refusal(401, {"error": "AuthenticationError: Invalid API Key"})
        body = await json_body(request)
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            raise Refusal(400, {"errors": [{"message": "Must provide query string."}]})
        document = graphql.parse(body["query"])
        schema = self._schema()
        errors = [error.formatted for error in graphql.validate(schema, document)]
        asked = set(re.findall(r"\w+", body["query"]))
        errors += [
            {"message": f'Cannot query field "{name}" with this key.'}
            for name in sorted(self.withheld_fields & asked)
        ]
        if errors:
            code = {"extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}
            formatted = [self.validation_error or error | code for error in errors]
            return answer({"errors": formatted}, self.validation_status)
        warnings: list[dict[str, str]] = []
        root = {
            name: lambda info, rows=rows, **page: self._connection(rows, warnings, **page)
            for name, rows in (
                ("courseCatalog", self.courses),
                ("courseProgress", self.progress),
                ("courseDailyUsage", self.usage),
            )
        }
        result = graphql.execute_sync(
            schema, document, root_value=root, variable_values=body.get("variables")
        )
        return answer(
            dict(result.formatted) | ({"extensions": {"warnings": warnings}} if warnings else {})
        )

    def _schema(self) -> graphql.GraphQLSchema:
        has = self.progress_has_guide_fields
        if has not in self._schemas:
            text = SCHEMA.format(progress_fields=GUIDE_FIELDS if has else "")
            self._schemas[has] = graphql.build_schema(text)
        return self._schemas[has]

    def _connection(
        self,
        rows: list[dict[str, Any]],
        warnings: list[dict[str, str]],
        first: int = 100,
        after: str | None = None,
    ) -> dict[str, Any]:
        start = json.loads(base64.b64decode(after))["after"] if after else 0
        if first > self.most_per_page:
            message = "The requested page size exceeds the limit; the result set was reduced."
            warnings.append({"message": message})
        end = start + min(first, self.most_per_page)
        cursor = base64.b64encode(json.dumps({"after": end}).encode()).decode()
        return {
            "totalCount": len(rows),
            "nodes": rows[start:end],
            "pageInfo": {"hasNextPage": end < len(rows), "endCursor": cursor},
        }

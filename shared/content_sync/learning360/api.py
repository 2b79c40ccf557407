"""360Learning's API v2, as far as content integrations need it.

Reference pages are under https://360learning.readme.io/reference/ ; the schemas are those of the
vendor's OpenAPI files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from content_sync.errors import NoBulkPlace, UnexpectedAnswer
from content_sync.fields.instants import to_iso
from content_sync.learning360.items import Item, encoded
from content_sync.learning360.paging import Listings
from content_sync.settings import OBJECT_ID, PlatformSettings
from content_sync.web.answers import Answer, error_code
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.oauth import TokenEndpoint, TokenSource
from content_sync.web.ratelimit import RateLimit
from content_sync.web.timebudget import TimeBudget

# https://360learning.readme.io/docs/rate-limiting-errors : Core endpoints, per company.
READS_PER_SECOND = 50
WRITES_PER_SECOND = 10
PARALLEL_READS = 10
# How many calls of a second may begin together, so that few need not wait for one another. As many
# as run side by side may be slow on their way, and arrive with those of the next second.
READS_AT_ONCE = READS_PER_SECOND - PARALLEL_READS
WRITES_AT_ONCE = 9
# How much of the rate we take: what arrives late needs room, and so do other integrations.
SHARE = 0.94
MOST_TAGS = 100
# Ids in one filter: longer arrays are read as objects by a common parser of query strings.
MOST_IN_A_FILTER = 20
PAGE_SIZE = 500

# What a refusal says of a course that is not there; any other 404 may be a front end's.
NO_COURSE = ("courseNotBelongToIntegration", "courseNotFound")


@dataclass(frozen=True, slots=True)
class BulkEndpoint:
    """One kind of bulk operation: how it is submitted and listed, how many items it takes."""

    operation_type: str
    method: str
    path: str
    most_items: int
    scope: str = "integrations:bulk"


UPSERT_COURSES = BulkEndpoint(
    "importExternalCourses", "PUT", "/api/v2/bulk/integrations/{id}/courses", 10_000
)
ARCHIVE_COURSES = BulkEndpoint(
    "archiveExternalCourses", "DELETE", "/api/v2/bulk/integrations/{id}/courses", 1_000
)
IMPORT_STATISTICS = BulkEndpoint(
    "importExternalStatistics", "POST", "/api/v2/bulk/integrations/{id}/stats", 10_000
)
ADD_TO_CATALOG, ADD_TO_LIBRARY, REMOVE_FROM_CATALOG, REMOVE_FROM_LIBRARY = (
    BulkEndpoint(
        f"{verb}Groups{place}",
        method,
        f"/api/v2/bulk/groups/{place.lower()}",
        20_000,
        "groups:bulk",
    )
    for verb, method in (("addContentsTo", "POST"), ("removeContentsFrom", "DELETE"))
    for place in ("Catalog", "Library")
)


class Learning360Api:
    """One customer platform.

    Args:
        settings: The platform's secret.
        budget: The time left in this invocation.
    """

    def __init__(self, settings: PlatformSettings, budget: TimeBudget) -> None:
        service = Service("360Learning", settings.secret_name, "base_url")
        self._settings = settings
        # https://360learning.readme.io/docs/authentication
        login = TokenEndpoint(
            service,
            f"{settings.base_url}/api/v2/oauth2/token",
            budget,
            settings,
            credentials="json",
        )
        self._tokens = TokenSource(login.client_credentials)
        self._http = HttpClient(
            service,
            settings.base_url,
            budget,
            token=self._tokens,
            headers={"360-api-version": "v2.0"},
            parallel=PARALLEL_READS,
            limits={
                "GET": RateLimit(READS_AT_ONCE * SHARE, at_once=READS_AT_ONCE),
                "*": RateLimit(WRITES_AT_ONCE * SHARE, at_once=WRITES_AT_ONCE),
            },
        )

        self._listings = Listings(self._http, settings.base_url)

    def log_in(self) -> None:
        """Try the credentials."""
        self._tokens.get()

    # Integration configurations: /docs/create-an-api-based-integration

    def integrations(self, external_platform: str) -> Iterator[Item]:
        """Yield all configurations of this name, in whatever group."""
        # Of these nothing may be missing: another configuration would be made.
        return self._listings.wholly(
            "/api/v2/integrations",
            [("externalPlatform[eq]", external_platform)],
            permission="scope integrations:read",
        )

    def create_integration(self, body: Item) -> Item:
        """Create a configuration; return it with its `_id`."""
        return self._object(
            self._write(
                "POST",
                "/api/v2/integrations",
                json=body,
                permission="scope integrations:write",
                repeatable=False,
            )
        )

    def patch_integration(self, integration_id: str, changes: Item) -> None:
        """Change the given fields of a configuration."""
        self._write(
            "PATCH",
            "/api/v2/integrations/{id}",
            ids=(integration_id,),
            json=changes,
            permission="scope integrations:write",
        )

    def delete_integration(self, integration_id: str) -> None:
        """Delete a configuration, which archives all of its courses and keeps their statistics."""
        self._write(
            "DELETE",
            "/api/v2/integrations/{id}",
            ids=(integration_id,),
            permission="scope integrations:write",
        )

    # Courses

    def external_course(self, integration_id: str, external_id: str) -> Item:
        """Return what 360Learning holds of an external course, with its `courseId`.

        Raises:
            Refused: `courseNotBelongToIntegration` when it holds no such course.
        """
        return self._object(
            self._http.get(
                "/api/v2/integrations/{id}/courses/{id}",
                ids=(integration_id, external_id),
                permission="scope integrations:read",
            )
        )

    def course(self, course_id: str) -> Item:
        """Return a course by its 360Learning id; `status` is published, archived or deleted."""
        return self._object(
            self._http.get(
                "/api/v2/courses/{id}", ids=(course_id,), permission="scope courses:read"
            )
        )

    def external_courses(self, group_id: str) -> Iterator[Item]:
        """Yield a group's external courses, of whatever external platform; none of their ids there.

        Raises:
            Denied: The scope is missing.
            UnexpectedAnswer: The listing repeats itself or never ends: it cannot be trusted.
        """
        query = [("type[eq]", "external"), ("groupId[eq]", group_id)]
        return self._listings.wholly("/api/v2/courses", query, permission="scope courses:read")

    def restore_external_course(
        self, integration_id: str, external_id: str, course_id: str
    ) -> None:
        """Un-archive an external course, by its 360Learning id, which is asked for if unknown."""
        if not OBJECT_ID.fullmatch(course_id):
            course_id = str(self.external_course(integration_id, external_id).get("courseId"))
        self.restore_course(course_id)

    def restore_course(self, course_id: str) -> None:
        """Un-archive a course, by its 360Learning id."""
        self._set_archived(course_id, archived=False)

    def archive_course(self, course_id: str) -> None:
        """Archive a course, by its 360Learning id."""
        self._set_archived(course_id, archived=True)

    def _set_archived(self, course_id: str, *, archived: bool) -> None:
        self._write(
            "PUT",
            "/api/v2/courses/{id}/archive",
            ids=(course_id,),
            json={"archived": archived},
            permission="scope courses:write",
        )

    # Tags

    def tags(self) -> Iterator[Item]:
        """Yield all tags of the platform: `_id` and `name`."""
        return self._listings.listed("/api/v2/tags", (), permission="scope tags:read")

    def create_tag(self, name: str) -> Item:
        """Create a tag.

        Raises:
            Refused: `tagNameNotAvailable` when another tag has this name.
            LostAnswer: It may have been created.
        """
        return self._object(
            self._write(
                "POST",
                "/api/v2/tags",
                json={"name": name, "isMain": False},
                permission="scope tags:write",
                repeatable=False,
            )
        )

    def course_tags(self, course_id: str) -> set[str]:
        """Return the ids of a course's tags."""
        rows = self._listings.listed(
            "/api/v2/courses/{id}/tags", (), ids=(course_id,), permission="scope tags:read"
        )
        return {str(row.get("tagId")) for row in rows}

    def replace_course_tags(self, course_id: str, tag_ids: list[str]) -> None:
        """Give a course these tags, at most 100, and no others."""
        self._write(
            "PUT",
            "/api/v2/courses/{id}/tags",
            ids=(course_id,),
            json={"tagIds": tag_ids},
            permission="scope courses:write",
        )

    # Attempts: /reference/v2coursesgetallcoursestatscontroller_getallcoursestats

    def attempts(self, course_ids: Sequence[str], user_ids: Sequence[str]) -> Iterator[Item]:
        """Yield all attempts of these learners on these courses.

        Args:
            course_ids: At most 20; none for all courses.
            user_ids: At most 20; none for all learners.

        Raises:
            Denied: The scope is missing.
            UnexpectedAnswer: The listing repeats itself or never ends: it cannot be trusted.
        """
        query = [*_in("courseId", course_ids), *_in("userId", user_ids)]
        return self._listings.wholly(
            "/api/v2/courses/stats", query, permission="scope courseStats:read"
        )

    # Users and groups

    def users(self) -> Iterator[Item]:
        """Yield all users of the platform; raises as `attempts` does."""
        return self._listings.wholly("/api/v2/users", (), permission="scope users:read")

    def users_by_mails(self, mails: Sequence[str]) -> list[Item]:
        """Return the users who have one of these addresses, at most 20; as 360Learning finds them.

        Whether it looks at upper and lower case is an open question.
        """
        query = _in("mail", mails)
        return list(self._listings.wholly("/api/v2/users", query, permission="scope users:read"))

    def user(self, user_id: str) -> Item:
        """Return a user: `lang` among others."""
        return self._object(
            self._http.get("/api/v2/users/{id}", ids=(user_id,), permission="scope users:read")
        )

    def user_roles(self, user_id: str) -> list[Item]:
        """Return a user's memberships: `groupId` and `role`."""
        return list(
            self._listings.listed(
                "/api/v2/users/{id}/roles", (), ids=(user_id,), permission="scope users:read"
            )
        )

    def groups(self) -> Iterator[Item]:
        """Yield all groups of the platform; raises as `attempts` does."""
        return self._listings.wholly("/api/v2/groups", (), permission="scope groups:read")

    def group(self, group_id: str) -> Item:
        """Return a group: `name`, and `parentId` unless it is the platform group."""
        return self._object(
            self._http.get("/api/v2/groups/{id}", ids=(group_id,), permission="scope groups:read")
        )

    # Bulk operations: /docs/bulk-operations-1

    def submit(self, endpoint: BulkEndpoint, integration_id: str, items: list[Item]) -> str:
        """Submit a bulk operation and return its id.

        Raises:
            NoBulkPlace: Nothing was done: three operations run already.
            LostAnswer: It may have been accepted: look for it among the operations.
        """
        answer = self._write(
            endpoint.method,
            endpoint.path,
            ids=(integration_id,) if "{id}" in endpoint.path else (),
            encoded=encoded({"input": items}),
            permission=f"scope {endpoint.scope}",
            repeatable=False,
            check=_place_found,
            limited=False,
        )
        operation_id = (
            answer.headers.get("Location", "").split("?")[0].rstrip("/").rpartition("/")[2]
        )
        if not OBJECT_ID.fullmatch(operation_id):
            raise UnexpectedAnswer(
                "360Learning accepted a bulk operation without naming it: an engineer should look"
            )
        return operation_id

    def operation(self, operation_id: str) -> Item:
        """Return the state of a bulk operation: `status` and what belongs to it."""
        return self._object(
            self._http.get(
                "/api/v2/bulk/operations/{id}",
                ids=(operation_id,),
                permission="scope bulkOperations:read",
            )
        )

    def results(self, operation_id: str) -> list[Item]:
        """Return the outcome of each item of an operation that ended; their order says nothing."""
        body = self._http.get(
            "/api/v2/bulk/operations/{id}/results",
            ids=(operation_id,),
            permission="scope bulkOperations:read",
        ).body
        if not isinstance(body, list):
            raise UnexpectedAnswer(
                "360Learning's bulk results are not a list: an engineer should look"
            )
        return [result for result in body if isinstance(result, dict)]

    def operations(self, endpoint: BulkEndpoint, created_since: int) -> Iterator[Item]:
        """Yield all integrations' operations of one kind since an instant."""
        return self._listings.listed(
            "/api/v2/bulk/operations",
            [("type[eq]", endpoint.operation_type), ("createdAt[gte]", to_iso(created_since))],
            permission="scope bulkOperations:read",
        )

    def latest_operations(self) -> Iterator[Item]:
        """Yield the platform's latest operations, of whatever kind."""
        return self._listings.listed(
            "/api/v2/bulk/operations", (), permission="scope bulkOperations:read"
        )

    def _write(self, method: str, path: str, **more: Any) -> Answer:
        """Send a request that changes something: all of them come by here."""
        return self._http.send(method, path, **more)

    @staticmethod
    def _object(answer: Answer) -> Item:
        if not isinstance(answer.body, dict):
            raise UnexpectedAnswer(
                "360Learning answered without an object: an engineer should look"
            )
        return answer.body


def _in(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """Return the filter of a field by several values (/docs/filtering)."""
    return [(f"{name}[in][{number}]", value) for number, value in enumerate(values)]


def _place_found(answer: Answer) -> None:
    if error_code(answer.body) == "bulkOperationsConcurrencyLimitReached":
        raise NoBulkPlace

"""The providers as the conformance suite sees them: one line in TENANTS each.

A tenant makes the provider's own raw objects and knows where their parts stand; what must come of
them is the suite's to say.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.server import Sandbox

# Lately: some providers are asked only for what happened since the last run.
HOUR = 3_600_000
LAST_MS = int(time.time() - 600) * 1000
FIRST_MS = LAST_MS - 2 * HOUR
FIRST, LAST = (
    datetime.fromtimestamp(instant / 1000, UTC).isoformat() for instant in (FIRST_MS, LAST_MS)
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Tenant:
    """One provider.

    Attributes:
        name: As in `interfaces.md`.
        page_size: How many courses come on a page.
        listing: Matches the requests for the catalogue's pages.
        course: Makes a raw course that is offered, from a number and a title.
        put: Puts raw courses into the simulated provider.
        items: The list of raw objects in an answer of the listing.
        withdrawn: Marks a raw course as withdrawn; None where the provider cannot.
        title: The path to a course's title.
        optional: Paths of a course that may be missing, null or anything.
        row: Makes a raw statistic of a completed course: mail and external id.
        put_rows: Puts raw statistics into the simulated provider.
        row_paths: Paths of a statistic that may be missing, null or anything.
        revoke: Ends all access tokens; None where there are none.
        open_row: Turns a completed statistic into one that is under way.
    """

    name: str
    page_size: int
    listing: str
    course: Callable[[int, str], Json]
    put: Callable[[Sandbox, list[Json]], None]
    items: Callable[[Any], list[Any]]
    withdrawn: Callable[[Json], Json] | None
    title: tuple[str, ...]
    optional: tuple[tuple[str, ...], ...]
    row: Callable[[str, str], Json]
    put_rows: Callable[[Sandbox, list[Json]], None]
    row_paths: tuple[tuple[str, ...], ...]
    revoke: Callable[[Sandbox], None] | None
    open_row: Callable[[Json], Json]

    def external_id(self, number: int) -> str:
        """The external id of the course with a number."""
        return EXTERNAL_IDS[self.name](number)


EXTERNAL_IDS: dict[str, Callable[[int], str]] = {
    "pluralsight": lambda number: f"course-{number}",
    "coursera": lambda number: f"content{number}",
    "edflex": lambda number: f"4b0a5d0e-{number}",
    "go1": lambda number: str(36_000_000 + number),
    "openclassrooms": lambda number: str(4_900_000 + number),
}


def changed(raw: Json, path: tuple[str, ...], value: Any) -> Json:
    """A copy of a raw object with another value under a path; `...` removes it."""
    head, *rest = path
    copy = dict(raw)
    if rest:
        inner = copy.get(head)
        copy[head] = changed(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    elif value is ...:
        copy.pop(head, None)
    else:
        copy[head] = value
    return copy


# Pluralsight


def _pluralsight_course(number: int, title: str) -> Json:
    return {
        "slug": EXTERNAL_IDS["pluralsight"](number),
        "title": title,
        "description": "Plain words.",
        "courseSeconds": 5400.0,
        "displayDate": "2025-09-29T20:34:09.000Z",
        "courseStatus": {"name": "Live", "reason": None, "replacementCourseId": None},
    }


def _put_pluralsight(sandbox: Sandbox, courses: list[Json]) -> None:
    sandbox.pluralsight.most_per_page = 50
    sandbox.pluralsight.courses = courses


def _pluralsight_row(mail: str, external_id: str) -> Json:
    return {
        "user": {"email": mail},
        "course": {"slug": external_id},
        "percentComplete": 100.0,
        "completedOn": LAST,
        "firstViewedClipOn": FIRST,
        "lastViewedClipOn": LAST,
        "totalWatchedSeconds": 3600.0,
    }


def _put_pluralsight_rows(sandbox: Sandbox, rows: list[Json]) -> None:
    sandbox.pluralsight.progress = rows


# Coursera


def _coursera_course(number: int, title: str) -> Json:
    return {
        "contentId": EXTERNAL_IDS["coursera"](number),
        "contentType": "Course",
        "name": title,
        "description": "Plain words.",
        "languageCode": "en",
        "difficultyLevel": "BEGINNER",
        "lastUpdatedAt": 1_769_778_943,
        "instructors": [{"name": "Ann Example"}],
        "partners": [{"name": "Example University"}],
        "programs": [{"contentUrl": f"https://www.example.org/programs/x?productId={number}"}],
        "extraMetadata": {"definition": {"estimatedLearningTime": 5400}},
    }


def _put_coursera(sandbox: Sandbox, courses: list[Json]) -> None:
    sandbox.coursera.page_size = 50
    sandbox.coursera.contents = courses


def _coursera_row(mail: str, external_id: str) -> Json:
    return {
        "email": mail,
        "externalId": "E-1",
        "contentId": external_id,
        "contentType": "Course",
        "overallProgress": 100,
        "isCompleted": True,
        "completedAt": LAST_MS,
        "enrolledAt": FIRST_MS,
        "lastActivityAt": LAST_MS,
        "approxTotalCourseHrs": 1,
    }


def _put_coursera_rows(sandbox: Sandbox, rows: list[Json]) -> None:
    sandbox.coursera.reports = rows


# Edflex


def _edflex_course(number: int, title: str) -> Json:
    return {
        "id": EXTERNAL_IDS["edflex"](number),
        "type": "activities",
        "attributes": {
            "title": title,
            "type": "mooc",
            "url": f"https://portal.example.com/resources/{number}",
            "language": "fr",
            "difficulty": "introductive",
            "duration": "PT1H30M",
            "description": "<p>Words.</p>",
            "syllabus": "<ul><li>Module 1</li></ul>",
            "status": "opened",
            "authors": [{"fullName": "Jeanne Martin"}],
            "creator": {"name": "Université d’Exemple"},
            "platform": {"name": "Example MOOC"},
            "categories": [{"id": "c1", "name": "Management"}],
            "image": {"bigUrl": f"https://cdn.example.net/{number}.jpg"},
        },
    }


def _put_edflex(sandbox: Sandbox, courses: list[Json]) -> None:
    sandbox.edflex.resources = courses


def _edflex_row(mail: str, external_id: str) -> Json:
    return {
        "id": "activity",
        "type": "learning-activities",
        "attributes": {
            "user": {"email": mail},
            "contentId": external_id,
            "status": "completed",
            "firstActivityAt": FIRST,
            "lastActivityAt": LAST,
            "completedAt": LAST,
            "timeSpent": HOUR,
        },
    }


def _put_edflex_rows(sandbox: Sandbox, rows: list[Json]) -> None:
    sandbox.edflex.activities = rows


# Go1


def _go1_course(number: int, title: str) -> Json:
    return {
        "id": 36_000_000 + number,
        "type": "course",
        "title": title,
        "description": "<p>Words.</p>",
        "published": True,
        "image": f"https://images.example.com/{number}.jpg",
        "updated_time": "2025-11-20T02:34:57+00:00",
        "language": "en",
        "delivery": {"duration": 90},
        "provider": {"name": "GO1 Content", "logo": None},
        "attributes": {"topics": [{"key": "64", "value": "Technology"}]},
        "authors": [{"name": "Ann Lee"}],
    }


def _put_go1(sandbox: Sandbox, courses: list[Json]) -> None:
    sandbox.go1.learning_objects = courses
    sandbox.go1.changed()


def _go1_row(mail: str, external_id: str) -> Json:
    return {
        "id": 1,
        "lo_id": int(external_id),
        "user_id": mail,
        "status": "completed",
        "pass": None,
        "created_time": FIRST,
        "updated_time": LAST,
    }


def _put_go1_rows(sandbox: Sandbox, rows: list[Json]) -> None:
    """Rows come with an address where Go1 has a user id: the users are made of them."""
    mails = sorted({str(row.get("user_id")) for row in rows if "@" in str(row.get("user_id"))})
    ids = {mail: 5000 + number for number, mail in enumerate(mails)}
    sandbox.go1.users = {number: {"id": number, "email": mail} for mail, number in ids.items()}
    sandbox.go1.enrollments = [
        {**row, "user_id": ids[row["user_id"]]} if row.get("user_id") in ids else row
        for row in rows
        if not isinstance(row.get("user_id"), dict | list)
    ]


# OpenClassrooms


def _openclassrooms_course(number: int, title: str) -> Json:
    return {
        "id": 4_900_000 + number,
        "title": title,
        "status": "active",
        "language": "fr",
        "difficulty": "Easy",
        "duration": "PT1H30M",
        "OpenClassroomsUrl": f"https://openclassrooms.example.com/fr/courses/{number}",
        "illustration": f"https://static.example.com/{number}.jpg",
        "shortDescription": "Plain words.",
        "updatedAt": "2024-03-02T08:00:00+0200",
        "category": {"name": "Soft skills"},
        "authors": [{"displayName": "JohnDoe"}],
        "creatorPartners": [{"name": "Partner", "logo": None}],
    }


def _put_openclassrooms(sandbox: Sandbox, courses: list[Json]) -> None:
    sandbox.openclassrooms.courses = courses


def _openclassrooms_row(mail: str, external_id: str) -> Json:
    return {
        "mail": mail,
        "id": int(external_id),
        "duration": "PT1H",
        "courseFollowedAt": FIRST,
        "lastCourseActivityDate": LAST,
        "userCourseCompletionRate": 1,
        "userIsCertified": False,
    }


def _put_openclassrooms_rows(sandbox: Sandbox, rows: list[Json]) -> None:
    mails = sorted({str(row.get("mail")) for row in rows})
    ids = {mail: 12_000 + number for number, mail in enumerate(mails)}
    service = sandbox.openclassrooms
    service.users = [{"id": number, "email": mail} for mail, number in ids.items()]
    service.followed = {}
    for row in rows:
        service.followed.setdefault(ids[str(row.get("mail"))], []).append(row)


def _paths(*names: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(name.split(".")) for name in names)


TENANTS = (
    Tenant(
        name="pluralsight",
        page_size=50,
        listing="POST /pluralsight/graphql",
        course=_pluralsight_course,
        put=_put_pluralsight,
        items=lambda body: body["data"]["courseCatalog"]["nodes"],
        withdrawn=lambda raw: changed(raw, ("courseStatus", "name"), "Retired"),
        title=("title",),
        # GraphQL's own types rule out other kinds of values.
        optional=_paths("description", "courseSeconds", "displayDate"),
        row=_pluralsight_row,
        put_rows=_put_pluralsight_rows,
        row_paths=_paths("percentComplete", "completedOn", "firstViewedClipOn", "user", "course"),
        revoke=None,
        open_row=lambda raw: {**raw, "percentComplete": 50.0, "completedOn": None},
    ),
    Tenant(
        name="coursera",
        page_size=50,
        listing="GET /coursera/api/businesses.v1/[^/]+/contents",
        course=_coursera_course,
        put=_put_coursera,
        items=lambda body: body["elements"],
        withdrawn=None,
        title=("name",),
        optional=_paths(
            "description",
            "languageCode",
            "difficultyLevel",
            "lastUpdatedAt",
            "instructors",
            "partners",
            "contentType",
            "extraMetadata",
            "extraMetadata.definition",
            "extraMetadata.definition.estimatedLearningTime",
            "extraMetadata.definition.promoPhoto",
            "extraMetadata.definition.domainTypes",
        ),
        row=_coursera_row,
        put_rows=_put_coursera_rows,
        row_paths=_paths(
            "email",
            "externalId",
            "overallProgress",
            "isCompleted",
            "completedAt",
            "enrolledAt",
            "lastActivityAt",
            "approxTotalCourseHrs",
            "contentId",
        ),
        revoke=lambda sandbox: sandbox.coursera.tokens.expire(),
        open_row=lambda raw: {**raw, "isCompleted": False, "overallProgress": 50},
    ),
    Tenant(
        name="edflex",
        page_size=50,
        listing="GET /edflex/connect/v1/resources",
        course=_edflex_course,
        put=_put_edflex,
        items=lambda body: body["data"],
        withdrawn=lambda raw: changed(raw, ("attributes", "status"), "closed"),
        title=("attributes", "title"),
        optional=_paths(
            *(
                f"attributes.{name}"
                for name in (
                    "language",
                    "difficulty",
                    "duration",
                    "description",
                    "syllabus",
                    "author",
                    "authors",
                    "creator",
                    "platform",
                    "categories",
                    "image",
                    "image.bigUrl",
                )
            )
        ),
        row=_edflex_row,
        put_rows=_put_edflex_rows,
        row_paths=_paths(
            "attributes",
            *(
                f"attributes.{name}"
                for name in ("user", "user.email", "contentId", "status", "timeSpent")
            ),
        ),
        revoke=lambda sandbox: sandbox.edflex.tokens.expire(),
        open_row=lambda raw: changed(
            changed(raw, ("attributes", "status"), "in progress"),
            ("attributes", "completedAt"),
            None,
        ),
    ),
    Tenant(
        name="go1",
        page_size=50,
        listing="GET /go1/v2/learning-objects",
        course=_go1_course,
        put=_put_go1,
        items=lambda body: body["hits"],
        withdrawn=lambda raw: changed(raw, ("published",), False),
        title=("title",),
        optional=_paths(
            "description",
            "image",
            "updated_time",
            "language",
            "delivery",
            "delivery.duration",
            "provider",
            "provider.name",
            "attributes",
            "attributes.topics",
            "authors",
        ),
        row=_go1_row,
        put_rows=_put_go1_rows,
        row_paths=_paths("user_id", "status", "pass", "created_time", "updated_time", "lo_id"),
        revoke=lambda sandbox: sandbox.go1.tokens.expire(),
        open_row=lambda raw: {**raw, "status": "in-progress"},
    ),
    Tenant(
        name="openclassrooms",
        page_size=20,
        listing="GET /openclassrooms/courses",
        course=_openclassrooms_course,
        put=_put_openclassrooms,
        items=lambda body: body,
        withdrawn=lambda raw: changed(raw, ("status",), "archived"),
        title=("title",),
        optional=_paths(
            "language",
            "difficulty",
            "duration",
            "illustration",
            "description",
            "shortDescription",
            "updatedAt",
            "category",
            "category.name",
            "authors",
            "creatorPartners",
        ),
        row=_openclassrooms_row,
        put_rows=_put_openclassrooms_rows,
        row_paths=_paths(
            "courseFollowedAt",
            "lastCourseActivityDate",
            "userCourseCompletionRate",
            "userIsCertified",
            "duration",
            "id",
        ),
        revoke=lambda sandbox: sandbox.openclassrooms.tokens.expire(),
        open_row=lambda raw: {**raw, "userCourseCompletionRate": 0.5},
    ),
)

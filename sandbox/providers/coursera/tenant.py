"""Coursera as the conformance suite sees it."""

from sandbox.providers.base import Json, Tenant, first_ms, last_ms, paths
from sandbox.providers.coursera.service import Coursera


def external_id(number: int) -> str:
    """Return the external id of the course with a number."""
    return f"content{number}"


def course(number: int, title: str) -> Json:
    """Return a raw course that is offered."""
    return {
        "contentId": external_id(number),
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


def put(service: Coursera, courses: list[Json]) -> None:
    """Put raw courses into the service."""
    service.page_size = 50
    service.contents = courses


def row(mail: str, external_id: str) -> Json:
    """Return a raw statistic of a completed course."""
    return {
        "email": mail,
        "externalId": "E-1",
        "contentId": external_id,
        "contentType": "Course",
        "overallProgress": 100,
        "isCompleted": True,
        "completedAt": last_ms(),
        "enrolledAt": first_ms(),
        "lastActivityAt": last_ms(),
        "approxTotalCourseHrs": 1,
    }


def put_rows(service: Coursera, rows: list[Json]) -> None:
    """Put raw statistics into the service."""
    service.reports = rows


TENANT = Tenant(
    name="coursera",
    page_size=50,
    listing="GET /coursera/api/businesses.v1/[^/]+/contents",
    external_id=external_id,
    course=course,
    fill=put,
    items=lambda body: body["elements"],
    withdrawn=None,
    title=("name",),
    optional=paths(
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
    row=row,
    fill_rows=put_rows,
    row_paths=paths(
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
    revoke=lambda service: service.tokens.expire(),
    open_row=lambda raw: {**raw, "isCompleted": False, "overallProgress": 50},
    archives=False,
)

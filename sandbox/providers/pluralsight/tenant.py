"""Pluralsight as the conformance suite sees it."""

from sandbox.providers.base import Json, Tenant, changed, first_ms, iso, last_ms, paths
from sandbox.providers.pluralsight.service import Pluralsight


def external_id(number: int) -> str:
    """Return the external id of the course with a number."""
    return f"course-{number}"


def course(number: int, title: str) -> Json:
    """Return a raw course that is offered."""
    return {
        "slug": external_id(number),
        "title": title,
        "description": "Plain words.",
        "courseSeconds": 5400.0,
        "displayDate": "2025-09-29T20:34:09.000Z",
        "courseStatus": {"name": "Live", "reason": None, "replacementCourseId": None},
    }


def put(service: Pluralsight, courses: list[Json]) -> None:
    """Put raw courses into the service."""
    service.most_per_page = 50
    service.courses = courses


def row(mail: str, external_id: str) -> Json:
    """Return a raw statistic of a completed course."""
    return {
        "user": {"email": mail},
        "course": {"slug": external_id},
        "percentComplete": 100.0,
        "completedOn": iso(last_ms()),
        "firstViewedClipOn": iso(first_ms()),
        "lastViewedClipOn": iso(last_ms()),
        "totalWatchedSeconds": 3600.0,
    }


def put_rows(service: Pluralsight, rows: list[Json]) -> None:
    """Put raw statistics into the service."""
    service.progress = rows


TENANT = Tenant(
    name="pluralsight",
    page_size=50,
    listing="POST /pluralsight/graphql",
    external_id=external_id,
    course=course,
    fill=put,
    items=lambda body: body["data"]["courseCatalog"]["nodes"],
    withdrawn=lambda raw: changed(raw, ("courseStatus", "name"), "Retired"),
    title=("title",),
    # GraphQL's own types rule out other kinds of values.
    optional=paths("description", "courseSeconds", "displayDate"),
    row=row,
    fill_rows=put_rows,
    row_paths=paths("percentComplete", "completedOn", "firstViewedClipOn", "user", "course"),
    revoke=None,
    open_row=lambda raw: {**raw, "percentComplete": 50.0, "completedOn": None},
    typed=True,
    joined={"imageUrl": "https://app.example.com/static/images/courses/pluralsight.png"},
)

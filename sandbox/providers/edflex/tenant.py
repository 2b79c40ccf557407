"""Edflex as the conformance suite sees it."""

from sandbox.providers.base import HOUR, Json, Tenant, changed, first_ms, iso, last_ms, paths
from sandbox.providers.edflex.service import Edflex


def external_id(number: int) -> str:
    """Return the external id of the course with a number."""
    return f"4b0a5d0e-{number}"


def course(number: int, title: str) -> Json:
    """Return a raw course that is offered."""
    return {
        "id": external_id(number),
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


def put(service: Edflex, courses: list[Json]) -> None:
    """Put raw courses into the service."""
    service.resources = courses


def row(mail: str, external_id: str) -> Json:
    """Return a raw statistic of a completed course."""
    return {
        "id": "activity",
        "type": "learning-activities",
        "attributes": {
            "user": {"email": mail},
            "contentId": external_id,
            "status": "completed",
            "firstActivityAt": iso(first_ms()),
            "lastActivityAt": iso(last_ms()),
            "completedAt": iso(last_ms()),
            "timeSpent": HOUR,
        },
    }


def put_rows(service: Edflex, rows: list[Json]) -> None:
    """Put raw statistics into the service."""
    service.activities = rows


TENANT = Tenant(
    name="edflex",
    page_size=50,
    listing="GET /edflex/connect/v1/resources",
    second_page=r"GET /edflex/connect/v1/resources\?.*number%5D=2\b",
    external_id=external_id,
    course=course,
    fill=put,
    items=lambda body: body["data"],
    withdrawn=lambda raw: changed(raw, ("attributes", "status"), "closed"),
    title=("attributes", "title"),
    optional=paths(
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
    row=row,
    fill_rows=put_rows,
    row_paths=paths(
        "attributes",
        *(
            f"attributes.{name}"
            for name in ("user", "user.email", "contentId", "status", "timeSpent")
        ),
    ),
    revoke=lambda service: service.tokens.expire(),
    open_row=lambda raw: changed(
        changed(raw, ("attributes", "status"), "in progress"),
        ("attributes", "completedAt"),
        None,
    ),
    description=("attributes", "description"),
    html=True,
    tells_total=False,
)

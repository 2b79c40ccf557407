"""Go1 as the conformance suite sees it."""

from sandbox.providers.base import Json, Tenant, changed, first_ms, iso, last_ms, paths
from sandbox.providers.go1.service import Go1


def external_id(number: int) -> str:
    """Return the external id of the course with a number."""
    return str(36_000_000 + number)


def course(number: int, title: str) -> Json:
    """Return a raw course that is offered."""
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


def put(service: Go1, courses: list[Json]) -> None:
    """Put raw courses into the service."""
    service.learning_objects = courses
    service.changed()


def row(mail: str, external_id: str) -> Json:
    """Return a raw statistic of a completed course."""
    return {
        "id": 1,
        "lo_id": int(external_id),
        "user_id": mail,
        "status": "completed",
        "pass": None,
        "created_time": iso(first_ms()),
        "updated_time": iso(last_ms()),
    }


def put_rows(service: Go1, rows: list[Json]) -> None:
    """Rows come with an address where Go1 has a user id: the users are made of them."""
    mails = sorted({str(row.get("user_id")) for row in rows if "@" in str(row.get("user_id"))})
    ids = {mail: 5000 + number for number, mail in enumerate(mails)}
    service.users = {number: {"id": number, "email": mail} for mail, number in ids.items()}
    service.enrollments = [
        {**row, "user_id": ids[row["user_id"]]} if row.get("user_id") in ids else row
        for row in rows
        if not isinstance(row.get("user_id"), dict | list)
    ]


TENANT = Tenant(
    name="go1",
    page_size=50,
    listing="GET /go1/v2/learning-objects",
    external_id=external_id,
    course=course,
    fill=put,
    items=lambda body: body["hits"],
    withdrawn=lambda raw: changed(raw, ("published",), False),
    title=("title",),
    optional=paths(
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
    row=row,
    fill_rows=put_rows,
    row_paths=paths("user_id", "status", "pass", "created_time", "updated_time", "lo_id"),
    revoke=lambda service: service.tokens.expire(),
    open_row=lambda raw: {**raw, "status": "in-progress"},
    html=True,
    time_spent=1,
    joined={"portal_url": "https://portal.example.com"},
    joined_row=lambda mail: {"email": mail},
)

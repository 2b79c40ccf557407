"""OpenClassrooms as the conformance suite sees it."""

from sandbox.providers.base import Json, Tenant, changed, first_ms, iso, last_ms, paths
from sandbox.providers.openclassrooms.service import OpenClassrooms


def external_id(number: int) -> str:
    """Return the external id of the course with a number."""
    return str(4_900_000 + number)


def course(number: int, title: str) -> Json:
    """Return a raw course that is offered."""
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


def put(service: OpenClassrooms, courses: list[Json]) -> None:
    """Put raw courses into the service."""
    service.courses = courses


def row(mail: str, external_id: str) -> Json:
    """Return a raw statistic of a completed course."""
    return {
        "mail": mail,
        "id": int(external_id),
        "duration": "PT1H",
        "courseFollowedAt": iso(first_ms()),
        "lastCourseActivityDate": iso(last_ms()),
        "userCourseCompletionRate": 1,
        "userIsCertified": False,
    }


def put_rows(service: OpenClassrooms, rows: list[Json]) -> None:
    """Put raw statistics into the service."""
    mails = sorted({str(row.get("mail")) for row in rows})
    ids = {mail: 12_000 + number for number, mail in enumerate(mails)}
    service.users = [{"id": number, "email": mail} for mail, number in ids.items()]
    service.followed = {}
    for row in rows:
        service.followed.setdefault(ids[str(row.get("mail"))], []).append(row)


TENANT = Tenant(
    name="openclassrooms",
    page_size=20,
    listing="GET /openclassrooms/courses",
    external_id=external_id,
    course=course,
    fill=put,
    items=lambda body: body,
    withdrawn=lambda raw: changed(raw, ("status",), "archived"),
    title=("title",),
    optional=paths(
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
    row=row,
    fill_rows=put_rows,
    row_paths=paths(
        "courseFollowedAt",
        "lastCourseActivityDate",
        "userCourseCompletionRate",
        "userIsCertified",
        "duration",
        "id",
    ),
    revoke=lambda service: service.tokens.expire(),
    open_row=lambda raw: {**raw, "userCourseCompletionRate": 0.5},
    description=("shortDescription",),
    joined_row=lambda mail: {"email": mail},
)

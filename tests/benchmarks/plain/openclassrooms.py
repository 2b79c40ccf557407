"""OpenClassrooms: windows of twenty rows; what learners follow, learner by learner."""

from dataclasses import replace
from typing import Any

from tests.benchmarks.job import Job
from tests.benchmarks.plain.base import Ask, Headers, Item, Listing, Plain, bearer, client_of

WINDOW = 20


class OpenClassrooms(Plain):
    """Courses, and followed courses."""

    parallel = 4
    courses = 750
    learners = 2_000
    learners_a_second = 2.0
    instants = (("courseFollowedAt",), ("lastCourseActivityDate",), None)

    def rows(self, service: Any) -> list[list[Item]]:
        """Return what each learner follows."""
        return list(service.followed.values())

    def is_open(self, row: Item) -> bool:
        """Tell by the rate."""
        return bool(row["userCourseCompletionRate"] < 1)

    def log_in(self, job: Job) -> dict[str, str]:
        """Use HTTP Basic."""
        client = client_of(job)
        return bearer(
            f"{job.secret['api_url']}/oauth2/token",
            {"grant_type": "client_credentials"},
            (client["client_id"], client["client_secret"]),
        )

    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Read the courses, or each learner's."""
        api = job.secret["api_url"]
        if job.kind == "catalog":
            return [_windows(f"{api}/courses")]

        def of(user: Item) -> Listing:
            url = f"{api}/users/{user['id']}/followed-courses/"
            return replace(_windows(url), joined={"email": user["email"]})

        users = f"{api}/organizations/{job.secret['organization_id']}/users"
        return [replace(_windows(users), inner=of)]

    def course(self, row: Item) -> Item:
        """Return a course's item."""
        return {
            "externalId": str(row["id"]),
            "name": row["title"],
            "launchUrl": row["OpenClassroomsUrl"],
            "defaultLang": row["language"],
            "contentType": "course",
            "sources": [{"name": partner["name"]} for partner in row["creatorPartners"]],
            "subjects": [row["category"]["name"]],
            "description": row["shortDescription"],
            "imageUrl": row["illustration"],
            "duration": 90,
            "difficultyLevel": "beginner",
        }

    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return a followed course's parts; the time is theoretical."""
        progress = round(row["userCourseCompletionRate"] * 100)
        dates = row["courseFollowedAt"], row["lastCourseActivityDate"]
        return str(row["id"]), row["email"], progress, *dates, 36_000 * progress


def _windows(url: str) -> Listing:
    def at(start: int) -> Ask:
        return Ask(url, headers={"Range": f"items={start}-{start + WINDOW - 1}"})

    def total(headers: Headers) -> int:
        return int(headers.get("Content-Range", "/0").rpartition("/")[2])

    def following(ask: Ask, body: Any, headers: Headers) -> Ask | None:
        start = int(ask.headers["Range"].partition("=")[2].partition("-")[0]) + WINDOW
        return at(start) if start < total(headers) else None

    def others(body: Any, headers: Headers) -> list[Ask]:
        return [at(start) for start in range(WINDOW, total(headers), WINDOW)]

    return Listing(at(0), lambda body: body, following, others)


PLAIN = OpenClassrooms()

"""Edflex: pages by number, of which the last has no link to a next one."""

from typing import Any

from tests.benchmarks.job import Job
from tests.benchmarks.plain.base import (
    Ask,
    Headers,
    Item,
    Listing,
    Plain,
    bearer,
    client_of,
    iso,
)


class Edflex(Plain):
    """Resources, and learning activities."""

    parallel = 8
    instants = (
        ("attributes", "firstActivityAt"),
        ("attributes", "lastActivityAt"),
        ("attributes", "completedAt"),
    )

    def rows(self, service: Any) -> list[list[Item]]:
        """Return the activities."""
        return [service.activities]

    def is_open(self, row: Item) -> bool:
        """Tell by the completion."""
        return row["attributes"]["completedAt"] is None

    def log_in(self, job: Job) -> dict[str, str]:
        """Use the client's credentials."""
        grant = {"grant_type": "client_credentials"}
        return bearer(f"{job.secret['api_url']}/connect/v1/auth/token", grant | client_of(job))

    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Follow the numbers."""
        path = "resources" if job.kind == "catalog" else "learning-activities"
        query = {"page[number]": "1", "page[size]": "50"}
        if job.kind == "stats" and since is not None:
            query["filter[updatedAfter]"] = iso(since)
        first = Ask(f"{job.secret['api_url']}/connect/v1/{path}", query)

        def numbered(number: int) -> Ask:
            return first.but(**{"page[number]": str(number)})

        def following(ask: Ask, body: Any, headers: Headers) -> Ask | None:
            more = body.get("links", {}).get("next")
            return numbered(int(ask.query["page[number]"]) + 1) if more else None

        return [
            Listing(
                first,
                lambda body: body["data"],
                following,
                numbered=numbered,
            )
        ]

    def course(self, row: Item) -> Item:
        """Return a resource's item."""
        about = row["attributes"]
        return {
            "externalId": row["id"],
            "name": about["title"],
            "launchUrl": about["url"],
            "defaultLang": about["language"],
            "contentType": about["type"],
            "sources": [{"name": about["creator"]["name"]}, {"name": about["platform"]["name"]}],
            "subjects": [category["name"] for category in about["categories"]],
            "description": f"{about['description']}\n\n{about['syllabus']}",
            "imageUrl": about["image"]["bigUrl"],
            "duration": 90,
            "difficultyLevel": "beginner",
        }

    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return an activity's parts."""
        about = row["attributes"]
        progress = 100 if about["status"] == "completed" else 50
        dates = about["firstActivityAt"], about["lastActivityAt"]
        return about["contentId"], about["user"]["email"], progress, *dates, about["timeSpent"]


PLAIN = Edflex()

"""Pluralsight: GraphQL, in which each page names the next one."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from tests.benchmarks.job import Job
from tests.benchmarks.plain.base import Ask, Headers, Item, Listing, Plain

QUERIES = {
    "catalog": (
        "courseCatalog",
        "slug title courseStatus { name } description courseSeconds displayDate",
    ),
    "stats": (
        "courseProgress",
        "user { email } course { slug } percentComplete completedOn firstViewedClipOn "
        "clipViewSeconds rollupDate",
    ),
}


class Pluralsight(Plain):
    """The catalogue, and learners' progress."""

    instants = (("firstViewedClipOn",), ("rollupDate",), ("completedOn",))

    def prepare(self, service: Any) -> None:
        """Let pages hold a thousand, and progress the fields of the guide."""
        service.most_per_page = 1000
        service.progress_has_guide_fields = True

    def rows(self, service: Any) -> list[list[Item]]:
        """Return the progress."""
        return [service.progress]

    def is_open(self, row: Item) -> bool:
        """Tell by the completion."""
        return row["completedOn"] is None

    def log_in(self, job: Job) -> dict[str, str]:
        """Show the key."""
        return {"Authorization": f"Bearer {job.secret['api_key']}"}

    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Follow the cursors."""
        name, fields = QUERIES[job.kind]
        query = (
            f"query($first: Int!, $after: String) {{ {name}(first: $first, after: $after) {{ "
            f"pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} }} }}"
        )
        body = {"query": query, "variables": {"first": 1000, "after": None}}

        def following(ask: Ask, page: Any, headers: Headers) -> Ask | None:
            info = page["data"][name]["pageInfo"]
            if not info["hasNextPage"]:
                return None
            variables = {"first": 1000, "after": info["endCursor"]}
            return replace(ask, body=ask.body | {"variables": variables})

        cursor = {
            "cursor_path": f"data.{name}.pageInfo.endCursor",
            "cursor_body_path": "variables.after",
            "has_more_path": f"data.{name}.pageInfo.hasNextPage",
        }
        return [
            Listing(
                Ask(job.secret["api_url"], body=body),
                lambda page: page["data"][name]["nodes"],
                following,
                paginator=("JSONResponseCursorPaginator", cursor),
                selector=f"data.{name}.nodes",
            )
        ]

    def course(self, row: Item) -> Item:
        """Return a node's item."""
        return {
            "externalId": row["slug"],
            "name": row["title"],
            "launchUrl": "https://app.pluralsight.com/player?course=" + quote(row["slug"]),
            "defaultLang": "en",
            "contentType": "course",
            "sources": [{"name": "Pluralsight"}],
            "description": row["description"],
            "duration": int(row["courseSeconds"] // 60),
        }

    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return a learner's progress's parts."""
        progress = 100 if row["completedOn"] else int(row["percentComplete"])
        dates = row["firstViewedClipOn"], row["completedOn"] or row["rollupDate"]
        spent = int((row["clipViewSeconds"] or 3600) * 1000)
        return row["course"]["slug"], row["user"]["email"], progress, *dates, spent


PLAIN = Pluralsight()

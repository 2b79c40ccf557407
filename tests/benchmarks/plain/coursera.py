"""Coursera: each page names the next one."""

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


class Coursera(Plain):
    """Contents, and enrollment reports."""

    instants = (("enrolledAt",), ("lastActivityAt",), ("completedAt",))

    def prepare(self, service: Any) -> None:
        """Let pages hold a thousand, as the real ones do."""
        service.page_size = 1000

    def written(self, instant: int) -> Any:
        """Return milliseconds."""
        return instant

    def rows(self, service: Any) -> list[list[Item]]:
        """Return the reports."""
        return [service.reports]

    def is_open(self, row: Item) -> bool:
        """Tell by the flag."""
        return row["isCompleted"] is False

    def log_in(self, job: Job) -> dict[str, str]:
        """Use the refresh token."""
        grant = {"grant_type": "refresh_token", "refresh_token": job.secret["refresh_token"]}
        return bearer(job.secret["token_url"], grant | client_of(job))

    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Follow `paging.next`."""
        base = f"{job.secret['api_url']}/{job.secret['org_id']}"
        query = {"start": "0", "limit": "1000"}
        if job.kind == "stats":
            query["includeS12n"] = "true"
            if since is not None:
                query["lastActivityAfter"] = str(since)
        path = "contents" if job.kind == "catalog" else "enrollmentReports"

        def following(ask: Ask, body: Any, headers: Headers) -> Ask | None:
            start = body["paging"].get("next")
            return ask.but(start=str(start)) if start is not None else None

        cursor = {"cursor_path": "paging.next", "cursor_param": "start"}
        return [
            Listing(
                Ask(f"{base}/{path}", query),
                lambda body: body["elements"],
                following,
                paginator=("JSONResponseCursorPaginator", cursor),
                selector="elements",
            )
        ]

    def course(self, row: Item) -> Item:
        """Return a content's item."""
        return {
            "externalId": row["contentId"],
            "name": row["name"],
            "launchUrl": row["programs"][0]["contentUrl"],
            "defaultLang": row["languageCode"],
            "contentType": row["contentType"].lower(),
            "sources": [{"name": partner["name"]} for partner in row["partners"]],
            "description": row["description"],
            "duration": row["extraMetadata"]["definition"]["estimatedLearningTime"] // 60,
            "difficultyLevel": row["difficultyLevel"].lower(),
        }

    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return a report's parts."""
        progress = 100 if row["isCompleted"] else int(row["overallProgress"])
        last = row["completedAt"] if row["isCompleted"] else row["lastActivityAt"]
        spent = int(row["approxTotalCourseHrs"] * 3_600_000)
        return row["contentId"], row["email"], progress, iso(row["enrolledAt"]), iso(last), spent


PLAIN = Coursera()

"""Go1: pages by offset within a window of 10,000, by scroll beyond it; addresses by user."""

from collections.abc import Iterable
from typing import Any

import requests

from tests.benchmarks.job import TIMEOUT, Job
from tests.benchmarks.plain.base import Ask, Headers, Item, Listing, Plain, bearer, client_of

PAGE_SIZE = 50
WINDOW = 10_000
COURSES_A_FILTER = 50
FIRST_ID = 36_000_000
# The kinds of learning objects that 360Learning takes.
KINDS = ("course", "video", "text", "document", "interactive", "link", "audio")
TYPES = {"audio": "audiobook", "document": "article", "text": "article", "video": "video"}


class Go1(Plain):
    """Learning objects, and enrollments."""

    parallel = 8
    # Whoever is beyond the window of the users' listing is a call.
    learners = listed_learners = WINDOW
    instants = (("created_time",), ("updated_time",), None)

    def __init__(self) -> None:
        self._portal = ""
        self._mails: dict[int, str] = {}

    def vary(self, course: Item, number: int) -> Item:
        """Let the kinds take turns."""
        return course | {"type": KINDS[number % len(KINDS)]}

    def rows(self, service: Any) -> list[list[Item]]:
        """Return the enrollments."""
        return [service.enrollments]

    def is_open(self, row: Item) -> bool:
        """Tell by the status."""
        return bool(row["status"] == "in-progress")

    def changed(self, service: Any) -> None:
        """Forget what was encoded, and what was indexed."""
        service.changed()
        service.enrollments = list(service.enrollments)

    def log_in(self, job: Job) -> dict[str, str]:
        """Use the client's credentials."""
        grant = {"grant_type": "client_credentials"}
        return bearer(job.secret["token_url"], grant | client_of(job))

    def lookup(self, job: Job) -> list[Listing]:
        """List the users, whose addresses the enrollments lack."""
        if job.kind == "catalog":
            return []
        return [_by_offset(Ask(f"{job.secret['api_url']}/users", {"limit": str(PAGE_SIZE)}))]

    def learn(self, job: Job, headers: dict[str, str], rows: Iterable[Item]) -> None:
        """Keep the users' addresses, or the portal's."""
        if job.kind == "catalog":
            url = f"{job.secret['api_url']}/account"
            answer = requests.get(url, headers=headers, timeout=TIMEOUT)
            self._portal = f"https://{answer.json()['url']}"
        self._mails = {row["id"]: row["email"] for row in rows}

    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Split what is longer than the window."""
        limit = {"limit": str(PAGE_SIZE)}
        if job.kind == "catalog":
            ask = Ask(
                f"{job.secret['api_url']}/learning-objects", limit | {"collection": "default"}
            )
            if job.courses <= WINDOW:
                return [_by_offset(ask)]
            return [_by_scroll(ask.but(type=kind, scroll="true")) for kind in KINDS]
        ask = Ask(f"{job.secret['api_url']}/enrollments", limit)
        ids = [str(FIRST_ID + number) for number in range(job.courses)]
        groups = [
            ",".join(ids[start : start + COURSES_A_FILTER])
            for start in range(0, len(ids), COURSES_A_FILTER)
        ]
        return [
            _by_offset(ask.but(status=status, lo_ids=group))
            for status in ("completed", "in-progress")
            for group in groups
        ]

    def course(self, row: Item) -> Item:
        """Return a learning object's item."""
        return {
            "externalId": str(row["id"]),
            "name": row["title"],
            "launchUrl": f"{self._portal}/play/{row['id']}",
            "defaultLang": row["language"],
            "contentType": TYPES.get(row["type"], "course"),
            "sources": [{"name": row["provider"]["name"]}],
            "subjects": [topic["value"] for topic in row["attributes"]["topics"]],
            "description": row["description"],
            "imageUrl": row["image"],
            "duration": row["delivery"]["duration"],
        }

    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return an enrollment's parts."""
        progress = 100 if row["status"] == "completed" else 50
        dates = row["created_time"], row["updated_time"]
        return str(row["lo_id"]), self._mails[row["user_id"]], progress, *dates, 1


def _by_offset(ask: Ask) -> Listing:
    """Return a listing within the window."""

    def following(ask: Ask, body: Any, headers: Headers) -> Ask | None:
        offset = int(ask.query.get("offset", "0")) + PAGE_SIZE
        return ask.but(offset=str(offset)) if offset < body["total"] else None

    def others(body: Any, headers: Headers) -> list[Ask]:
        return [ask.but(offset=str(at)) for at in range(PAGE_SIZE, body["total"], PAGE_SIZE)]

    return Listing(ask, lambda body: body["hits"], following, others)


def _by_scroll(ask: Ask) -> Listing:
    """Return a listing of any length; a page without hits ends it."""

    def following(ask: Ask, body: Any, headers: Headers) -> Ask | None:
        return ask.but(scrollId=body["_scroll_id"]) if len(body["hits"]) == PAGE_SIZE else None

    return Listing(ask, lambda body: body["hits"], following)


PLAIN = Go1()

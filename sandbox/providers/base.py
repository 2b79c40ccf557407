"""What a simulated provider is to the sandbox, to the oracle and to the conformance suite."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

Json = dict[str, Any]
HOUR = 3_600_000


# The oracle's terms


def shown(title: str) -> str:
    """Return a title of the sandbox's data as learners are to see it: trimmed, without tags."""
    return title.replace("<b>", "").replace("</b>", "").strip()


@dataclass
class Row:
    """A learner's row, in the terms of 360Learning's guides; times in milliseconds."""

    mail: str
    course: str
    progress: int
    first: int
    last: int
    completed: int | None = None
    time: int = 1


# External id, the heading under which a first run counts it, and the fields that must arrive.
Judged = Iterator[tuple[str, str, Json]]


def milliseconds(text: str) -> int:
    """Return an ISO 8601 instant in milliseconds since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


# The conformance suite's terms


@cache
def last_ms() -> int:
    """Return a recent instant: some providers are asked only for what happened lately."""
    return int(time.time() - 600) * 1000


def first_ms() -> int:
    """Return an instant two hours earlier."""
    return last_ms() - 2 * HOUR


def iso(instant: int) -> str:
    """Return milliseconds since the epoch as ISO 8601 text."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat()


@dataclass(frozen=True)
class Tenant:
    """A provider as the conformance suite sees it.

    A tenant makes the provider's own raw objects and knows where their parts stand; what must come
    of them is the suite's to say.

    Attributes:
        name: As in the product.
        page_size: How many courses come on a page.
        listing: Matches the requests for the catalogue's pages.
        second_page: Matches the request for the second, where it does not come second.
        external_id: The external id of the course with a number.
        course: Makes a raw course that is offered, from a number and a title.
        fill: Puts raw courses into the service.
        items: The list of raw objects in an answer of the listing.
        withdrawn: Marks a raw course as withdrawn; None where the provider cannot.
        title: The path to a course's title.
        optional: Paths of a course that may be missing, null or anything.
        row: Makes a raw statistic of a completed course, from a mail and an external id.
        fill_rows: Puts raw statistics into the service.
        row_paths: Paths of a statistic that may be missing, null or anything.
        revoke: Ends all access tokens of the service; None where there are none.
        open_row: Turns a completed statistic into one that is under way.
        description: The path to a course's description.
        html: Whether that is HTML.
        typed: Whether the API's own types rule out values of other kinds.
        archives: Whether courses that are gone are ever archived.
        tells_total: Whether a listing says how many objects there are.
        time_spent: Of the completed statistic, in milliseconds.
        joined: What the reader adds to a raw course.
        joined_row: What it adds to a raw statistic, from a mail.
    """

    name: str
    page_size: int
    listing: str
    external_id: Callable[[int], str]
    course: Callable[[int, str], Json]
    fill: Callable[[Any, list[Json]], None]
    items: Callable[[Any], list[Any]]
    withdrawn: Callable[[Json], Json] | None
    title: tuple[str, ...]
    optional: tuple[tuple[str, ...], ...]
    row: Callable[[str, str], Json]
    fill_rows: Callable[[Any, list[Json]], None]
    row_paths: tuple[tuple[str, ...], ...]
    revoke: Callable[[Any], None] | None
    open_row: Callable[[Json], Json]
    description: tuple[str, ...] = ("description",)
    html: bool = False
    typed: bool = False
    archives: bool = True
    tells_total: bool = True
    time_spent: int = HOUR
    joined: Json | None = None
    joined_row: Callable[[str], Json] = lambda mail: {}
    second_page: str | None = None

    def put(self, sandbox: Any, courses: list[Json]) -> None:
        """Put raw courses into a sandbox."""
        self.fill(sandbox.services[self.name], courses)

    def put_rows(self, sandbox: Any, rows: list[Json]) -> None:
        """Put raw statistics into a sandbox."""
        self.fill_rows(sandbox.services[self.name], rows)


def changed(raw: Json, path: tuple[str, ...], value: Any) -> Json:
    """Return a copy of a raw object with another value under a path; `...` removes it."""
    head, *rest = path
    copy = dict(raw)
    if rest:
        inner = copy.get(head)
        copy[head] = changed(inner if isinstance(inner, dict) else {}, tuple(rest), value)
    elif value is ...:
        copy.pop(head, None)
    else:
        copy[head] = value
    return copy


def paths(*names: str) -> tuple[tuple[str, ...], ...]:
    """Return dotted names as paths."""
    return tuple(tuple(name.split(".")) for name in names)


# The sandbox's terms


@dataclass(frozen=True)
class SimulatedProvider:
    """All that is known of a provider outside the product.

    Attributes:
        name: As in the product, and of the service's prefix.
        display_name: What learners must see.
        service: Makes the service, with its `routes()`.
        secret: The own keys of an integration's secret, from the service and its address.
        populate: Fills a service: chance, courses, statistics, learners' addresses.
        courses: What each course must become, from the service and the platform's address.
        rows: What each statistic must become, or the heading under which it is counted.
        tenant: The provider as the conformance suite sees it.
    """

    name: str
    display_name: str
    service: Callable[[], Any]
    secret: Callable[[Any, str], Json]
    populate: Callable[[Any, random.Random, int, int, list[str]], None]
    courses: Callable[[Any, str], Judged]
    rows: Callable[[Any], Iterator[Row | str]]
    tenant: Tenant

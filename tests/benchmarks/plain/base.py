"""What a provider is to the contenders."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import requests

from tests.benchmarks.job import TIMEOUT, Job

Item = dict[str, Any]
Headers = Any


@dataclass(frozen=True)
class Ask:
    """One request to a provider.

    Attributes:
        url: Where to.
        query: Its parameters.
        headers: Its own headers, beside those of the login.
        body: What is posted as JSON; None for a GET.
    """

    url: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def but(self, **query: str) -> "Ask":
        """Return the same with other parameters."""
        return replace(self, query=self.query | query)


@dataclass(frozen=True)
class Listing:
    """A listing, and how its pages are asked for.

    Attributes:
        first: Asks for the first page.
        rows: What is on a page's body.
        following: Asks for the page after one, by its request, body and headers; None at the end.
        others: Asks for all other pages at once, by the first one's body and headers; None where
            only a page tells the next.
        numbered: Asks for a page by its number, where nobody knows how many there are.
        inner: The listing that a row stands for, where the rows themselves are not wanted.
        joined: What a row of it gets from the row that it stands for.
        paginator: dlt's paginator for it, by name and arguments; None where dlt's threads read it.
        selector: Where the rows stand on a page, as dlt's JSON path.
    """

    first: Ask
    rows: Callable[[Any], list[Item]]
    following: Callable[[Ask, Any, Headers], Ask | None]
    others: Callable[[Any, Headers], list[Ask]] | None = None
    numbered: Callable[[int], Ask] | None = None
    inner: "Callable[[Item], Listing] | None" = None
    joined: Item = field(default_factory=dict)
    paginator: tuple[str, dict[str, Any]] | None = None
    selector: str = "$"


class Plain(ABC):
    """One provider.

    Attributes:
        parallel: How many requests it is asked at once, as the program asks it; 1 where a page
            names the next.
        courses: How many courses it has at most; None for any number.
        learners: How many learners it has at most, where each is a call or more; None for any
            number.
        listed_learners: How many learners a listing tells, where each beyond is a call; None where
            all are told.
        learners_a_second: Of how many learners it is asked at most, where each has a call of its
            own and the rate, which the benchmark lifts, is known.
        instants: Where a raw statistic holds its first and last activity, and its completion.
    """

    parallel = 1
    courses: int | None = None
    learners: int | None = None
    listed_learners: int | None = None
    learners_a_second = float("inf")
    instants: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...] | None]

    # As the benchmark's world makes them

    def prepare(self, service: Any) -> None:  # noqa: B027 - most need not
        """Let a simulated service answer as the real one."""

    def vary(self, course: Item, number: int) -> Item:
        """Return a raw course as it is among many."""
        return course

    def written(self, instant: int) -> Any:
        """Return an instant as the provider writes it."""
        return iso(instant)

    @abstractmethod
    def rows(self, service: Any) -> list[list[Item]]:
        """Return the lists of raw statistics, to be changed in place."""

    @abstractmethod
    def is_open(self, row: Item) -> bool:
        """Tell whether a raw statistic is not completed."""

    def changed(self, service: Any) -> None:  # noqa: B027 - most need not
        """Let a simulated service notice that its objects were changed."""

    # As the contenders read them

    @abstractmethod
    def log_in(self, job: Job) -> dict[str, str]:
        """Return the headers with which it is asked."""

    def lookup(self, job: Job) -> list[Listing]:
        """Return the listings that must be read before a row can be understood."""
        return []

    def learn(self, job: Job, headers: dict[str, str], rows: Iterable[Item]) -> None:  # noqa: B027
        """Take in what a row cannot be understood without."""

    @abstractmethod
    def listings(self, job: Job, since: int | None) -> list[Listing]:
        """Return the listings that together hold all rows."""

    @abstractmethod
    def course(self, row: Item) -> Item:
        """Return the upsert's item."""

    @abstractmethod
    def statistic(self, row: Item) -> tuple[Any, ...]:
        """Return course, address, progress, first and last activity, and time spent."""


def bearer(url: str, form: dict[str, str], auth: tuple[str, str] | None = None) -> dict[str, str]:
    """Return the headers that a token endpoint's answer stands for."""
    answer = requests.post(url, data=form, auth=auth, timeout=TIMEOUT)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def client_of(job: Job) -> dict[str, str]:
    """Return a secret's client."""
    return {key: job.secret[key] for key in ("client_id", "client_secret")}


def iso(instant: int) -> str:
    """Return milliseconds since the epoch as text."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat()


class Reader:
    """Reads one request after the other, as a script does.

    Attributes:
        pages: How many it has read.
    """

    def __init__(self, headers: dict[str, str]) -> None:
        self.pages = 0
        self._http = requests.Session()
        self._http.headers.update(headers)

    def all_rows(self, provider: Plain, job: Job, since: int | None) -> Iterator[Item]:
        """Yield all rows of a provider."""
        rows = chain.from_iterable(map(self.read, provider.lookup(job)))
        provider.learn(job, dict(self._http.headers), rows)
        for listing in provider.listings(job, since):
            yield from self.read(listing)

    def read(self, listing: Listing) -> Iterator[Item]:
        """Yield a listing's rows, page by page."""
        ask: Ask | None = listing.first
        while ask is not None:
            answer = self._answer(ask)
            self.pages += 1
            body = answer.json()
            for row in listing.rows(body):
                if listing.inner is not None:
                    yield from self.read(listing.inner(row))
                else:
                    yield row | listing.joined if listing.joined else row
            ask = listing.following(ask, body, answer.headers)

    def _answer(self, ask: Ask) -> requests.Response:
        if ask.body is not None:
            answer = self._http.post(ask.url, json=ask.body, headers=ask.headers, timeout=TIMEOUT)
        else:
            answer = self._http.get(ask.url, params=ask.query, headers=ask.headers, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer

"""Read Edflex by its Connect API v1."""

import contextlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, TypeVar

from content_sync.ahead import in_order
from content_sync.errors import InvalidSettings, NotFound, RetryableAnswer, UnexpectedAnswer
from content_sync.fields import Raw
from content_sync.fields.instants import to_iso
from content_sync.fields.reading import part, parts
from content_sync.providers.base import FoundCourse, Page, StatisticsQuery
from content_sync.providers.edflex.models import EdflexSettings, LearningActivity, Resource
from content_sync.settings import PlatformSettings
from content_sync.web.answers import Answer
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.oauth import TokenEndpoint, TokenSource
from content_sync.web.timebudget import TimeBudget

PAGE_SIZE = 50
# Edflex publishes no rate limit; what it refuses with 429 is waited out.
PARALLEL = 8

Row = TypeVar("Row", bound=Raw)


class EdflexApi:
    """One Edflex portal; made as `Provider.api` says."""

    def __init__(
        self, settings: EdflexSettings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        service = Service("Edflex", settings.secret_name, "organization_name")
        login = TokenEndpoint(
            service,
            f"{settings.base_url}/connect/v1/auth/token",
            budget,
            settings,
            keys="client_id, client_secret and organization_name",
        )
        self._tokens = TokenSource(login.client_credentials)
        self._http = HttpClient(
            service, settings.base_url, budget, token=self._tokens, parallel=PARALLEL
        )
        self._activities = LearningActivities(self._http)

    def log_in(self) -> None:
        """Fetch a token."""
        self._tokens.get()

    def prepare(self) -> None:
        """Begin to fetch a token; see `Prepares`."""
        self._tokens.begin()

    def check_permissions(self) -> None:
        """Ask for one resource and one activity."""
        get_page(self._http, "/connect/v1/resources", 1, {}, size=1)
        # The statistics' endpoint is assumed: that it is missing must not keep the courses out.
        with contextlib.suppress(NotFound):
            self._activities.page(1, None, size=1)

    def courses(self, position: Any) -> Iterator[Page[Resource]]:
        """Read the portal's resources; see `ProviderApi.courses`."""

        def fetch(page_number: int) -> Any:
            return get_page(self._http, "/connect/v1/resources", page_number, {})

        return numbered_pages(fetch, position, Resource)

    def course(self, external_id: str) -> FoundCourse | None:
        """Ask for a resource; the listing's own filter answers with nothing for a missing one."""
        filters = {"filter[contentIds]": external_id}
        body = get_page(self._http, "/connect/v1/resources", 1, filters)
        resources = [Resource.read(item) for item in part(body, "data") or ()]
        for resource in resources:
            if resource.id == external_id:
                return FoundCourse(resource, listed=True)
        # A portal that does not know the filter answers with its first page.
        return FoundCourse(None, None) if resources else None

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[LearningActivity]]:
        """Read the learners' activities; see `LearningActivities`."""
        return self._activities.pages(query, position)


class LearningActivities:
    """The statistics endpoint.

    Blocker: it is not public. This is the contract that docs/providers/edflex.md assumes; when
    Edflex tells the real one, this class is what changes.

    Args:
        http: The portal's client.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def pages(self, query: StatisticsQuery, position: Any) -> Iterator[Page[LearningActivity]]:
        """Read all activities, or those updated since an instant."""

        def fetch(page_number: int) -> Any:
            return self.page(page_number, query.since)

        return numbered_pages(fetch, position, LearningActivity)

    def page(self, page_number: int, since: int | None, size: int = PAGE_SIZE) -> Any:
        """Fetch one page of activities."""
        filters = {} if since is None else {"filter[updatedAfter]": to_iso(since)}
        return get_page(
            self._http, "/connect/v1/learning-activities", page_number, filters, size=size
        )


def get_page(
    http: HttpClient, path: str, page_number: int, filters: dict[str, str], size: int = PAGE_SIZE
) -> Any:
    """Fetch one JSON:API page, numbered from 1."""
    query = {"page[number]": str(page_number), "page[size]": str(size), **filters}
    return http.get(path, query, permission="access to the API", check=_no_errors).body


def numbered_pages(
    fetch: Callable[[int], Any], position: Any, model: type[Row]
) -> Iterator[Page[Row]]:
    """Follow `links.next` by number: its absence ends the listing, nothing else does.

    Pages carry their numbers, so that several are asked for at once: after the first, that of many
    listings is the only one. What was asked for beyond the last is not looked at.

    A page that the one before announced and that ends the listing empty is asked for once more:
    a portal may announce a page after a full last one, or have lost rows for a moment.
    """
    first: int = position or 1

    def read(body: Any, number: int) -> tuple[Page[Row], bool]:
        page, more = _numbered(body, number, model)
        announced = number > 1
        if announced and not (page.items or more or page.doubt):
            return _numbered(fetch(number), number, model)
        return page, more

    page, more = read(fetch(first), first)
    yield page
    if not more:
        return
    for number, body in in_order(fetch, count(first + 1), parallel=PARALLEL):
        page, more = read(body, number)
        yield page
        if not more:
            return


def _numbered(body: Any, number: int, model: type[Row]) -> tuple[Page[Row], bool]:
    """Return a page, and whether there is a next one."""
    data = part(body, "data")
    if not isinstance(data, list):
        raise UnexpectedAnswer("Edflex answered a listing without data: try again later")
    link = part(body, "links", "next")
    more = bool(link.get("href") if isinstance(link, dict) else link)
    doubt = None
    if more and not data:
        doubt, more = "Edflex returned an empty page before the last", False
    rows = [model.read(item) for item in data]
    return Page(rows, number + 1 if more else None, doubt, sent=data), more


def _no_errors(answer: Answer) -> None:
    """Refuse a 2xx that carries errors."""
    errors = part(answer.body, "errors")
    if answer.status >= 300 or not errors:
        return
    codes = {str(code) for code in parts(errors, "code") + parts(errors, "status")}
    titles = "; ".join(str(title) for title in parts(errors, "title"))
    if codes & {"401", "403"}:
        raise InvalidSettings(
            "Edflex denies access to the API: ask it to grant it to these credentials",
            detail=titles,
        )
    if any(code.startswith("4") for code in codes - {"408", "429"}):
        raise UnexpectedAnswer("Edflex refuses a listing: an engineer should look", detail=titles)
    raise RetryableAnswer(titles)

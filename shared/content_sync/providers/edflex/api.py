"""Reading Edflex by its Connect API v1 (`reference/edflex.md`, section 2)."""

import contextlib
from collections.abc import Iterator
from typing import Any

from content_sync.errors import InvalidSettings, NotFound, UnexpectedAnswer
from content_sync.web.http import Answer, HttpClient, Refused, RetryableAnswer
from content_sync.fields.instants import to_iso
from content_sync.web.oauth import Service, TokenSource, bearer_token
from content_sync.providers.base import Page, StatisticsQuery
from content_sync.providers.edflex.models import EdflexSettings, LearningActivity, Resource
from content_sync.settings import PlatformSettings
from content_sync.web.timebudget import TimeBudget
from content_sync.fields.reading import clean_text, part, parts

PAGE_SIZE = 50


class EdflexApi:
    """One Edflex portal.

    Args:
        settings: The integration's secret.
        platform: Not needed here.
        budget: The time left in this invocation.
    """

    def __init__(
        self, settings: EdflexSettings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._settings = settings
        service = Service("Edflex", settings.secret_name, "organization_name")
        self._login = HttpClient(service, settings.base_url, budget)
        self._tokens = TokenSource(self._fetch_token)
        self._http = HttpClient(service, settings.base_url, budget, token=self._tokens)
        self._activities = LearningActivities(self._http)

    def _fetch_token(self) -> tuple[str, float]:
        try:
            body = self._login.send(
                "POST",
                "/connect/v1/auth/token",
                form={
                    "grant_type": "client_credentials",
                    "client_id": self._settings.client_id.get_secret_value(),
                    "client_secret": self._settings.client_secret.get_secret_value(),
                },
            ).body
        except Refused as refusal:
            raise self._refused(refusal.detail) from None
        if clean_text(part(body, "access_token")) is None:
            # Edflex says so with a 200, too.
            raise self._refused(str(part(body, "error", "code") or ""))
        return bearer_token(body, self._login.service)

    def _refused(self, detail: str) -> InvalidSettings:
        return InvalidSettings(
            "Edflex refuses the login: check client_id, client_secret and organization_name in "
            f"secret {self._settings.secret_name}",
            detail=detail,
        )

    def log_in(self) -> None:
        """Fetches a token."""
        self._tokens.get()

    def prove(self) -> None:
        """Asks for one resource and one activity."""
        get_page(self._http, "/connect/v1/resources", 1, {}, size=1)
        # The statistics' endpoint is assumed: that it is missing must not keep the courses out.
        with contextlib.suppress(NotFound):
            self._activities.page(1, None, size=1)

    def site(self) -> None:
        """Nothing: launch URLs come with the resources."""

    def courses(self, position: Any) -> Iterator[Page[Resource]]:
        """The portal's resources; see `Api.courses`."""

        def fetch(number_: int) -> Any:
            return get_page(self._http, "/connect/v1/resources", number_, {})

        return numbered_pages(fetch, position, Resource.read)

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[LearningActivity]]:
        """The learners' activities; see `LearningActivities`."""
        return self._activities.pages(query, position)


class LearningActivities:
    """The statistics endpoint.

    Blocker: it is not public. This is the contract that section 5 of `reference/edflex.md` assumes;
    when Edflex tells the real one, this class is what changes.

    Args:
        http: The portal's client.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def pages(self, query: StatisticsQuery, position: Any) -> Iterator[Page[LearningActivity]]:
        """All activities, or those updated since an instant."""

        def fetch(number_: int) -> Any:
            return self.page(number_, query.since)

        return numbered_pages(fetch, position, LearningActivity.read)

    def page(self, number_: int, since: int | None, size: int = PAGE_SIZE) -> Any:
        """One page of activities."""
        filters = {} if since is None else {"filter[updatedAfter]": to_iso(since)}
        return get_page(self._http, "/connect/v1/learning-activities", number_, filters, size=size)


def get_page(
    http: HttpClient, path: str, number_: int, filters: dict[str, str], size: int = PAGE_SIZE
) -> Any:
    """One JSON:API page, numbered from 1."""
    query = {"page[number]": str(number_), "page[size]": str(size), **filters}
    return http.get(path, query, permission="access to the API", check=_no_errors).body


def numbered_pages(fetch: Any, position: Any, read: Any) -> Iterator[Page[Any]]:
    """Follows `links.next` by number: its absence ends the listing, nothing else does."""
    page_number: int = 1 if position is None else position
    while page_number:
        body = fetch(page_number)
        data = part(body, "data")
        if not isinstance(data, list):
            raise UnexpectedAnswer("Edflex answered a listing without data: try again later")
        link = part(body, "links", "next")
        following = bool(link.get("href") if isinstance(link, dict) else link)
        doubt = None
        if following and not data:
            doubt, following = "Edflex returned an empty page before the last", False
        page_number = page_number + 1 if following else 0
        yield Page([read(item) for item in data], page_number, doubt)


def _no_errors(answer: Answer) -> None:
    """A 2xx may carry errors, and then is none."""
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

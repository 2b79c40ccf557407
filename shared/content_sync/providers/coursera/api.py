"""Read Coursera for Business (https://dev.coursera.com)."""

from collections.abc import Iterator
from typing import Any

from content_sync.errors import InvalidSettings, NotFound, Refused, UnexpectedAnswer
from content_sync.fields.reading import part, to_id, to_number
from content_sync.providers.base import Page, StatisticsQuery, read_ahead
from content_sync.providers.coursera.login import CourseraLogin
from content_sync.providers.coursera.models import Content, CourseraSettings, EnrollmentReport
from content_sync.settings import PlatformSettings
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.oauth import TokenSource
from content_sync.web.timebudget import TimeBudget

# The framework's default is 100; 1000 is used in production by others.
PAGE_SIZE = 1000


class CourseraApi:
    """One Coursera organization; made as `Provider.api` says."""

    def __init__(
        self, settings: CourseraSettings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._settings = settings
        self._tokens = TokenSource(CourseraLogin(settings, budget).fetch)
        self._http = HttpClient(
            Service("Coursera", settings.secret_name, "api_url"),
            settings.contents_base,
            budget,
            token=self._tokens,
        )

    def log_in(self) -> None:
        """Fetch a token."""
        self._tokens.get()

    def prepare(self) -> None:
        """Fetch a token; see `Prepares`.

        Not in the background: with it comes a new refresh token, which is stored before anything
        else can end the invocation.
        """
        self._tokens.get()

    def settle(self) -> None:
        """Let no refresh token be lost that was exchanged ahead; see `Settles`."""
        self._tokens.settle()

    def check_permissions(self) -> None:
        """Ask for one content and one enrollment."""
        self._page("contents", {"start": "0", "limit": "1"})
        self._page("enrollmentReports", {"start": "0", "limit": "1"})

    def courses(self, position: Any) -> Iterator[Page[Content]]:
        """Read the organization's contents, of all its programs; see `ProviderApi.courses`."""
        return read_ahead(self._pages("contents", {}, position), Content.read)

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[EnrollmentReport]]:
        """Read the learners' enrollments, specializations included."""
        parameters = {"includeS12n": "true"}
        if query.since is not None:
            parameters["lastActivityAfter"] = str(query.since)
        pages = self._pages("enrollmentReports", parameters, position)
        return read_ahead(pages, EnrollmentReport.read)

    def _pages(
        self, resource: str, parameters: dict[str, str], position: Any
    ) -> Iterator[Page[Any]]:
        """Follow `paging.next`, whether text, number, null, blank or absent."""
        start: str | None = position["start"] if position else "0"
        rows: int = position["rows"] if position else 0
        while start is not None:
            body = self._page(resource, {"start": start, "limit": str(PAGE_SIZE), **parameters})
            elements = part(body, "elements")
            if not isinstance(elements, list):
                raise UnexpectedAnswer(
                    f"Coursera answered {resource} without elements: try again later"
                )
            rows += len(elements)
            total = to_number(part(body, "paging", "total"))
            following = to_id(part(body, "paging", "next"))
            doubt = None
            if following is None and total is not None and rows < total:
                if elements and _is_number(start):
                    following = str(int(start) + len(elements))
                else:
                    doubt = f"Coursera returned {rows} of {total} rows"
            elif following is not None and not _advances(start, following):
                doubt, following = "Coursera's paging.next does not advance", None
            elif following is not None and not elements:
                doubt, following = "Coursera returned an empty page before the last", None
            start = following
            here = {"start": start, "rows": rows} if start is not None else None
            yield Page(elements, here, doubt, sent=elements)

    def _page(self, resource: str, query: dict[str, str]) -> Any:
        try:
            return self._http.get(
                f"/{{id}}/{resource}",
                query,
                ids=(self._settings.org_id,),
                permission="the Coursera for Business API product",
            ).body
        except (NotFound, Refused) as error:
            if isinstance(error, NotFound) or error.status == 400:
                raise InvalidSettings(
                    f"Coursera does not know the organization or refuses {resource}: check org_id "
                    "(the id on the admin settings page, not the name in the address) in secret "
                    f"{self._settings.secret_name}",
                    detail=error.detail,
                ) from None
            raise


def _is_number(text: str) -> bool:
    # Superscripts and the like are digits, too, and no number.
    return text.isascii() and text.isdigit() and len(text) < 20


def _advances(start: str, following: str) -> bool:
    if _is_number(start) and _is_number(following):
        return int(following) > int(start)
    return following != start

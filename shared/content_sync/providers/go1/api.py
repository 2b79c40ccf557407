"""Reading Go1 by its API v2 (`reference/go1.md`, section 2; https://developers.go1.com)."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from content_sync.errors import NotFound, PositionLost, UnexpectedAnswer
from content_sync.web.http import HttpClient, Refused
from content_sync.web.oauth import Service, TokenSource, bearer_token
from content_sync.providers.base import Page, StatisticsQuery
from content_sync.providers.go1.lanes import PAGE_SIZE, WINDOW, Filters, Hits, Lane, Listing
from content_sync.providers.go1.mapping import CONTENT_TYPES
from content_sync.providers.go1.models import Enrollment, Go1Settings, LearningObject
from content_sync.settings import PlatformSettings
from content_sync.web.timebudget import TimeBudget
from content_sync.fields.reading import clean_id, clean_text, number, part

# Go1 publishes no rate limit; what it refuses with 429 is waited out.
PARALLEL = 8
SCOPES = "lo.read enrollment.read user.read portal.read"
# By which a library longer than the window is split, if these turn out to be all there are.
TYPES = (*CONTENT_TYPES, "award", "event", "module", "playlist")
STATUSES = ("completed", "in-progress", "not-started", "pending", "expired", "assigned")
COURSES_PER_FILTER = 50


class Go1Api:
    """One Go1 portal: a client id and secret see exactly one.

    Args:
        settings: The integration's secret.
        platform: Not needed here.
        budget: The time left in this invocation.
    """

    def __init__(
        self, settings: Go1Settings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._settings = settings
        service = Service("Go1", settings.secret_name, "api_url")
        self._login = HttpClient(
            Service("Go1", settings.secret_name, "token_url"), settings.token_url, budget
        )
        self._tokens = TokenSource(self._fetch_token)
        self._http = HttpClient(
            service,
            settings.api_url,
            budget,
            token=self._tokens,
            parallel=PARALLEL,
        )

    # https://www.go1.com/developers/partners/concepts/client_credentials
    def _fetch_token(self) -> tuple[str, float]:
        body = self._login.send(
            "POST",
            "",
            form={
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id.get_secret_value(),
                "client_secret": self._settings.client_secret.get_secret_value(),
                "scope": SCOPES,
            },
            permission="client_id and client_secret of the Go1 integration",
        ).body
        return bearer_token(body, self._login.service)

    def log_in(self) -> None:
        """Fetches a token."""
        self._tokens.get()

    def prove(self) -> None:
        """Asks for what each of the permissions opens."""
        self._learning_objects({}, 0, False, None, limit=0)
        self._enrollments({}, 0, False, None)
        _Addresses(self._http).prove()
        self.site()

    def site(self) -> str:
        """The portal's address, from the secret or from `GET /account`."""
        if self._settings.portal_url is not None:
            return self._settings.portal_url
        body = self._http.get("/account", permission="portal.read").body
        url = clean_text(part(body, "url"))
        if url is None:
            raise UnexpectedAnswer(
                "Go1 does not say the portal's address: put it into portal_url of secret "
                f"{self._settings.secret_name}"
            )
        url = url.rstrip("/")
        return url if url.startswith(("https://", "http://")) else f"https://{url}"

    # GET /learning-objects

    def courses(self, position: Any) -> Iterator[Page[LearningObject]]:
        """The hits of "My Library"; see `Api.courses`."""
        listing = Listing(self._learning_objects, self._split_library, PARALLEL)
        for page in listing.pages(position):
            hits = [LearningObject.read(hit) for hit in page.items]
            yield Page(hits, page.position, page.doubt)

    def _learning_objects(
        self,
        filters: Filters,
        offset: int,
        scrolls: bool,
        scroll_id: str | None,
        limit: int = PAGE_SIZE,
    ) -> Hits:
        query = {"collection": "default", "limit": str(limit), **filters}
        if scrolls:
            query |= {"scroll": "true"} | ({"scrollId": scroll_id} if scroll_id else {})
        else:
            query["offset"] = str(offset)
        try:
            body = self._http.get("/learning-objects", query, permission="lo.read").body
        except (NotFound, Refused) as error:
            if scroll_id is not None:
                raise PositionLost("Go1's scroll expired", detail=error.detail) from None
            raise
        return _hits(body)

    def _split_library(self, lane: Lane) -> list[Lane]:
        """By type, if the types that we know make up the whole; else one scroll."""
        if lane.filters:
            return [Lane(lane.filters, scrolls=True)]
        try:
            totals = {kind: self._count({"type": kind}) for kind in TYPES}
        except Refused:
            return [Lane({}, scrolls=True)]
        if sum(totals.values()) != self._count({}):
            return [Lane({}, scrolls=True)]
        return [
            Lane({"type": kind}, scrolls=total > WINDOW) for kind, total in totals.items() if total
        ]

    def _count(self, filters: Filters) -> int:
        return self._learning_objects(filters, 0, False, None, limit=0).total

    # GET /enrollments

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[Enrollment]]:
        """All enrollments with their learners' addresses: v2 has no filter by time."""
        addresses = _Addresses(self._http)
        courses = sorted(query.courses)

        def split(lane: Lane) -> list[Lane]:
            return _split_enrollments(lane, courses)

        for page in Listing(self._enrollments, split, PARALLEL).pages(position):
            rows = [Enrollment.read(hit) for hit in page.items]
            emails = addresses.of({user_id for row in rows if (user_id := clean_id(row.user_id))})
            joined = [
                row.model_copy(update={"email": emails.get(clean_id(row.user_id) or "")})
                for row in rows
            ]
            yield Page(joined, page.position, page.doubt)

    def _enrollments(
        self, filters: Filters, offset: int, scrolls: bool, scroll_id: str | None
    ) -> Hits:
        query = {"limit": str(PAGE_SIZE), "offset": str(offset), **filters}
        return _hits(self._http.get("/enrollments", query, permission="enrollment.read").body)


def _split_enrollments(lane: Lane, courses: list[str]) -> list[Lane]:
    """By status, then by courses; the enrollments of one course are not split further."""
    filters = lane.filters
    if "status" not in filters:
        return [Lane({"status": status}) for status in STATUSES]
    if "lo_ids" not in filters:
        return [
            Lane({**filters, "lo_ids": ",".join(courses[start : start + COURSES_PER_FILTER])})
            for start in range(0, len(courses), COURSES_PER_FILTER)
        ]
    ids = filters["lo_ids"].split(",")
    if len(ids) == 1:
        return []
    half = len(ids) // 2
    return [Lane({**filters, "lo_ids": ",".join(part)}) for part in (ids[:half], ids[half:])]


class _Addresses:
    """Learners' addresses by user id: one listing, read once, when the first is needed.

    Users whom the listing does not hold are looked up one by one, once each: those beyond the
    10,000 window, or all of them at a portal that has no listing.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._known: dict[str, str | None] | None = None

    def of(self, user_ids: set[str]) -> dict[str, str | None]:
        """The addresses of these users; None for who has none."""
        if not user_ids:
            return {}
        if self._known is None:
            self._known = self._listed()
        missing = sorted(user_ids - self._known.keys())
        if missing:
            with ThreadPoolExecutor(PARALLEL) as pool:
                self._known.update(zip(missing, pool.map(self._single, missing), strict=True))
        return self._known

    def prove(self) -> None:
        """Asks for the first users; that the listing is missing is no fault."""
        with contextlib.suppress(NotFound, Refused):
            self._users({}, 0, False, None)

    def _listed(self) -> dict[str, str | None]:
        known: dict[str, str | None] = {}
        listing = Listing(self._users, lambda lane: [], PARALLEL)
        try:
            for page in listing.pages(None):
                for user in page.items:
                    if user_id := clean_id(part(user, "id")):
                        known[user_id] = clean_text(part(user, "email"))
        except (NotFound, Refused):
            # The listing is inferred (reference, 2.3): without one, each is looked up by itself.
            return known
        return known

    def _users(self, filters: Filters, offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        query = {"limit": str(PAGE_SIZE), "offset": str(offset)}
        return _hits(self._http.get("/users", query, permission="user.read").body)

    def _single(self, user_id: str) -> str | None:
        try:
            user = self._http.get(f"/users/{user_id}", permission="user.read").body
            return clean_text(part(user, "email"))
        except NotFound:
            return None


def _hits(body: Any) -> Hits:
    """The envelope of every v2 listing: `{"total": 1, "hits": [...]}`."""
    hits, total = part(body, "hits"), number(part(body, "total"))
    if not isinstance(hits, list) or total is None:
        raise UnexpectedAnswer("Go1 answered a listing without total and hits: try again later")
    return Hits(hits, int(total), clean_text(part(body, "_scroll_id")))

"""Read Go1 by its API v2 (https://developers.go1.com)."""

import contextlib
from bisect import bisect_right
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from content_sync.ahead import in_background, prefetched
from content_sync.errors import (
    ContentSyncError,
    InvalidSettings,
    NotFound,
    PositionLost,
    Refused,
    UnexpectedAnswer,
)
from content_sync.fields.reading import part, to_id, to_number, to_text
from content_sync.providers.base import FoundCourse, Page, StatisticsQuery, UnreadLearner
from content_sync.providers.go1.lanes import PAGE_SIZE, WINDOW, Filters, Hits, Lane, LaneListing
from content_sync.providers.go1.mapping import CONTENT_TYPES
from content_sync.providers.go1.models import Enrollment, Go1Settings, LearningObject
from content_sync.providers.learners import LearnersAsked
from content_sync.settings import PlatformSettings
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.oauth import TokenEndpoint, TokenSource
from content_sync.web.timebudget import TimeBudget

# Go1 publishes no rate limit; what it refuses with 429 is waited out.
PARALLEL = 8
SCOPES = "lo.read enrollment.read user.read portal.read"
# By which a library longer than the window is split, if these turn out to be all there are.
TYPES = (*CONTENT_TYPES, "award", "event", "module", "playlist")
# Those that are synchronized; of others some portals refuse to be asked.
STATUSES = ("completed", "in-progress")
COURSES_PER_FILTER = 50


class Go1Api:
    """One Go1 portal: a client id and secret see exactly one; made as `Provider.api` says."""

    def __init__(
        self, settings: Go1Settings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._settings = settings
        login = TokenEndpoint(
            Service("Go1", settings.secret_name, "token_url"),
            settings.token_url,
            budget,
            settings,
        )
        # https://www.go1.com/developers/partners/concepts/client_credentials ; clients whose scopes
        # are settled at Go1 ask for none.
        self._tokens = TokenSource(lambda: login.first_granted(SCOPES, "")[0])
        self._http = HttpClient(
            Service("Go1", settings.secret_name, "api_url"),
            settings.api_url,
            budget,
            token=self._tokens,
            # Users are listed beside enrollments.
            parallel=2 * PARALLEL,
        )

    def log_in(self) -> None:
        """Fetch a token."""
        self._tokens.get()

    def prepare(self) -> None:
        """Begin to fetch a token; see `Prepares`."""
        self._tokens.begin()

    def check_permissions(self) -> None:
        """Ask for what each of the permissions opens."""
        self._learning_objects({}, 0, False, None, limit=0)
        self._enrollments({}, 0, False, None)
        _Addresses(self._http).check_permission()
        self._portal_url()

    def _portal_url(self) -> str:
        """Return the portal's address, from the secret or from `GET /account`."""
        if self._settings.portal_url is not None:
            return self._settings.portal_url
        try:
            body = self._http.get("/account", permission="portal.read").body
        except (NotFound, Refused) as error:
            raise self._no_portal(error.detail) from None
        url = to_text(part(body, "url"))
        if url is None:
            raise self._no_portal()
        url = url.rstrip("/")
        return url if url.startswith(("https://", "http://")) else f"https://{url}"

    def _no_portal(self, detail: str = "") -> InvalidSettings:
        return InvalidSettings(
            "Go1 does not say the portal's address: set portal_url in secret "
            f"{self._settings.secret_name}, such as https://mycompany.mygo1.com",
            detail=detail,
        )

    # GET /learning-objects

    def courses(self, position: Any) -> Iterator[Page[LearningObject]]:
        """Read the hits of "My Library"; see `ProviderApi.courses`."""
        portal_url = self._portal_url()
        listing = LaneListing(self._learning_objects, self._split_library, PARALLEL)
        for page in listing.pages(position):
            hits = [LearningObject.read(hit, portal_url=portal_url) for hit in page.items]
            yield Page(hits, page.position, page.doubt, sent=page.items)

    def course(self, external_id: str) -> FoundCourse | None:
        """Ask for a learning object, which may be outside "My Library"; see `AsksById`."""
        try:
            body = self._http.get(
                "/learning-objects/{id}", ids=(external_id,), permission="lo.read"
            ).body
        except (NotFound, Refused):
            return None
        return FoundCourse(LearningObject.read(body, portal_url=self._portal_url()), None)

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
        """Split by type, if the types that we know make up the whole; else one scroll."""
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
        """Read all enrollments with their learners' addresses: v2 has no filter by time."""
        addresses = _Addresses(self._http)
        addresses.begin()

        @cache
        def courses() -> list[str]:
            return sorted(query.courses)

        def split(lane: Lane) -> list[Lane]:
            return _split_enrollments(lane, courses())

        # Beside the users, of whom all are needed for the first page.
        pages = prefetched(LaneListing(self._enrollments, split, PARALLEL).pages(position))
        for page in pages:
            user_ids = [to_id(part(hit, "user_id")) for hit in page.items]
            wanted = {user_id for user_id in user_ids if user_id}
            emails = addresses.of(wanted)
            unread = {one: why for one, why in addresses.unread.items() if one in wanted}
            rows = [
                Enrollment.read(hit, email=emails.get(user_id or ""))
                for hit, user_id in zip(page.items, user_ids, strict=True)
                if user_id not in unread
            ]
            named = [UnreadLearner("", f"user {one} of Go1: {why}") for one, why in unread.items()]
            if page.position is None and position is None:
                addresses.asked.end()
            yield Page(rows, page.position, page.doubt, named, sent=page.items)

    def statistics_of(self, mail: str, courses: Collection[str]) -> list[Enrollment] | None:
        """Ask for the enrollments of the users who have an address; see `AsksByLearner`.

        Raises:
            NotFound: The portal has no listing of users.
        """
        users = _Addresses(self._http).with_mail(mail)
        if not users:
            return None
        rows: list[Enrollment] = []
        for user_id in users:
            total, offset = 1, 0
            while offset < min(total, WINDOW):
                hits = self._enrollments({"user_id": user_id}, offset, False, None)
                rows += [Enrollment.read(hit, email=mail) for hit in hits.items]
                total, offset = hits.total, offset + PAGE_SIZE
        return rows

    def _enrollments(
        self, filters: Filters, offset: int, scrolls: bool, scroll_id: str | None
    ) -> Hits:
        # Those in parts of a course would be attempts of their own.
        query = {"exclude_child_enrollments": "true", **filters}
        query |= {"limit": str(PAGE_SIZE), "offset": str(offset)}
        return _hits(self._http.get("/enrollments", query, permission="enrollment.read").body)


def _split_enrollments(lane: Lane, courses: list[str]) -> list[Lane]:
    """Split by status, then by courses; the enrollments of one course are not split further."""
    filters = lane.filters
    if "status" not in filters:
        return [Lane({"status": status}) for status in STATUSES]
    if "lo_ids" not in filters:
        left = courses[bisect_right(courses, lane.after) :]
        groups = [
            left[start : start + COURSES_PER_FILTER]
            for start in range(0, len(left), COURSES_PER_FILTER)
        ]
        return [Lane({**filters, "lo_ids": ",".join(ids)}, last=ids[-1]) for ids in groups]
    ids = filters["lo_ids"].split(",")
    if len(ids) == 1:
        return []
    half = len(ids) // 2
    return [Lane({**filters, "lo_ids": ",".join(part)}) for part in (ids[:half], ids[half:])]


class _Addresses:
    """Learners' addresses by user id: one listing, read once, when the first is needed.

    Users whom the listing does not hold are looked up one by one, once each: those beyond the
    10,000 window, or all of them at a portal that has no listing.

    Attributes:
        asked: Those who are looked up.
        unread: Why some cannot be, by user id.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self.asked = LearnersAsked()
        self.unread: dict[str, str] = {}
        self._known: dict[str, str | None] | None = None
        self._coming = self._listed

    def begin(self) -> None:
        """Begin to read the listing, beside whatever else is read."""
        self._coming = in_background(self._listed)

    def of(self, user_ids: set[str]) -> dict[str, str | None]:
        """Return the addresses of these users; None for who has none."""
        if not user_ids:
            return {}
        if self._known is None:
            self._known = self._coming()
            self.asked.known(len(self._known))
        missing = sorted(user_ids - self._known.keys())
        if missing:
            with ThreadPoolExecutor(PARALLEL) as pool:
                found = pool.map(lambda one: self.asked.ask(lambda: self._single(one)), missing)
                for user_id, mail in zip(missing, found, strict=True):
                    if isinstance(mail, ContentSyncError):
                        self.unread[user_id] = str(mail)
                        self._known[user_id] = None
                    else:
                        self._known[user_id] = mail
        return self._known

    def with_mail(self, mail: str) -> list[str]:
        """Return the ids of the users who have this address, in lower case.

        Raises:
            NotFound: The portal has no listing of users.
        """
        if not (known := self._listed()):
            raise NotFound("Go1 lists no users")
        return [one for one, found in known.items() if (found or "").lower() == mail]

    def check_permission(self) -> None:
        """Ask for the first users; a portal may have no listing."""
        with contextlib.suppress(NotFound, Refused):
            self._users({}, 0, False, None)

    def _listed(self) -> dict[str, str | None]:
        known: dict[str, str | None] = {}
        listing = LaneListing(self._users, lambda lane: [], PARALLEL)
        try:
            for page in listing.pages(None):
                for user in page.items:
                    if user_id := to_id(part(user, "id")):
                        known[user_id] = to_text(part(user, "email"))
        except (NotFound, Refused):
            # No public page describes the listing: without one, each is looked up by itself.
            return known
        return known

    def _users(self, filters: Filters, offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        query = {"limit": str(PAGE_SIZE), "offset": str(offset)}
        return _hits(self._http.get("/users", query, permission="user.read").body)

    def _single(self, user_id: str) -> str | None:
        try:
            user = self._http.get("/users/{id}", ids=(user_id,), permission="user.read").body
            return to_text(part(user, "email"))
        except NotFound:
            return None


def _hits(body: Any) -> Hits:
    """Read the envelope of every v2 listing: `{"total": 1, "hits": [...]}`."""
    hits, total = part(body, "hits"), to_number(part(body, "total"))
    if not isinstance(hits, list) or total is None:
        raise UnexpectedAnswer("Go1 answered a listing without total and hits: try again later")
    return Hits(hits, int(total), to_text(part(body, "_scroll_id")))

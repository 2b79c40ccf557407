"""Read OpenClassrooms, by the vendor's OpenAPI file."""

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from content_sync.ahead import in_order, made_ahead
from content_sync.errors import (
    ContentSyncError,
    InvalidSettings,
    NotFound,
    Refused,
    UnexpectedAnswer,
)
from content_sync.fields.reading import part, to_id, to_text
from content_sync.providers.base import FoundCourse, Page, StatisticsQuery, UnreadLearner
from content_sync.providers.learners import LearnersAsked
from content_sync.providers.openclassrooms.models import (
    NARROW_SCOPE,
    WIDE_SCOPE,
    CourseDetail,
    FollowedCourse,
    OpenClassroomsSettings,
)
from content_sync.providers.repeats import until_repeated
from content_sync.settings import PlatformSettings
from content_sync.web.answers import Answer
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.oauth import Token, TokenEndpoint, TokenSource
from content_sync.web.ratelimit import RateLimit
from content_sync.web.timebudget import TimeBudget

# Windows that are not aligned, or larger, are refused.
WINDOW = 20
PARALLEL = 4
# No rate limit is published; one or two calls a second are known to be borne.
CALLS_PER_SECOND = 2.0
USERS = "/organizations/{id}/users"
_CONTENT_RANGE = re.compile(r"items\s{1,9}([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})")


@dataclass
class _Place:
    """Where a listing stands.

    Attributes:
        start: Of the next window; None after the last.
        rows: How many came.
        totals: How many there are, as each window said: one number, if it never changed.
    """

    start: int | None = 0
    rows: int = 0
    totals: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Return how many rows there are, as far as is known."""
        return max(self.totals, default=0)

    def turned(self, items: list[Any], total: int | None, whole: bool) -> Page[Any]:
        """Take in the next window; return it as a page."""
        assert self.start is not None
        self.rows += len(items)
        if total is not None:
            self.totals = sorted({*self.totals, total})
        following = self.start + WINDOW
        # Without a total, only a window that is not full ends the listing.
        last = len(items) < WINDOW if total is None else following >= total
        self.start = None if whole or last or not items else following
        doubt = None
        if self.start is None and self.totals and (len(self.totals) > 1 or self.rows < self.total):
            doubt = f"OpenClassrooms returned {self.rows} of {self.total} rows"
        position = None if self.start is None else asdict(self)
        return Page(items, position, doubt, sent=items)


class OpenClassroomsApi:
    """One OpenClassrooms organization; made as `Provider.api` says."""

    def __init__(
        self, settings: OpenClassroomsSettings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._settings = settings
        service = Service("OpenClassrooms", settings.secret_name, "api_url")
        per_second = float(os.environ.get("OPENCLASSROOMS_CALLS_PER_SECOND") or CALLS_PER_SECOND)
        login = TokenEndpoint(
            service,
            f"{settings.api_url}/oauth2/token",
            budget,
            settings,
            credentials="basic",
            keys="client_id, client_secret and scope",
        )
        scopes = (settings.scope,) if settings.scope else (WIDE_SCOPE, NARROW_SCOPE)
        self._granted = scopes[0]

        def log_in() -> Token:
            token, self._granted = login.first_granted(*scopes)
            return token

        self._tokens = TokenSource(log_in)
        self._http = HttpClient(
            service,
            settings.api_url,
            budget,
            token=self._tokens,
            # Windows of users, and what they follow.
            parallel=2 * PARALLEL,
            limits={"GET": RateLimit(per_second)},
        )

    def log_in(self) -> str | None:
        """Fetch a token; say so where only the narrow scope is granted."""
        self._tokens.get()
        if self._granted == self._settings.scope or self._granted == WIDE_SCOPE:
            return None
        return (
            f"only with the scope {self._granted}: if users, addresses or followed courses are "
            "kept back, ask OpenClassrooms for the others and put them into scope"
        )

    def prepare(self) -> None:
        """Begin to fetch a token; see `Prepares`."""
        self._tokens.begin()

    def check_permissions(self) -> None:
        """Ask for the organization, its users and the courses."""
        organization = (self._settings.organization_id,)
        self._known("/organizations/{id}", {}, organization)
        self._window(USERS, 0, organization)
        self._window("/courses", 0)

    def courses(self, position: Any) -> Iterator[Page[CourseDetail]]:
        """Read all courses that the client may see; see `ProviderApi.courses`."""
        for page in self._windows("/courses", position):
            courses = [CourseDetail.read(course) for course in page.items]
            yield Page(courses, page.position, page.doubt, sent=page.items)

    def course(self, external_id: str) -> FoundCourse | None:
        """Ask for a course, which the client may not see in the listing; see `AsksById`."""
        try:
            body = self._http.get("/courses/{id}", ids=(external_id,)).body
        except (NotFound, Refused):
            return None
        return FoundCourse(CourseDetail.read(body), None)

    def statistics_of(self, mail: str, courses: Collection[str]) -> list[FollowedCourse] | None:
        """Ask for the followed courses of the users who have an address; see `AsksByLearner`."""
        rows: list[FollowedCourse] | None = None
        organization = (self._settings.organization_id,)
        for page in until_repeated(self._windows(USERS, None, organization)):
            for user in page.items:
                if (to_text(part(user, "email")) or "").lower() == mail:
                    rows = [*(rows or ()), *self._activity(user, lambda _: courses)[0]]
        return rows

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[FollowedCourse]]:
        """Read the followed courses of every user of the organization, one call for each user."""
        learners = LearnersAsked()

        def activity(user: Any) -> tuple[list[FollowedCourse], str | None] | ContentSyncError:
            return learners.ask(lambda: self._activity(user, query.open_courses))

        pool = ThreadPoolExecutor(PARALLEL)
        pages = self._windows(USERS, position, (self._settings.organization_id,))
        asked = ((page, [pool.submit(activity, user) for user in page.items]) for page in pages)
        try:
            # The users of the next window are in line before those of one are all there: no thread
            # waits for the slowest of a window.
            for page, answers in made_ahead(asked):
                courses: list[FollowedCourse] = []
                doubt, unread = page.doubt, []
                for user, answer in zip(page.items, answers, strict=True):
                    found = answer.result()
                    if isinstance(found, ContentSyncError):
                        mail = to_text(part(user, "email")) or ""
                        unread.append(UnreadLearner(mail, str(found)))
                    else:
                        courses += found[0]
                        doubt = doubt or found[1]
                if page.position is None and position is None:
                    learners.end()
                yield Page(courses, page.position, doubt, unread, sent=page.items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _activity(
        self, user: Any, open_courses: Callable[[str], Collection[str]]
    ) -> tuple[list[FollowedCourse], str | None]:
        """Read a user's followed courses, and those left open that are followed no more."""
        user_id, email = to_id(part(user, "id")), to_text(part(user, "email"))
        if user_id is None:
            return [], None
        courses: list[Any] = []
        doubt: str | None = None
        path = "/users/{id}/followed-courses/"
        for page in until_repeated(self._windows(path, None, (user_id,))):
            courses += page.items
            doubt = doubt or page.doubt
        followed = {to_id(part(course, "id")) for course in courses}
        for course_id in sorted(set(open_courses((email or "").lower())) - followed):
            with contextlib.suppress(NotFound):
                ids = user_id, course_id
                courses.append(self._known("/users/{id}/courses/{id}", {}, ids).body)
        return [FollowedCourse.read(course, email=email) for course in courses], doubt

    def _windows(self, path: str, position: Any, ids: Sequence[str] = ()) -> Iterator[Page[Any]]:
        """Read the aligned windows of a listing; a 200 holds all of it."""
        place = _Place(**position) if position else _Place()
        while place.start is not None:
            # Of the first alone is known that there is one.
            starts = range(place.start, max(place.total, place.start + 1), WINDOW)
            for _, window in in_order(
                lambda start: self._window(path, start, ids), starts, parallel=PARALLEL
            ):
                yield place.turned(*window)
                if place.start is None:
                    return

    def _window(
        self, path: str, start: int, ids: Sequence[str] = ()
    ) -> tuple[list[Any], int | None, bool]:
        """Fetch one window, the listing's length if it is told, and whether it holds everything."""
        asked = {"Range": f"items={start}-{start + WINDOW - 1}"}
        try:
            answer = self._known(path, asked, ids)
        except Refused as refusal:
            if refusal.status == 416:
                return [], start, False
            raise
        if not isinstance(answer.body, list):
            raise UnexpectedAnswer(
                f"OpenClassrooms answered {path} without a list: try again later"
            )
        found = _CONTENT_RANGE.search(answer.headers.get("Content-Range", ""))
        return answer.body, int(found[3]) if found else None, answer.status != 206

    def _known(self, path: str, headers: dict[str, str], ids: Sequence[str]) -> Answer:
        permission = f"one of the scopes {self._settings.scope or WIDE_SCOPE}"
        try:
            return self._http.get(path, ids=ids, headers=headers, permission=permission)
        except NotFound as error:
            if path.startswith("/users/"):
                raise
            raise InvalidSettings(
                "OpenClassrooms does not know the organization: check organization_id in secret "
                f"{self._settings.secret_name}",
                detail=error.detail,
            ) from None

"""Read Pluralsight (https://developer.pluralsight.com)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from content_sync.ahead import prefetched
from content_sync.errors import InvalidSettings, RemoteUnavailable, UnexpectedAnswer
from content_sync.fields.instants import to_milliseconds
from content_sync.fields.reading import part, to_number, to_text
from content_sync.observability import logger
from content_sync.providers.base import Page, StatisticsQuery, read_ahead
from content_sync.providers.pluralsight.graphql import ANSWERED, Connection, Selection
from content_sync.providers.pluralsight.models import (
    CatalogCourse,
    CourseProgress,
    PluralsightSettings,
)
from content_sync.providers.repeats import until_repeated
from content_sync.settings import PlatformSettings
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.timebudget import TimeBudget

Usage = dict[tuple[str, str], tuple[Any, Any]]

IMAGE_PATH = "/static/images/courses/pluralsight.png"
CATALOG = Selection(
    "courseCatalog",
    {"slug": "", "title": "", "courseStatus": "name"},
    ("description", "courseSeconds", "displayDate"),
)
# Blocker: `clipViewSeconds` and `rollupDate`, which 360Learning's guide names, are in no public
# copy of this type. Where the API refuses them, they come from the daily usage.
PROGRESS = Selection(
    "courseProgress",
    {"user": "email", "course": "slug"},
    (
        "percentComplete",
        "completedOn",
        "firstViewedClipOn",
        "clipViewSeconds",
        "rollupDate",
        "totalWatchedSeconds",
        "lastViewedClipOn",
    ),
    doubtful=frozenset({"clipViewSeconds", "rollupDate"}),
)
DAILY_USAGE = Selection(
    "courseDailyUsage", {"user": "email", "course": "slug"}, ("clipViewSeconds", "rollupDate")
)


class PluralsightApi:
    """One Pluralsight plan; made as `Provider.api` says."""

    def __init__(
        self, settings: PluralsightSettings, platform: PlatformSettings, budget: TimeBudget
    ) -> None:
        self._platform = platform
        http = HttpClient(
            Service("Pluralsight", settings.secret_name, "api_url"),
            settings.api_url,
            budget,
            headers={"Authorization": f"Bearer {settings.api_key.get_secret_value()}"},
        )
        self._connection = Connection(http, settings.secret_name, budget)
        self._usage_doubt: str | None = None

    def recall(self, notes: Any) -> None:
        """Take up which fields the account refused; see `Remembering`."""
        for operation, fields in notes.items():
            self._connection.refused[operation] = frozenset(fields)

    def notes(self) -> Any:
        """Return which fields the account refuses."""
        return {
            operation: sorted(fields)
            # The reader, in another thread, may find out more meanwhile.
            for operation, fields in dict(self._connection.refused).items()
            if fields
        }

    def log_in(self) -> None:
        """Ask for one course: a key has no other login."""
        self._connection.page(CATALOG, None, first=1)

    def check_permissions(self) -> None:
        """Ask for one course and one learner's progress."""
        self._connection.page(CATALOG, None, first=1)
        self._connection.page(PROGRESS, None, first=1)

    def courses(self, position: Any) -> Iterator[Page[CatalogCourse]]:
        """Read the nodes of the catalogue; see `ProviderApi.courses`."""
        image_url = self._platform.base_url + IMAGE_PATH

        def with_image(node: Any) -> CatalogCourse:
            return CatalogCourse.read(node, imageUrl=image_url)

        return read_ahead(self._connection.pages(CATALOG, position), with_image)

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[CourseProgress]]:
        """Read all learners' progress: the name of a filter by date is not public."""
        if position is not None:
            # Only a first page settles what this key may select: one row of it is enough.
            self._connection.page(PROGRESS, None, first=1)
        usage: Usage | None = None
        for page in prefetched(self._connection.pages(PROGRESS, position)):
            if usage is None:
                refused = self._connection.refused.get(PROGRESS.operation, frozenset())
                usage = self._daily_usage() if refused & set(DAILY_USAGE.optional) else {}
            nodes = []
            for node in page.items:
                seconds, date = usage.get(_pair(node), (None, None)) if usage else (None, None)
                nodes.append(CourseProgress.read(node, usageSeconds=seconds, usageDate=date))
            yield replace(page, items=nodes, doubt=page.doubt or self._usage_doubt)

    def _daily_usage(self) -> Usage:
        """Return seconds and latest day, by learner and course."""
        usage: Usage = {}
        for node in self._daily_usage_nodes():
            before_seconds, before_date = usage.get(_pair(node), (None, None))
            seconds = to_number(part(node, "clipViewSeconds"))
            date = to_milliseconds(part(node, "rollupDate"))
            usage[_pair(node)] = (
                seconds if before_seconds is None else before_seconds + (seconds or 0),
                date if before_date is None else max(before_date, date or 0),
            )
        return usage

    def _daily_usage_nodes(self) -> Iterator[Any]:
        try:
            for page in until_repeated(self._connection.pages(DAILY_USAGE, None)):
                self._usage_doubt = self._usage_doubt or page.doubt
                yield from page.items
        except (InvalidSettings, UnexpectedAnswer, RemoteUnavailable) as error:
            if isinstance(error, RemoteUnavailable) and error.status != ANSWERED:
                raise
            # Whatever it says against the query: the rows' own totals stand in for it.
            logger.warning("Pluralsight gives no daily usage", reason=str(error))


def _pair(node: Any) -> tuple[str, str]:
    mail = to_text(part(node, "user", "email")) or ""
    return mail.lower(), to_text(part(node, "course", "slug")) or ""

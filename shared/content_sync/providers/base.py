"""What a provider is to the sync, which knows none of them by name."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from content_sync.domain.course import CourseJudgement
from content_sync.settings import IntegrationSettings, PlatformSettings
from content_sync.domain.statistic import StatisticJudgement
from content_sync.web.timebudget import TimeBudget

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A piece of a listing.

    Attributes:
        items: The provider's own objects.
        position: Anything JSON with which the listing can be continued after this page.
        doubt: Why the listing as a whole may lack something, once that shows.
    """

    items: list[Row]
    position: Any
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """Which statistics are wanted.

    Attributes:
        since: Rows with activity from this instant on, in milliseconds; None for all. A provider
            that cannot filter by time returns all.
        courses: The external ids of the courses that were ever sent.
        open_courses: Which of them a learner has begun and not finished, as far as was sent, by
            the learner's address.
    """

    since: int | None
    courses: Collection[str]
    open_courses: Callable[[str], Collection[str]]


class Api(Protocol):
    """How a provider is read. Every method may raise the errors of `HttpClient.send`."""

    def log_in(self) -> None:
        """Proves the credentials."""

    def prove(self) -> None:
        """Proves what they permit, by real calls."""

    def site(self) -> Any:
        """What the mapper of courses needs beside the raw object."""

    def courses(self, position: Any) -> Iterator[Page[Any]]:
        """The catalogue's pages, from the start (None) or from a position.

        Raises:
            PositionLost: The listing cannot be continued there.
        """

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[Any]]:
        """The statistics' pages; like `courses`."""


@dataclass(frozen=True)
class Provider:
    """A provider's steps: its settings, how it is read, and how its objects are mapped.

    Attributes:
        name: As in `interfaces.md`, such as `go1`.
        display_name: What learners see.
        settings: The model of an integration's secret.
        api: Makes the reader from an integration's and its platform's settings.
        to_course: Judges a raw course; its second argument is the reader's `site()`.
        to_statistic: Judges a raw statistic.
        archives: Whether the source says that courses are ever archived.
        repeats_courses: Whether a course may come several times without others being passed over.
        overlap_hours: How far the watermark stays behind a run's start: how late the provider's
            reports may show an activity, and then some.
    """

    name: str
    display_name: str
    settings: type[IntegrationSettings]
    api: Callable[[Any, PlatformSettings, TimeBudget], Api]
    to_course: Callable[[Any, Any], CourseJudgement]
    to_statistic: Callable[[Any], StatisticJudgement]
    archives: bool = True
    repeats_courses: bool = False
    overlap_hours: int = 24

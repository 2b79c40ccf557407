"""What a provider is to the runs, which know none of them by name."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from content_sync.domain.course import CourseJudgement
from content_sync.domain.statistic import StatisticJudgement
from content_sync.fields import Raw
from content_sync.providers.schedule import Schedule
from content_sync.request import Kind
from content_sync.settings import IntegrationSettings, PlatformSettings
from content_sync.web.timebudget import TimeBudget

Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A piece of a listing.

    Attributes:
        items: The provider's own objects.
        position: Anything JSON with which the listing can be continued after this page; None after
            the last one.
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


class ProviderApi(Protocol):
    """How a provider is read. Every method may raise the errors of `HttpClient.send`."""

    def log_in(self) -> str | None:
        """Try the credentials; return what is lost though they are accepted, if something is."""

    def check_permissions(self) -> None:
        """Try what the credentials permit, by real calls."""

    def courses(self, position: Any) -> Iterator[Page[Raw]]:
        """Read the catalogue's pages, from the start (None) or after a page's position.

        Raises:
            PositionLost: The listing cannot be continued there.
        """

    def statistics(self, query: StatisticsQuery, position: Any) -> Iterator[Page[Raw]]:
        """Read the statistics' pages; like `courses`."""


@runtime_checkable
class Remembering(Protocol):
    """A reader that found out something about its account which is kept with the integration."""

    def recall(self, notes: Any) -> None:
        """Take up what an earlier run noted, as JSON."""

    def notes(self) -> Any:
        """Return what is to be noted now; nothing where there is nothing."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What START at 360Learning makes of a course.

    Attributes:
        completes: Whether it completes the course there at once.
        progress: The progress that it gives the learner, in percent.
    """

    completes: bool
    progress: int


@dataclass(frozen=True)
class Provider:
    """A provider's record: its settings, how it is read, and how its objects are mapped.

    Attributes:
        name: Of its folder, its functions and its secrets, such as `go1`.
        display_name: What learners see.
        settings: The model of an integration's secret.
        api: Makes the reader from an integration's and its platform's settings.
        course: The model of a raw course.
        to_course: Judges one.
        statistic: The model of a raw statistic.
        to_statistic: Judges one.
        schedules: When its two functions fire; the template says the same, and is checked.
        launch: What START makes of its courses.
        archives: Whether courses that it no longer returns are ever archived.
        repeats_courses: Whether a course may come several times without others being passed over.
        overlap_hours: How far the watermark stays behind a run's start: how late the provider's
            reports may show an activity, and then some.
    """

    name: str
    display_name: str
    settings: type[IntegrationSettings]
    api: Callable[[Any, PlatformSettings, TimeBudget], ProviderApi]
    course: type[Raw]
    to_course: Callable[[Any], CourseJudgement]
    statistic: type[Raw]
    to_statistic: Callable[[Any], StatisticJudgement]
    schedules: Mapping[Kind, Schedule]
    # 360Learning's guides: completed at launch, so that nobody waits for the next statistics in a
    # path whose steps follow one another.
    launch: Launch = Launch(completes=True, progress=0)
    archives: bool = True
    repeats_courses: bool = False
    overlap_hours: int = 24

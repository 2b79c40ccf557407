"""What a provider is to the runs, which know none of them by name."""

import marshal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from content_sync.ahead import prefetched
from content_sync.domain.course import CourseJudgement, Invalid
from content_sync.domain.statistic import InvalidRow, Statistic, StatisticJudgement
from content_sync.fields import Raw
from content_sync.masking import holds_address, mask
from content_sync.providers.schedule import Schedule
from content_sync.request import Kind
from content_sync.settings import IntegrationSettings, PlatformSettings
from content_sync.web.timebudget import TimeBudget

# Longer ids would not fit into keys of the state table.
LONGEST_EXTERNAL_ID = 512
# Why something is invalid that no rule foresees.
UNREADABLE = "unreadable"

Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class UnreadLearner:
    """A learner of whom the provider answers something else than statistics.

    Attributes:
        mail: The address; blank where that is what could not be read.
        why: In words.
    """

    mail: str
    why: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A piece of a listing.

    Attributes:
        items: The provider's own objects.
        position: Anything JSON with which the listing can be continued after this page; None after
            the last one.
        doubt: Why the listing as a whole may lack something, once that shows.
        unread: The learners whose own statistics could not be read.
        sent: What the provider sent for it, as JSON; see `content`.
    """

    items: list[Row]
    position: Any
    doubt: str | None = None
    unread: Sequence[UnreadLearner] = ()
    sent: Any = field(default=(), repr=False)

    @property
    def content(self) -> int:
        """Return what tells it from pages with other rows, also where all that is mapped is alike.

        The same in one process only; 0 for a page without rows.
        """
        return hash(marshal.dumps(self.sent, 2)) if self.sent else 0


def read_ahead(pages: Iterator[Page[Any]], read: Callable[[Any], Row]) -> Iterator[Page[Row]]:
    """Yield pages with their rows read into something; the next page is under way meanwhile."""
    for page in prefetched(pages):
        yield replace(page, items=[read(row) for row in page.items])


@dataclass(frozen=True, slots=True)
class StatisticsQuery:
    """Which statistics are wanted.

    Attributes:
        since: Rows with activity from this instant on, in milliseconds; None for all. A provider
            that cannot filter by time returns all.
        courses: The external ids of the courses that were ever sent. Whoever asks for them, or for
            `open_courses`, may have to wait: a first page is asked for while they are read.
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
class Prepares(Protocol):
    """A reader that needs something before its first request that it can begin with: a token."""

    def prepare(self) -> None:
        """Begin with it; what it meets shows where it is needed, if not here."""


@runtime_checkable
class Settles(Protocol):
    """A reader whose login is used up by being used, and stored anew."""

    def settle(self) -> None:
        """Wait, for some seconds, until no exchange of it is under way, and begin no other."""


@runtime_checkable
class Remembering(Protocol):
    """A reader that found out something about its account which is kept with the integration."""

    def recall(self, notes: Any) -> None:
        """Take up what an earlier run noted, as JSON."""

    def notes(self) -> Any:
        """Return what is to be noted now; nothing where there is nothing."""


class FoundCourse(NamedTuple):
    """What a provider says of a course that was asked for by its external id.

    Attributes:
        raw: The course; None where the answer does not tell.
        listed: Whether it is in the listing that a catalogue run reads; None where only the listing
            tells.
    """

    raw: Raw | None
    listed: bool | None


@runtime_checkable
class AsksById(Protocol):
    """A reader whose API answers for one course."""

    def course(self, external_id: str) -> FoundCourse | None:
        """Return a course as it is now; None where the provider has none of this id."""


@runtime_checkable
class AsksByLearner(Protocol):
    """A reader whose API answers for one learner."""

    def statistics_of(self, mail: str, courses: Collection[str]) -> Sequence[Raw] | None:
        """Return a learner's statistics; None where the provider has no such learner.

        Args:
            mail: The address, in lower case.
            courses: The external ids of courses that the learner may not follow any more.
        """


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
        to_course: Judges one; it goes by `judge_course`.
        statistic: The model of a raw statistic.
        to_statistic: Judges one; it goes by `judge_statistic`.
        schedules: When its two functions fire; the template says the same, and is checked.
        launch: What START makes of its courses.
        archives: Whether courses that it no longer returns are ever archived.
        repeats_courses: Whether a course may come several times without others being passed over.
        course_key: Which field of a raw course holds its external id.
        row_key: Which field of a raw statistic holds its course's; `.` goes inside.
        mail_keys: Which fields of one that is left out may hold the learner's address.
        filters_by_time: Whether statistics can be asked for from an instant on, so that only the
            learners come who were active since.
        perishable: Which key of its secret holds a login that dies if it is not used, and after how
            many days; none where it is None, or the secret has no such key.
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
    course_key: str = "id"
    row_key: str = "id"
    mail_keys: tuple[str, ...] = ("email",)
    filters_by_time: bool = False
    perishable: tuple[str, int] | None = None
    overlap_hours: int = 24

    def judge_course(self, raw: Raw) -> CourseJudgement:
        """Judge a raw course; one that cannot be judged at all is invalid, and that is all."""
        try:
            judgement = self.to_course(raw)
        except Exception as error:  # noqa: BLE001 - it is one course's fault, not the run's
            name = _text_at(raw, self.course_key)
            return Invalid(name, UNREADABLE, _unreadable(f"course {name}", error))
        if len(judgement.externalId.encode(errors="replace")) > LONGEST_EXTERNAL_ID:
            begins = mask(judgement.externalId)[:50]
            message = f"the id of a course is longer than 512 bytes; it begins with {begins}"
            return Invalid("", "long_external_id", message)
        if holds_address(judgement.externalId):
            message = "the id of a course holds an e-mail address: nobody's is kept in the ledger"
            return Invalid("", "address_in_id", message)
        return judgement

    def course_of(self, row: Raw) -> str:
        """Return the external id of a raw statistic's course, or a blank text."""
        return _text_at(row, self.row_key)

    def is_of(self, row: Raw, mail: str) -> bool:
        """Tell whether a raw statistic is of the learner with this address, in lower case."""
        judgement = self.judge_statistic(row)
        if isinstance(judgement, Statistic):
            return judgement.learnerMail == mail
        return any(_text_at(row, key).strip().lower() == mail for key in self.mail_keys)

    def judge_statistic(self, raw: Raw) -> StatisticJudgement:
        """Judge a raw statistic, as `judge_course` does."""
        try:
            return self.to_statistic(raw)
        except Exception as error:  # noqa: BLE001
            course = self.course_of(raw)
            message = _unreadable(f"a statistic on course {course}", error)
            return InvalidRow(course, UNREADABLE, message)


def _text_at(raw: Any, key: str) -> str:
    """Return what stands under a key, or a blank text."""
    for name in key.split("."):
        raw = getattr(raw, name, None)
    return str(raw or "")


def _unreadable(what: str, error: Exception) -> str:
    return f"{what} could not be read ({type(error).__name__}): an engineer should look"

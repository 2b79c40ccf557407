"""What the phases of a catalogue run share: the ledger, and what the run found out so far."""

from dataclasses import dataclass
from typing import NamedTuple

from content_sync.domain.brake import STRIKES_APART_MILLISECONDS, Findings
from content_sync.report import Report
from content_sync.state.courses import ACTIVE, CourseEntry, course_ledger
from content_sync.state.cursors import CatalogCursor
from content_sync.state.ledger import Ledger
from content_sync.state.runs import left_archived
from content_sync.sync.journal import GrowingList, GrowingSet, Journal
from content_sync.sync.run import Run


class SeenCourse(NamedTuple):
    """A course that the provider returned."""

    external_id: str
    withdrawn: bool


class WantedTags(NamedTuple):
    """The tags that a course should have."""

    external_id: str
    names: list[str]


class Seen:
    """The courses that came in this run.

    A listing that is read from its start again brings what came already: whether it repeats itself
    is judged by its latest reading alone.
    """

    def __init__(self, courses: GrowingList[SeenCourse]) -> None:
        self._list = courses
        self.ids = {course.external_id for course in courses}
        self.withdrawn = {course.external_id for course in courses if course.withdrawn}
        self._reading = set(self.ids)

    def first_sight(self, external_id: str, *, withdrawn: bool) -> bool:
        """Note a course; tell whether it comes for the first time in this run."""
        self._reading.add(external_id)
        if external_id in self.ids:
            return False
        self.ids.add(external_id)
        if withdrawn:
            self.withdrawn.add(external_id)
        self._list.append(SeenCourse(external_id, withdrawn))
        return True

    def repeats(self, external_id: str) -> bool:
        """Tell whether a course came earlier in this reading."""
        return external_id in self._reading

    def start_over(self) -> None:
        """Note that the listing is read from its start again."""
        self._reading = set()


class Unchanged:
    """Courses whose item stayed as it was, and which are counted again if anything else differs.

    Args:
        journal: The run's.
        kept: Whether anything else than the item is compared at all.
    """

    def __init__(self, journal: Journal[CatalogCursor], *, kept: bool) -> None:
        self._report: Report = journal.report
        self._kept = kept
        self._unchanged = journal.growing_set("unchanged")
        self._recounted = journal.growing_set("recounted")

    def count(self, external_id: str) -> None:
        """Count a course as unchanged."""
        self._report.count("unchanged")
        if self._kept:
            self._unchanged.add(external_id)

    def recount(self, external_id: str, heading: str) -> None:
        """Count a course under another heading instead, once."""
        if external_id in self._unchanged and external_id not in self._recounted:
            self._recounted.add(external_id)
            self._report.count("unchanged", -1)
            self._report.count(heading)


@dataclass(frozen=True)
class Books:
    """What the phases of a catalogue run share.

    Attributes:
        ledger: Which courses were sent, by external id.
        seen: Which came in this run.
        unchanged: Which of them stayed as they were.
        wanted_tags: Which tags they should have; empty where tags are left alone.
        archive_failed: Which could not be archived in this run.
        share_failed: Course and group of which one could not be put into, or out of, the other.
        left_archived: The 360Learning ids of courses that a lost ledger left archived there.
    """

    ledger: Ledger[CourseEntry]
    seen: Seen
    unchanged: Unchanged
    wanted_tags: GrowingList[WantedTags]
    archive_failed: GrowingSet
    share_failed: GrowingSet
    left_archived: set[str]

    def active(self) -> int:
        """Return how many courses stand at 360Learning, as far as we know."""
        return sum(entry.state == ACTIVE for _, entry in self.ledger.items())

    def findings(self, run: Run[CatalogCursor]) -> Findings:
        """Return what the crawl brought."""
        listing = run.journal.cursor.listing
        return Findings(
            seen=self.seen.ids,
            withdrawn=self.seen.withdrawn,
            doubts=listing.doubts,
            duplicates=0 if run.parties.provider.repeats_courses else listing.duplicates,
            missed_before=self._missed_before(run.journal.report.started_at),
        )

    def _missed_before(self, started_at: int) -> set[str]:
        """Return the courses that another run missed, an hour before this one began or earlier."""
        latest = started_at - STRIKES_APART_MILLISECONDS
        return {
            external_id
            for external_id, entry in self.ledger.items()
            if entry.missed_at is not None and entry.missed_at <= latest
        }


def open_books(run: Run[CatalogCursor]) -> Books:
    """Read the ledger, and what earlier invocations of the run found out."""
    journal, settings = run.journal, run.parties.settings
    ledger = journal.keep(course_ledger(run.parties.table, run.parties.pk))
    compared = shares_groups(run, ledger) or settings.syncs_tags
    books = Books(
        ledger=ledger,
        seen=Seen(journal.growing_list("seen", SeenCourse)),
        unchanged=Unchanged(journal, kept=compared),
        wanted_tags=journal.growing_list("wanted_tags", WantedTags),
        archive_failed=journal.growing_set("archive_failed"),
        share_failed=journal.growing_set("share_failed"),
        left_archived=left_archived(run.parties.table, run.parties.pk),
    )
    if journal.cursor.active_before is None:
        journal.cursor.active_before = books.active()
    return books


def shares_groups(run: Run[CatalogCursor], ledger: Ledger[CourseEntry]) -> bool:
    """Tell whether courses stand in further groups, or should, or did until the list changed."""
    return bool(run.parties.settings.extra_group_ids) or any(
        entry.groups for _, entry in ledger.items()
    )

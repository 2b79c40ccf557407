"""What the phases of a statistics run share: the ledgers, the rows that wait, the rows read."""

from dataclasses import dataclass

from content_sync.domain.statistic import Statistic
from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.ledger import Ledger
from content_sync.state.parked import ParkedRows
from content_sync.state.statistics import Attempts, ledger_key, statistics_ledger
from content_sync.sync.journal import GrowingList, GrowingSet
from content_sync.sync.run import Run

# A learner's address and a course's external id.
Pair = tuple[str, str]


def pair_of(statistic: Statistic) -> Pair:
    """Return whose statistic it is, and on what."""
    return statistic.learnerMail, statistic.externalCourseId


@dataclass(frozen=True)
class Books:
    """What the phases of a statistics run share.

    Attributes:
        pk: The integration's partition, which is part of the ledger's keys.
        courses: Which courses were ever sent.
        ledger: Which attempts were sent.
        parked: Which attempts wait because they could not be.
        rows: What was read in this run.
        resent: Which unchanged attempts this run has sent again already.
    """

    pk: str
    courses: Ledger[CourseEntry]
    ledger: Ledger[Attempts]
    parked: ParkedRows
    rows: GrowingList[Statistic]
    resent: GrowingSet

    def key_of(self, pair: Pair) -> str:
        """Return a pair's key in the ledger; no address stands in it."""
        return ledger_key(self.pk, *pair)


def open_books(run: Run[StatisticsCursor]) -> Books:
    """Read the ledgers, and what earlier invocations of the run read."""
    table, pk, journal = run.parties.table, run.parties.pk, run.journal
    return Books(
        pk=pk,
        courses=course_ledger(table, pk),
        ledger=journal.keep(statistics_ledger(table, pk)),
        parked=journal.keep(ParkedRows(table, pk)),
        rows=journal.growing_list("rows", Statistic),
        resent=journal.growing_set("resent"),
    )

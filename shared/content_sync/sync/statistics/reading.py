"""Reading the whole window: rows of one attempt may stand on pages far apart."""

from collections.abc import Callable

from content_sync.domain.statistic import IgnoredRow, InvalidRow, Statistic, StatisticJudgement
from content_sync.parties import Parties
from content_sync.providers.base import StatisticsQuery
from content_sync.report import Report
from content_sync.request import SyncRequest
from content_sync.state.cursors import StatisticsCursor, Window
from content_sync.state.runs import COURSES_GAINED, WATERMARK, WHOLE_READ, read_mark
from content_sync.state.statistics import learner_hash
from content_sync.sync.listing import Listing
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books


def read_window(run: Run[StatisticsCursor], books: Books) -> None:
    """Read the learners' statistics to their end, from where the run stands."""
    parties, cursor = run.parties, run.journal.cursor
    if cursor.window is None:
        cursor.window = Window(since=_since(parties, run.request))
    query = StatisticsQuery(
        cursor.window.since, [name for name, _ in books.courses.items()], _open_courses(books)
    )
    listing = Listing(cursor.listing, run.journal)
    for page in listing.pages(lambda position: parties.api.statistics(query, position)):
        for raw in page.items:
            _take(parties.provider.to_statistic(raw), books, run.journal.report)
        listing.turn(page)
        run.journal.checkpoint()
    if cursor.listing.doubts and not cursor.counted:
        doubts = "; ".join(cursor.listing.doubts)
        run.journal.report.problem("", "incomplete_crawl", doubts, undone=True)


def _take(judgement: StatisticJudgement, books: Books, report: Report) -> None:
    """Keep a row for merging, or count it."""
    match judgement:
        case Statistic():
            books.rows.append(judgement)
        case IgnoredRow(reason):
            report.count("read")
            report.left_out(reason)
        case InvalidRow(course, reason, message):
            report.count("read")
            report.count("invalid")
            report.problem(course, reason, message)


def _since(parties: Parties, request: SyncRequest) -> int | None:
    """Return from when on to read; None for everything, also after the catalogue gained courses."""
    if request.is_backfill:
        return request.since
    table, pk = parties.table, parties.pk
    whole = read_mark(table, pk, WHOLE_READ)
    gained = read_mark(table, pk, COURSES_GAINED)
    if request.full or whole is None or (gained is not None and gained >= whole):
        return None
    return read_mark(table, pk, WATERMARK)


def _open_courses(books: Books) -> Callable[[str], list[str]]:
    """Return which courses a learner has open, as far as was sent, by the learner's address."""
    by_learner: dict[str, list[str]] = {}
    for key, attempts in books.ledger.items():
        learner, _, course = key.partition(":")
        if not attempts[-1].completed:
            by_learner.setdefault(learner, []).append(course)
    return lambda mail: by_learner.get(learner_hash(books.pk, mail), [])

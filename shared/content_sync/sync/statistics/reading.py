"""Reading the whole window: rows of one attempt may stand on pages far apart."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from content_sync.domain.attempts import covering
from content_sync.domain.statistic import IgnoredRow, InvalidRow, Statistic, StatisticJudgement
from content_sync.fields import Raw
from content_sync.parties import Parties
from content_sync.providers.base import UNREADABLE, Page, StatisticsQuery, UnreadLearner
from content_sync.report import Report
from content_sync.request import SyncRequest
from content_sync.state.cursors import StatisticsCursor, Window
from content_sync.state.learner import Learner, parked_key
from content_sync.state.runs import COURSES_GAINED, WATERMARK, WHOLE_READ, read_mark
from content_sync.state.table import Write
from content_sync.sync.listing import Listing
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books
from content_sync.sync.statistics.due import in_window

# A little less than a week: the schedule decides on which day.
WHOLE_EVERY_MILLISECONDS = (7 * 24 - 12) * 3_600_000
# So many rows that came again as they wait may be saved often.
FEW = 50


def choose_window(run: Run[StatisticsCursor]) -> Window:
    """Return from when on is read: the same in every invocation of a run."""
    cursor = run.journal.cursor
    if cursor.window is None:
        started_at = run.journal.report.started_at
        cursor.window = Window(since=_since(run.parties, run.request, started_at))
    return cursor.window


def few_come(run: Run[StatisticsCursor]) -> bool:
    """Tell whether only learners come who were active since the last run."""
    filtered = choose_window(run).since is not None and run.parties.provider.filters_by_time
    return filtered and not (run.request.full or run.request.is_backfill)


class _Courses(Collection[str]):
    """The courses that were ever sent, for whoever asks; they are waited for until they are known.

    Args:
        books: Returns the books as soon as they are open.
    """

    def __init__(self, books: Callable[[], Books]) -> None:
        self._books = books

    def __contains__(self, course: object) -> bool:
        return isinstance(course, str) and course in self._books().courses

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._books().courses.items())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Reading:
    """The reading of a run's window: within it, the first page is on its way.

    Args:
        run: The run.
    """

    def __init__(self, run: Run[StatisticsCursor]) -> None:
        self._run = run
        self._listing = Listing(run.journal.cursor.listing, run)
        self._books: Future[Books] = Future()
        self._query = StatisticsQuery(
            choose_window(run).since, _Courses(self._books.result), self._open_courses
        )

    def __enter__(self) -> "Reading":
        self._listing.begin(self._pages)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        # Else whoever waits for the books would do so for ever.
        if error is not None and not self._books.done():
            self._books.set_exception(error)

    def to_its_end(self, books: Books) -> None:
        """Read the learners' statistics to their end, from where the run stands.

        Args:
            books: The run's; what was left in flight is in them.
        """
        self._books.set_result(books)
        cursor = self._run.journal.cursor
        if not cursor.listing.ended:
            _take_in(self._run, books, self._listing, self._pages)
        if cursor.listing.doubts and not cursor.counted:
            doubts = "; ".join(cursor.listing.doubts)
            self._run.journal.report.problem("", "incomplete_crawl", doubts, undone=True)

    def _pages(self, position: Any) -> Iterator[Page[Raw]]:
        return self._run.parties.api.statistics(self._query, position)

    def _open_courses(self, mail: str) -> list[str]:
        """Return which courses a learner has open, as far as was sent."""
        learners = self._books.result().learners
        return learners.get(learners.hash_of(mail)).open_courses()


def _take_in(
    run: Run[StatisticsCursor],
    books: Books,
    listing: Listing,
    read: Callable[[Any], Iterator[Page[Raw]]],
) -> None:
    intake, parties = Intake(run, books), run.parties
    unread = run.journal.growing_set("unread")
    for page in listing.pages(read):
        judgements = [parties.provider.judge_statistic(raw) for raw in page.items]
        _note_unread(listing, judgements)
        for learner in page.unread:
            listing.doubt("some learners' statistics could not be read")
            key = intake.digest(learner)
            if key not in unread:
                unread.add(key)
                message = f"{learner.why}; this learner's statistics are left for the next run"
                report = run.journal.report
                report.problem("", "learner_unreadable", message, learner=learner.mail)
        intake.take(judgements)
        listing.turn(page)
        run.journal.checkpoint()


def _note_unread(listing: Listing, judgements: Sequence[StatisticJudgement]) -> None:
    """Let the watermark wait where not even the course of a row could be read."""
    if any(
        isinstance(one, InvalidRow) and (one.externalCourseId, one.reason) == ("", UNREADABLE)
        for one in judgements
    ):
        listing.doubt("a statistic could not be read, not even its course")


class Intake:
    """Takes rows in: counts those that need nothing more, and spools the others.

    A row that adds nothing to what was sent, one that waits as it is, and one on a course that was
    never sent, is not kept: a run in which nothing changed keeps, and writes, nothing.

    Args:
        run: The run.
        books: Its books.
    """

    def __init__(self, run: Run[StatisticsCursor], books: Books) -> None:
        self._journal = run.journal
        self._report = run.journal.report
        self._request = run.request
        self._books = books
        self._seen = books.seen
        # What is sent again, or filtered by its last activity, is judged when all rows are there.
        self._compares = not (run.request.full or run.request.is_backfill or books.learners.empty)
        run.journal.on_leaving(self.save)

    def digest(self, learner: UnreadLearner) -> str:
        """Return what tells a learner who could not be read from others, but not who it is."""
        return self._books.learners.hash_of(f"{learner.mail}\n{learner.why}")

    def take(self, judgements: Sequence[Statistic | IgnoredRow | InvalidRow]) -> None:
        """Take in the rows of a page: nothing of it is counted before its learners are there."""
        rows: dict[str, list[Statistic]] = {}
        for judgement in judgements:
            if isinstance(judgement, Statistic):
                hash_ = self._books.learners.hash_of(judgement.learnerMail)
                rows.setdefault(hash_, []).append(judgement)
        if self._compares:
            self._books.learners.fetch(rows)
        for judgement in judgements:
            match judgement:
                case IgnoredRow(reason):
                    self._report.count("read")
                    self._report.left_out(reason)
                case InvalidRow(course, reason, message):
                    self._report.count("read")
                    self._report.invalid(course, reason, message)
        self._books.spool.add(
            (hash_, row)
            for hash_, of_learner in rows.items()
            for row in self._kept(hash_, of_learner)
        )

    def _kept(self, hash_: str, rows: list[Statistic]) -> list[Statistic]:
        learner = self._books.learners.get(hash_) if self._compares else None
        return [
            row
            for row in rows
            if not self._of_unknown_course(hash_, row)
            if learner is None or not self._is_covered(learner, row)
        ]

    def _of_unknown_course(self, hash_: str, row: Statistic) -> bool:
        if row.externalCourseId in self._books.courses:
            return False
        if in_window(row, self._request):
            more = self._books.spool.count_unknown(hash_, row)
            self._report.count("read", more)
            self._report.left_out(
                "unknown_course",
                row.externalCourseId,
                heading="unknown_course",
                number=more,
                learner=row.learnerMail,
            )
        return True

    def _is_covered(self, learner: Learner, row: Statistic) -> bool:
        """Tell whether a row adds nothing; the attempt that it is of is then counted, once."""
        course = row.externalCourseId
        if course in learner.courses_waiting():
            return self._waits_as_it_is(learner, row)
        place = covering(row, learner.sent(course, row.learnerMail))
        if place is None:
            return False
        number = learner.number_of(course, place)
        if number is not None and self._seen.add(number):
            self._report.count("read")
            self._report.count("unchanged")
        return True

    def _waits_as_it_is(self, learner: Learner, row: Statistic) -> bool:
        """Tell whether 360Learning refused just this; it is then counted as refused, for now."""
        key = parked_key(row)
        parked = learner.waiting().get(row.externalCourseId, {}).get(key)
        if parked is None or parked.state != "refused" or parked.statistic != row:
            return False
        if self._books.note_came(learner.hash, key):
            self._report.count("read")
            self._report.count("parked")
        return True

    def save(self, leaving: bool) -> Sequence[Write]:
        """Return what keeps, for the next invocation, which attempts were counted.

        Of a large ledger that is kept only where the run stops: a bit for each attempt at every
        save would be more than all else that a run writes in which nothing changed.
        """
        cursor = self._journal.cursor
        came = self._books.all_came()
        small = self._seen.small and len(came) <= FEW
        if not self._compares or not (leaving or small):
            return ()
        writes = self._journal.attachment("seen", {"sent": self._seen.dump(), "came": came})
        cursor.seen = len(writes)
        return writes


def put_back(
    report: Report,
    books: Books,
    learner: Learner,
    rows: dict[str, list[Statistic]],
    came: set[str],
) -> set[str]:
    """Let what was sent or waits stand for rows that were not kept, where others of a pair were.

    They were counted when they were read, and are counted again with what they are compared to.

    Args:
        report: The run's.
        books: Its books.
        learner: Whose rows.
        rows: What was kept, by course; what stands for others is added.
        came: The keys of rows that wait and came again.

    Returns:
        Those of them that stay counted as they were.
    """
    waiting = learner.waiting()
    for course, kept in rows.items():
        sent = [
            one.attempt
            for place, one in enumerate(learner.sent(course, kept[0].learnerMail))
            if learner.number_of(course, place) in books.seen
        ]
        refused = {key for key in waiting.get(course, ()) if key in came}
        came = came - refused
        for heading, found in (
            ("unchanged", sent),
            ("parked", [waiting[course][key].statistic for key in sorted(refused)]),
        ):
            if found:
                report.count("read", -len(found))
                report.count(heading, -len(found))
                books.spool.add((learner.hash, row) for row in found)
                kept += found
    return came


def _since(parties: Parties, request: SyncRequest, started_at: int) -> int | None:
    """Return from when on to read; None for everything.

    Everything is read after the catalogue gained courses, and once a week: should a provider's
    filter by time not mean what we take it to mean, a week is what can be missing.
    """
    if request.is_backfill:
        return request.since
    table, pk = parties.table, parties.pk
    whole = read_mark(table, pk, WHOLE_READ)
    gained = read_mark(table, pk, COURSES_GAINED)
    if request.full or whole is None or (gained is not None and gained >= whole):
        return None
    if whole <= started_at - WHOLE_EVERY_MILLISECONDS:
        return None
    return read_mark(table, pk, WATERMARK)

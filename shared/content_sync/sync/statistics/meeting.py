"""What stands at 360Learning: learners' attempts, read before each operation and after it.

Decisions are taken from whole answers only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from content_sync.batches import by_weight, in_batches
from content_sync.domain.standing import Standing
from content_sync.errors import ContentSyncError, Denied, NotFound, Refused, UnexpectedAnswer
from content_sync.fields.reading import to_text
from content_sync.learning360.api import (
    MOST_IN_A_FILTER,
    PAGE_SIZE,
    PARALLEL_READS,
)
from content_sync.learning360.items import Item, standing_of
from content_sync.settings import OBJECT_ID
from content_sync.state.cursors import StatisticsCursor
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books
from content_sync.sync.statistics.directory import Directory

# So many lists of attempts that cannot be read, and no more are asked for.
MOST_UNREADABLE = 3
# A list by course with more rows than these, and so many times what was expected, is not read on:
# others than we know of did these courses, and the learners are asked about instead.
LONG_ROWS = 5000
LONG_TIMES = 3


class Pair(NamedTuple):
    """A learner, by the hash of the address, and a course's external id."""

    hash: str
    course: str


@dataclass(frozen=True)
class View:
    """What was seen of some pairs.

    Attributes:
        standing: The attempts of each pair that could be read.
        unreadable: The pairs of which the answer was not whole: no decision may be taken.
    """

    standing: dict[Pair, list[Standing]]
    unreadable: set[Pair]


class _Question(NamedTuple):
    """One list of attempts that is asked for."""

    course_ids: Sequence[str]
    user_ids: Sequence[str]
    pairs: Sequence[Pair]
    # How many attempts to expect; 0 where it cannot be many.
    most_rows: int = 0


class _TooLong:
    """A list turned out to be much longer than expected."""


class _Seen(NamedTuple):
    """What one list showed of the pairs that are wanted."""

    attempts: list[tuple[Pair, Standing]]
    doubted: set[Pair]


class _Wanted(NamedTuple):
    """Of which pairs attempts are wanted.

    Attributes:
        courses: The courses of each learner: both by their 360Learning ids, the courses with their
            external ids.
        hashes: The learners' hashes.
    """

    courses: dict[str, dict[str, str]]
    hashes: dict[str, str]

    def of_learners(self, user_ids: Sequence[str]) -> _Question:
        """Return the question about all that is wanted of some learners."""
        courses = list(dict.fromkeys(one for user in user_ids for one in self.courses[user]))
        narrowed = courses if len(courses) <= MOST_IN_A_FILTER else []
        pairs = [Pair(self.hashes[u], name) for u in user_ids for name in self.courses[u].values()]
        return _Question(narrowed, user_ids, pairs)

    def sort_in(self, seen: _Seen, row: Item) -> None:
        """Keep of a row what is wanted, and whom it puts in doubt if it cannot be read."""
        user_id, course_id = to_text(row.get("userId")), to_text(row.get("courseId"))
        if user_id is None or course_id is None:
            # It may be anybody's.
            seen.doubted.update(
                Pair(self.hashes[user], name)
                for user, courses in self.courses.items()
                for course, name in courses.items()
                if user_id in (None, user) and course_id in (None, course)
            )
            return
        name = self.courses.get(user_id, {}).get(course_id)
        if name is None:
            return
        pair = Pair(self.hashes[user_id], name)
        attempt = standing_of(row)
        if attempt is None:
            seen.doubted.add(pair)
        else:
            seen.attempts.append((pair, attempt))


class Meeting:
    """Reads what stands at 360Learning.

    Args:
        run: The run.
        books: Its books.

    Attributes:
        directory: Who the learners are there.
        scopes: Whether it may be read.
    """

    def __init__(self, run: Run[StatisticsCursor], books: Books) -> None:
        self.directory = Directory(run, books)
        self.scopes = self.directory.scopes
        self._platform = run.parties.platform
        self._integration_id = run.parties.integration_id
        self._journal = run.journal
        self._books = books
        self._course_ids: dict[str, str | None] = {}
        self._unreadable = 0

    def see(self, pairs: Iterable[Pair], *, just_sent: bool = False) -> View:
        """Read the attempts of some pairs; of a pair in neither part of the view nothing is known.

        Args:
            pairs: Of learners and courses, each once.
            just_sent: Whether each has got an attempt more than was recorded.
        """
        view = View({}, set())
        wanted = _Wanted({}, {})
        for pair in pairs:
            user, course_id = self.directory.known_as(pair.hash), self._course_id(pair.course)
            if not user.one or course_id is None:
                continue
            if wanted.hashes.setdefault(user.user_id, pair.hash) == pair.hash:
                wanted.courses.setdefault(user.user_id, {})[course_id] = pair.course
        with self._journal.unit(), ThreadPoolExecutor(PARALLEL_READS) as pool:
            long = list(self._answers(pool, view, wanted, self._questions(wanted, just_sent)))
            # Each of these is about at most 20 courses, so that by learner it is about no more.
            again = (one for question in long for one in self._by_learner(wanted, question))
            for question in self._answers(pool, view, wanted, again):
                view.unreadable.update(question.pairs)
        return view

    def _answers(
        self,
        pool: ThreadPoolExecutor,
        view: View,
        wanted: _Wanted,
        questions: Iterable[_Question],
    ) -> Iterator[_Question]:
        """Ask, and put the answers into a view; yield what turned out to be much longer."""
        for some in in_batches(questions, 2 * PARALLEL_READS):
            answers = pool.map(lambda question: self._ask(question, wanted), some)
            for question, answer in zip(some, answers, strict=True):
                if isinstance(answer, _TooLong):
                    for course in {pair.course for pair in question.pairs}:
                        self._books.learners.count(course, LONG_ROWS)
                    yield question
                else:
                    self._put(view, question, answer)

    def _questions(self, wanted: _Wanted, just_sent: bool) -> Iterator[_Question]:
        """Ask by learner or by course, whichever takes fewer calls."""
        by_course: dict[str, list[str]] = {}
        names: dict[str, str] = {}
        for user_id, courses in wanted.courses.items():
            names |= courses
            for course_id in courses:
                by_course.setdefault(course_id, []).append(user_id)
        sent = self._books.learners.attempts_on
        rows = {
            one: sent(names[one]) + (len(users) if just_sent else 0)
            for one, users in by_course.items()
        }
        of_learners = sum(map(len, wanted.courses.values())) if just_sent else 0
        calls_by_learner = _calls(len(wanted.courses), of_learners)
        if calls_by_learner <= _calls(len(by_course), sum(rows.values())):
            expected = ((user, len(courses)) for user, courses in wanted.courses.items())
            wide, narrow = list(_filled(expected)), list(_narrow(wanted.courses))
            # Learners have attempts on other courses, too: pages more, for questions less.
            for user_ids in narrow if len(narrow) <= 2 * len(wide) else wide:
                yield wanted.of_learners(user_ids)
            return
        for course_ids in _filled(rows.items()):
            pairs = [
                Pair(wanted.hashes[user], names[one])
                for one in course_ids
                for user in by_course[one]
            ]
            users = list(dict.fromkeys(user for one in course_ids for user in by_course[one]))
            narrowed = users if len(users) <= MOST_IN_A_FILTER else []
            most = max(sum(rows[one] for one in course_ids), 1)
            yield _Question(course_ids, narrowed, pairs, most_rows=most)

    def _by_learner(self, wanted: _Wanted, question: _Question) -> Iterator[_Question]:
        """Ask a question about courses once more, learner by learner."""
        hashes = {pair.hash for pair in question.pairs}
        users = [user for user, hash_ in wanted.hashes.items() if hash_ in hashes]
        for user_ids in in_batches(users, MOST_IN_A_FILTER):
            asked = {wanted.hashes[user] for user in user_ids}
            pairs = [pair for pair in question.pairs if pair.hash in asked]
            yield _Question(question.course_ids, user_ids, pairs)

    def _ask(
        self, question: _Question, wanted: _Wanted
    ) -> _Seen | _TooLong | ContentSyncError | None:
        """Return what was seen, why it could not be, or None where nothing is asked any more.

        Several threads are here at once: nothing is noted, and of the rows only what is wanted is
        kept, since a platform may have many more.
        """
        if self._unreadable >= MOST_UNREADABLE or not self.scopes.granted:
            return None
        most = LONG_ROWS + LONG_TIMES * question.most_rows if question.most_rows else None
        seen = _Seen([], set())
        try:
            rows = self._platform.attempts(question.course_ids, question.user_ids)
            for number, row in enumerate(rows):
                if most is not None and number > most:
                    return _TooLong()
                wanted.sort_in(seen, row)
        except (Denied, UnexpectedAnswer, Refused) as error:
            return error
        return seen

    def _put(
        self, view: View, question: _Question, answer: _Seen | ContentSyncError | None
    ) -> None:
        """Put what was seen into a view, or note why it could not be."""
        if isinstance(answer, Denied):
            self.scopes.deny("courseStats:read")
        elif isinstance(answer, ContentSyncError):
            self._unreadable += 1
        if not isinstance(answer, _Seen):
            if self.scopes.granted:
                view.unreadable.update(question.pairs)
            return
        for pair in question.pairs:
            view.standing[pair] = []
        for pair, attempt in answer.attempts:
            if pair in view.standing:
                view.standing[pair].append(attempt)
        for pair in set(question.pairs) & answer.doubted:
            view.unreadable.add(pair)
            del view.standing[pair]

    def _course_id(self, course: str) -> str | None:
        """Return a course's 360Learning id: from the ledger, or else asked for."""
        if course not in self._course_ids:
            entry = self._books.courses.get(course)
            course_id: str | None = entry.course_id if entry is not None else ""
            if course_id is None or not OBJECT_ID.fullmatch(course_id):
                course_id = self._asked_course_id(course)
            self._course_ids[course] = course_id
        return self._course_ids[course]

    def _asked_course_id(self, course: str) -> str | None:
        try:
            held = self._platform.external_course(self._integration_id, course)
        except Denied:
            self.scopes.deny("integrations:read")
            return None
        except (NotFound, Refused):
            return None
        course_id = to_text(held.get("courseId"))
        return course_id if course_id and OBJECT_ID.fullmatch(course_id) else None


def _calls(ids: int, rows: int) -> int:
    return -(-ids // MOST_IN_A_FILTER) + rows // PAGE_SIZE


def _narrow(courses: Mapping[str, Mapping[str, str]]) -> Iterator[list[str]]:
    """Yield learners, as many at a time as both they and their courses fit into a filter."""
    users: list[str] = []
    together: set[str] = set()
    for user, own in courses.items():
        more = together | own.keys()
        if users and max(len(users) + 1, len(more)) > MOST_IN_A_FILTER:
            yield users
            users, more = [], set(own)
        users, together = [*users, user], more
    if users:
        yield users


def _filled(expected: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield ids, each given with the rows to expect, as many at a time as fill a page at most."""
    return by_weight(expected, most=MOST_IN_A_FILTER, heaviest=PAGE_SIZE - 1)

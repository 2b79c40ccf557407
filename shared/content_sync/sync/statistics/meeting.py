"""What stands at 360Learning: the learners' ids, and their attempts on the courses that are due.

Decisions are taken from whole answers only. Learners are asked for before anything is sent, since a
large organization is sooner listed than looked up; attempts, just before each operation and once
more after it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from content_sync.domain.standing import Standing
from content_sync.errors import ContentSyncError, Denied, NotFound, Refused, UnexpectedAnswer
from content_sync.fields.instants import to_milliseconds
from content_sync.fields.reading import to_text
from content_sync.learning360.api import (
    MOST_IN_A_FILTER,
    OBJECT_ID,
    PAGE_SIZE,
    PARALLEL_READS,
)
from content_sync.learning360.items import Item
from content_sync.state.cursors import StatisticsCursor
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books

# So many lists of attempts that cannot be read, and no more are asked for.
MOST_UNREADABLE = 3
# Few learners are looked up, many are listed.
MOST_LOOKUPS = 5
MOST_BYTES_IN_A_FILTER = 4000

UNVERIFIED = (
    "what stands at 360Learning could not be read ({scope}): statistics are sent all the same, but "
    "progress may stay hidden behind a START, and nothing is confirmed; grant the scopes "
    "courseStats:read and users:read, then run once with full"
)


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


class Meeting:
    """Reads what stands at 360Learning.

    Args:
        run: The run.
        books: Its books.
    """

    def __init__(self, run: Run[StatisticsCursor], books: Books) -> None:
        self._platform = run.parties.platform
        self._integration_id = run.parties.integration_id
        self._journal = run.journal
        self._report = run.journal.report
        self._books = books
        self._course_ids: dict[str, str | None] = {}
        self._unreadable = 0
        self._listed = False

    @property
    def possible(self) -> bool:
        """Tell whether the scopes are there, as far as is known."""
        return not self._report.reasons.get("unverified")

    # Learners

    def know(self, learners: Iterable[tuple[str, str]]) -> None:
        """Find the 360Learning ids of learners, given as hashes and addresses."""
        books = self._books
        books.note_learners(learners)
        lookups = -(-books.count_unknown() // MOST_IN_A_FILTER)
        if lookups and self.possible:
            self._guarded(lambda: self._find(lookups))
            books.note_looked()
        ambiguous = books.count_ambiguous()
        if ambiguous and "ambiguous_learners" not in self._report.reasons:
            self._report.problem(
                "",
                "ambiguous_learners",
                f"{ambiguous} learners' addresses belong to several users of the platform each: "
                "what stands there of them cannot be told apart, so remove one of the users",
            )

    def look_everywhere(self, hashes: Iterable[str]) -> None:
        """Look once more for learners whom 360Learning knows and did not find by their address."""
        if self._listed or not self.possible:
            return
        if any(not self._books.known_as(hash_).user_id for hash_ in hashes):
            self._guarded(lambda: self._list_users(None))

    def _find(self, lookups: int) -> None:
        if lookups <= MOST_LOOKUPS or not self._list_users(lookups):
            self._look_up_users()

    def _list_users(self, most_pages: int | None) -> bool:
        """List users; tell whether the list came to its end in so many pages."""
        for number, user in enumerate(self._platform.users()):
            if most_pages is not None and number >= most_pages * PAGE_SIZE:
                return False
            self._take_user(user)
        self._listed = True
        return True

    def _look_up_users(self) -> None:
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            for mails in _batched(_filters(self._books.mails_of_unknown_learners()), 64):
                with self._journal.unit():
                    for users in pool.map(self._platform.users_by_mails, mails):
                        for user in users:
                            self._take_user(user)

    def _take_user(self, user: Item) -> None:
        """Note a learner's id, if it is one that we look for."""
        user_id, mail = to_text(user.get("_id")), to_text(user.get("mail"))
        if user_id is None or mail is None or user.get("status") == "deleted":
            return
        if OBJECT_ID.fullmatch(user_id):
            lower = mail.lower()
            hash_ = self._books.learners.hash_of(lower)
            self._books.name_learner(hash_, user_id, by_id=mail != lower)

    def _guarded(self, read: Callable[[], bool | None]) -> None:
        """Read users; without the scope go on, and say so once."""
        try:
            read()
        except Denied:
            self._deny("users:read")
        except (UnexpectedAnswer, Refused) as error:
            self._report.problem("", "learners_unread", str(error), undone=True)

    def _deny(self, scope: str) -> None:
        if self.possible:
            self._report.problem("", "unverified", UNVERIFIED.format(scope=f"scope {scope}"))

    # Attempts

    def see(self, pairs: Iterable[Pair]) -> View:
        """Read the attempts of some pairs; of a pair in neither part of the view nothing is known.

        Args:
            pairs: Of learners and courses, each once.
        """
        view = View({}, set())
        known: dict[str, dict[str, str]] = {}
        hashes: dict[str, str] = {}
        for pair in pairs:
            user, course_id = self._books.known_as(pair.hash), self._course_id(pair.course)
            if not user.one or course_id is None:
                continue
            if hashes.setdefault(user.user_id, pair.hash) == pair.hash:
                known.setdefault(user.user_id, {})[course_id] = pair.course
        with self._journal.unit(), ThreadPoolExecutor(PARALLEL_READS) as pool:
            for some in _batched(self._questions(known, hashes), 8 * PARALLEL_READS):
                for question, answer in zip(some, pool.map(self._ask, some), strict=True):
                    rows = self._whole(answer)
                    self._sort_in(view, question, rows, known, hashes)
        return view

    def _questions(
        self, known: dict[str, dict[str, str]], hashes: dict[str, str]
    ) -> Iterator[_Question]:
        """Ask by learner or by course, whichever takes fewer calls."""
        by_course: dict[str, list[str]] = {}
        for user_id, courses in known.items():
            for course_id in courses:
                by_course.setdefault(course_id, []).append(user_id)
        names = {
            course_id: name for courses in known.values() for course_id, name in courses.items()
        }
        sent = self._books.learners.attempts_by_course
        rows = sum(max(sent[names[course]], len(users)) for course, users in by_course.items())
        calls_by_course = _calls(len(by_course), rows)
        calls_by_learner = _calls(len(known), sum(map(len, known.values())))
        first: dict[str, Any] = known if calls_by_learner <= calls_by_course else by_course
        expected = [
            (one, max(sent[names[one]], len(first[one])) if first is by_course else len(first[one]))
            for one in first
        ]
        for ids in _filled(expected):
            others = list(dict.fromkeys(other for one in ids for other in first[one]))
            narrowed = others if len(others) <= MOST_IN_A_FILTER else []
            if first is known:
                pairs = [Pair(hashes[user], name) for user in ids for name in known[user].values()]
                yield _Question(narrowed, ids, pairs)
            else:
                pairs = [Pair(hashes[user], names[one]) for one in ids for user in by_course[one]]
                yield _Question(ids, narrowed, pairs)

    def _ask(self, question: _Question) -> list[Item] | ContentSyncError | None:
        """Return a list of attempts, why it could not be read, or None where none is asked for.

        Several threads are here at once: nothing is noted.
        """
        if self._unreadable >= MOST_UNREADABLE or not self.possible:
            return None
        try:
            return list(self._platform.attempts(question.course_ids, question.user_ids))
        except (Denied, UnexpectedAnswer, Refused) as error:
            return error

    def _whole(self, answer: list[Item] | ContentSyncError | None) -> list[Item] | None:
        """Return a list that could be read, and note why it could not."""
        if isinstance(answer, Denied):
            self._deny("courseStats:read")
        elif isinstance(answer, ContentSyncError):
            self._unreadable += 1
        return answer if isinstance(answer, list) else None

    def _sort_in(
        self,
        view: View,
        question: _Question,
        rows: list[Item] | None,
        known: dict[str, dict[str, str]],
        hashes: dict[str, str],
    ) -> None:
        if rows is None:
            if self.possible:
                view.unreadable.update(question.pairs)
            return
        for pair in question.pairs:
            view.standing[pair] = []
        for row in rows:
            user_id, course_id = to_text(row.get("userId")), to_text(row.get("courseId"))
            if user_id is None or course_id is None:
                # It may be anybody's of those who were asked for.
                doubted = [
                    Pair(hashes[user], name)
                    for user, courses in known.items()
                    for course, name in courses.items()
                    if user_id in (None, user) and course_id in (None, course)
                ]
                view.unreadable.update(set(doubted) & set(question.pairs))
                continue
            name = known.get(user_id, {}).get(course_id)
            if name is None:
                continue
            pair = Pair(hashes[user_id], name)
            attempt = standing_of(row)
            if attempt is None:
                view.unreadable.add(pair)
            elif pair in view.standing:
                view.standing[pair].append(attempt)
        for pair in view.unreadable:
            view.standing.pop(pair, None)

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
        except (NotFound, Refused, Denied):
            return None
        course_id = to_text(held.get("courseId"))
        return course_id if course_id and OBJECT_ID.fullmatch(course_id) else None


def standing_of(row: Item) -> Standing | None:
    """Return an attempt as `GET /courses/stats` shows it, or None when it cannot be read."""
    progress = row.get("progress")
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        return None
    instants: list[int | None] = []
    for name in ("firstActivityAt", "lastActivityAt", "completedAt"):
        instant = to_milliseconds(row.get(name))
        if instant is None and row.get(name) is not None:
            return None
        instants.append(instant)
    first, last, completed = instants
    if first is None and last is None and completed is None:
        return None
    time_spent = row.get("timeSpent")
    known = isinstance(time_spent, int | float) and not isinstance(time_spent, bool)
    return Standing(int(progress), first, last, completed, int(time_spent or 0) if known else 0)


def _calls(ids: int, rows: int) -> int:
    return -(-ids // MOST_IN_A_FILTER) + rows // PAGE_SIZE


def _batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _filled(expected: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield ids, each given with the rows to expect, as many at a time as fill a page at most."""
    filled: list[str] = []
    rows = 0
    for one, number in expected:
        if filled and (len(filled) == MOST_IN_A_FILTER or rows + number >= PAGE_SIZE):
            yield filled
            filled, rows = [], 0
        filled.append(one)
        rows += number
    if filled:
        yield filled


def _filters(mails: Iterable[str]) -> Iterator[list[str]]:
    """Yield addresses as many at a time as one filter takes."""
    filled: list[str] = []
    for mail in mails:
        size = sum(map(len, filled)) + len(mail)
        if filled and (len(filled) == MOST_IN_A_FILTER or size > MOST_BYTES_IN_A_FILTER):
            yield filled
            filled = []
        filled.append(mail)
    if filled:
        yield filled

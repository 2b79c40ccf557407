"""Attempts: what the learners' ledger believes, and what 360Learning shows."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from content_sync.batches import by_weight, in_batches
from content_sync.domain.attempts import Sent
from content_sync.domain.audit import Comparison, compare, recordable
from content_sync.domain.standing import Standing
from content_sync.fields.reading import to_text
from content_sync.learning360.api import MOST_IN_A_FILTER, PAGE_SIZE, PARALLEL_READS
from content_sync.learning360.items import standing_of
from content_sync.state.courses import ACTIVE
from content_sync.state.cursors import ReconcileCursor
from content_sync.state.learner import Learner, ParkedRow, parked_key
from content_sync.state.learners import Learners
from content_sync.state.scratch import scratch
from content_sync.sync.reconcile.courses import Inventory
from content_sync.sync.run import Run

UNSHOWN = "360Learning does not show what was sent: the next statistics run sends it again"
DIFFERS = "360Learning shows something else than what was sent: the next statistics run looks at it"
FOUND = "360Learning shows an attempt that is not in the ledger"
AHEAD = "360Learning shows more than what was sent: it is left so"
ARCHIVED = "its course is archived: it is left so"


@dataclass
class People:
    """The users of the platform who have an address of their own.

    Attributes:
        mails: Their addresses as 360Learning writes them, by id.
        ids: Their ids, by the hash of the address.
    """

    mails: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class _Answer:
    """What one list of attempts showed: by course and user, both by their ids."""

    standing: dict[tuple[str, str], list[Standing]] = field(default_factory=dict)
    unreadable: set[tuple[str, str]] = field(default_factory=set)


def compare_attempts(run: Run[ReconcileCursor], inventory: Inventory) -> None:
    """Compare attempts course by course, from where the run stands.

    Raises:
        Denied: `courseStats:read` or `users:read` is missing.
        OutOfTime: It goes on in another invocation.
    """
    cursor, journal = run.journal.cursor, run.journal
    database = run.resources.enter_context(closing(scratch()))
    learners = journal.keep(Learners(run.parties.table, run.parties.pk, database))
    if cursor.ledger_lost is None:
        cursor.ledger_lost = learners.empty
    _index(database, learners)
    audit = Audit(run, inventory, learners, database)
    offered = inventory.offered
    names = sorted(
        name
        for name, place in inventory.located.items()
        if name > cursor.compared and (place.course_id or name in offered)
    )
    batches = by_weight(
        ((name, learners.attempts_on(name)) for name in names),
        most=MOST_IN_A_FILTER,
        heaviest=PAGE_SIZE,
    )
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        for some in in_batches(batches, 2 * PARALLEL_READS):
            with journal.unit():
                answers = list(pool.map(audit.read, some))
            for courses, answer in zip(some, answers, strict=True):
                audit.hold_against(courses, answer)
                cursor.compared = courses[-1]
            journal.checkpoint()
    if audit.gone:
        message = (
            f"{len(audit.gone)} learners of whom something was sent are no users of the platform "
            "any more, or share an address there: their attempts are not compared"
        )
        journal.report.problem("", "learners_gone", message)


def _index(database: sqlite3.Connection, learners: Learners) -> None:
    """Let the learners be found of whom something was sent on a course."""
    database.execute(
        "CREATE TABLE pair (course TEXT, hash TEXT, PRIMARY KEY (course, hash)) WITHOUT ROWID"
    )
    database.executemany("INSERT OR IGNORE INTO pair VALUES (?, ?)", learners.pairs())


class Audit:
    """Holds the learners' ledger against what stands at 360Learning.

    Args:
        run: The run.
        inventory: Where the courses stand.
        learners: The ledger.
        database: With the index of it.

    Attributes:
        gone: The learners of the ledger, by hash, who are no users of the platform any more.
    """

    def __init__(
        self,
        run: Run[ReconcileCursor],
        inventory: Inventory,
        learners: Learners,
        database: sqlite3.Connection,
    ) -> None:
        self.gone: set[str] = set()
        self._run = run
        self._report = run.journal.report
        self._inventory = inventory
        self._learners = learners
        self._database = database
        self._people = self._read_people()
        self._launch_progress = run.parties.launch.progress
        # Where anything is known, what is not may be anybody's: a run meets it.
        self._rebuilds = bool(run.journal.cursor.ledger_lost)

    def _read_people(self) -> People:
        people, seen = People(), Counter[str]()
        with self._run.journal.unit():
            for user in self._run.parties.platform.users():
                user_id, mail = to_text(user.get("_id")), to_text(user.get("mail"))
                if user_id is not None and mail is not None and user.get("status") != "deleted":
                    people.mails[user_id] = mail
                    people.ids[hash_ := self._learners.hash_of(mail.lower())] = user_id
                    seen[hash_] += 1
        for hash_, number in seen.items():
            if number > 1:
                del people.ids[hash_]
        return people

    def read(self, courses: Sequence[str]) -> _Answer:
        """Read all attempts on some courses, by their external ids; several threads do at once."""
        answer = _Answer()
        ids = [self._inventory.located[name].course_id for name in courses]
        if asked := [course_id for course_id in ids if course_id]:
            for row in self._run.parties.platform.attempts(asked, []):
                pair = str(row.get("courseId")), str(row.get("userId"))
                if (standing := standing_of(row)) is None:
                    answer.unreadable.add(pair)
                else:
                    answer.standing.setdefault(pair, []).append(standing)
        return answer

    def hold_against(self, courses: Iterable[str], answer: _Answer) -> None:
        """Compare what was sent on some courses with what they show."""
        by_course: dict[str, set[str]] = {}
        for course_id, user_id in answer.standing:
            by_course.setdefault(course_id, set()).add(user_id)
        for course in courses:
            course_id = self._inventory.located[course].course_id
            users = by_course.get(course_id, set())
            for hash_ in self._known(course):
                known = self._people.ids.get(hash_)
                if known is None:
                    self.gone.add(hash_)
                    continue
                users.discard(known)
                self._pair(course, hash_, (course_id, known), answer)
            for user_id in sorted(users):
                mail = self._people.mails.get(user_id, "").lower()
                hash_ = self._learners.hash_of(mail)
                if self._people.ids.get(hash_) != user_id:
                    hash_ = ""
                self._pair(course, hash_, (course_id, user_id), answer)

    def _known(self, course: str) -> list[str]:
        rows = self._database.execute("SELECT hash FROM pair WHERE course = ?", (course,))
        return [hash_ for (hash_,) in rows.fetchall()]

    def _pair(self, course: str, hash_: str, ids: tuple[str, str], answer: _Answer) -> None:
        """Compare, count and name; in mode apply, correct the ledger."""
        mail = self._people.mails.get(ids[1], "")
        if ids in answer.unreadable:
            message = "an attempt there could not be read: nothing is compared"
            self._report.problem(course, "attempt_unreadable", message, learner=mail)
            return
        learner = self._learners.get(hash_)
        comparison = compare(
            learner.sent(course, mail.lower()),
            answer.standing.get(ids, []),
            launch_progress=self._launch_progress,
            course=course,
            mail=mail.lower() if hash_ else "",
        )
        self._name(course, mail, comparison)
        if not self._run.request.plans and hash_:
            self._correct(course, learner, ids[1], mail, comparison)

    def _name(self, course: str, mail: str, comparison: Comparison) -> None:
        report = self._report
        report.count("attempts_agreed", comparison.agreed)
        report.count("attempts_foreign", comparison.foreign)
        waits = self._waits_for_a_run(course)
        for heading, reason, found in (
            ("missing", UNSHOWN if waits else ARCHIVED, comparison.missing),
            ("differing", DIFFERS if waits else ARCHIVED, comparison.differing),
            ("differing", AHEAD, comparison.ahead),
            ("found", FOUND, comparison.found),
        ):
            report.count(f"attempts_{heading}", len(found))
            for _ in found:
                report.problem(course, f"attempt_{heading}", reason, learner=mail)

    def _waits_for_a_run(self, course: str) -> bool:
        """Tell whether anything would be sent on a course: it is active, or made again."""
        entry = self._inventory.ledger.get(course)
        return entry is None or entry.state == ACTIVE

    def _correct(
        self, course: str, learner: Learner, user_id: str, mail: str, comparison: Comparison
    ) -> None:
        """Record what was found; let the next run look at what is not there as it was sent."""
        alone = len(comparison.found) == 1 and not (learner.sent(course) or comparison.foreign)
        if self._rebuilds and (found := recordable(comparison.found, alone=alone)):
            known = len(learner.sent(course))
            for place, attempt in enumerate(found, known):
                learner.record(attempt, attempt.firstActivity, place)
            learner.user_id, learner.by_id = user_id, mail != mail.lower()
        if self._waits_for_a_run(course):
            for one in comparison.missing:
                self._let_wait(learner, one, UNSHOWN)
            for one in comparison.differing:
                self._let_wait(learner, one, DIFFERS)
        self._learners.save(learner)

    def _let_wait(self, learner: Learner, one: Sent, reason: str) -> None:
        key = parked_key(one.attempt)
        waiting = learner.waiting().get(one.attempt.externalCourseId, {})
        if key in waiting:
            return
        row = ParkedRow(
            statistic=one.attempt,
            reason=reason,
            state="unconfirmed",
            first_refused_at=self._report.started_at,
            run_id="",
            recorded=True,
            # Which attempts went out with `forceNew` nobody knows any more: none does twice.
            forced=True,
        )
        learner.park(key, row)

"""What a run reads and what it finds due, on disk: rows of one attempt may stand far apart."""

import marshal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from content_sync.domain.attempts import Sent
from content_sync.domain.statistic import Statistic, merge

# How many rows are saved as one piece.
ROWS_A_PIECE = 20_000
# Of a row, as of `_values`.
COLUMNS = "progress, first, last, completed, spent, result"


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt that is to be sent, or at least to be looked at.

    Attributes:
        attempt: As it is to stand at 360Learning.
        place: Among this learner's attempts on this course, from 0.
        sent: What was sent of it before.
        first: The first activity with which it is judged: the one that was sent, if one was.
        insists: Whether it goes out although an open attempt there shows the same.
        parked_key: Of the row that waits for it, if there is one.
        of_this_run: Whether it was read in this run, and is counted by what becomes of it.
        replayed: Whether it is a row that waited, as it was.
        again: Whether it is unchanged, and sent because everything should be.
        recorded: Whether it is recorded as sent, and was not shown since.
        forced: Whether 360Learning may have taken it with `forceNew`: it must not be sent so again.
        wave: With which others it goes: the attempt rules of 360Learning depend on the order, and
            an operation promises none. Below 0 are those that are only tried again.
        came: Whether it is a row that came again as it was, and is counted as refused already.
        earlier: When the attempts before it were completed.
    """

    attempt: Statistic
    place: int
    sent: Sent | None
    first: int
    insists: bool = False
    parked_key: str | None = None
    of_this_run: bool = True
    replayed: bool = False
    again: bool = False
    recorded: bool = False
    forced: bool = False
    wave: int = 0
    came: bool = False
    earlier: tuple[int, ...] = ()


class Spool:
    """The rows and the due attempts of one invocation.

    Args:
        scratch: Where they are.
        earlier: The rows that earlier invocations saved, in pieces.
    """

    def __init__(self, scratch: sqlite3.Connection, earlier: Iterable[list[list[Any]]]) -> None:
        self._scratch = scratch
        scratch.execute(f"CREATE TABLE row (hash, course, mail, {COLUMNS})")
        scratch.execute(f"CREATE TABLE unknown (hash, course, {COLUMNS})")
        scratch.execute("CREATE INDEX unknown_pair ON unknown (hash, course)")
        scratch.execute("CREATE TABLE due (wave INTEGER, hash TEXT, course TEXT, content BLOB)")
        self._saved = 0
        for piece in earlier:
            self._insert(piece)
        self._saved = self._last()

    # Rows

    def add(self, rows: Iterable[tuple[str, Statistic]]) -> None:
        """Add rows, each with the hash of its learner."""
        self._insert(
            [hash_, row.externalCourseId, row.learnerMail, *_values(row)] for hash_, row in rows
        )

    def unsaved(self) -> Iterator[list[list[Any]]]:
        """Yield the rows added since the last call, in pieces; see `Additions`."""
        while True:
            rows = self._scratch.execute(
                f"SELECT rowid, hash, course, mail, {COLUMNS} FROM row WHERE rowid > ? "  # noqa: S608  # nosec B608
                "ORDER BY rowid LIMIT ?",
                (self._saved, ROWS_A_PIECE),
            ).fetchall()
            if not rows:
                return
            self._saved = rows[-1][0]
            yield [list(row[1:]) for row in rows]

    def count_unknown(self, hash_: str, row: Statistic) -> int:
        """Take a row on a course that was never sent; return how many attempts more there are."""
        pair = (hash_, row.externalCourseId)
        known = [
            Statistic(row.externalCourseId, "", *values)
            for values in self._scratch.execute(
                f"SELECT {COLUMNS} FROM unknown WHERE hash = ? AND course = ?",  # noqa: S608  # nosec B608
                pair,
            )
        ]
        self._scratch.execute(
            "INSERT INTO unknown VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*pair, *_values(row))
        )
        return len(merge([*known, row])) - len(merge(known))

    def learners(self) -> Iterator[tuple[str, dict[str, list[Statistic]]]]:
        """Yield the learners who have rows or for whom rows wait, by hash, with rows by course."""
        found = self._scratch.execute(
            f"SELECT hash, course, mail, {COLUMNS} FROM row "  # noqa: S608  # nosec B608
            "UNION ALL SELECT hash, '', '', 0, 0, 0, 0, 0, '' FROM waiting ORDER BY 1, 2"
        )
        for hash_, rows in groupby(found, itemgetter(0)):
            by_course: dict[str, list[Statistic]] = {}
            for _, course, mail, *values in rows:
                if mail:
                    by_course.setdefault(course, []).append(Statistic(course, mail, *values))
            yield hash_, by_course

    def hashes(self) -> Iterator[str]:
        """Yield the hashes of the same learners."""
        found = self._scratch.execute("SELECT hash FROM row UNION SELECT hash FROM waiting")
        return (hash_ for (hash_,) in found)

    # What is due

    def owe(self, hash_: str, due: Due) -> None:
        """Keep an attempt that is due; learners come in the order of their hashes."""
        course = due.attempt.externalCourseId
        self._scratch.execute(
            "INSERT INTO due VALUES (?, ?, ?, ?)",
            (due.wave, hash_, course, marshal.dumps(_row_of(due))),
        )

    def waves(self) -> list[int]:
        """Return the numbers of the waves in which something is due, in order."""
        found = self._scratch.execute("SELECT DISTINCT wave FROM due ORDER BY wave")
        return [wave for (wave,) in found.fetchall()]

    def due(
        self, wave: int, passed: Callable[[int, tuple[str, str]], bool]
    ) -> Iterator[tuple[str, Due]]:
        """Yield what is due in a wave, with the hashes of the learners, in their order.

        Args:
            wave: The wave.
            passed: Tells which learners' courses were gone through already.
        """
        found = self._scratch.execute(
            "SELECT hash, course, content FROM due WHERE wave = ? ORDER BY rowid", (wave,)
        )
        for hash_, course, content in found:
            if not passed(wave, (hash_, course)):
                yield hash_, _due_of(_unpacked(content))

    def learners_due(self) -> Iterator[tuple[str, str]]:
        """Yield the hash and the address of each learner of whom something is due, once."""
        found = self._scratch.execute("SELECT hash, content FROM due ORDER BY hash")
        for hash_, rows in groupby(found, itemgetter(0)):
            _, content = next(rows)
            yield hash_, _unpacked(content)[0][1]

    def _insert(self, rows: Iterable[list[Any]]) -> None:
        self._scratch.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _last(self) -> int:
        (last,) = self._scratch.execute("SELECT max(rowid) FROM row").fetchone()
        return last or 0


def _unpacked(content: bytes) -> Any:
    return marshal.loads(content)  # noqa: S302  # nosec B302 - packed by itself


def _values(row: Statistic) -> list[Any]:
    """Return a row's fields after course and address, in their order."""
    return [
        row.progress,
        row.firstActivity,
        row.lastActivity,
        row.completedAt,
        row.timeSpentInMilliseconds,
        row.result,
    ]


def _row_of(due: Due) -> list[Any]:
    attempt = due.attempt
    named = [attempt.externalCourseId, attempt.learnerMail, *_values(attempt)]
    sent = None if due.sent is None else [_values(due.sent.attempt), due.sent.first]
    flags = [due.of_this_run, due.replayed, due.again, due.recorded, due.forced, due.wave, due.came]
    return [named, due.place, sent, due.first, due.insists, due.parked_key, *flags, due.earlier]


def _due_of(row: list[Any]) -> Due:
    named, place, sent, *rest = row
    attempt = Statistic(*named)
    before = None if sent is None else Sent(Statistic(*named[:2], *sent[0]), sent[1])
    return Due(attempt, place, before, *rest)

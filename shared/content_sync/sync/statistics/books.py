"""What the phases of a statistics run share: the ledgers, the rows, and what came again."""

import base64
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.learner import Number
from content_sync.state.learners import Learners
from content_sync.state.ledger import Ledger
from content_sync.state.scratch import scratch
from content_sync.sync.run import Run
from content_sync.sync.statistics.spool import Spool

SMALL_BYTES = 16_000


class Seen:
    """Which of the attempts that were sent came again: a bit for each, in the order of the numbers.

    Args:
        sizes: How many attempts there are in each shard, where that is known.
        saved: What an earlier invocation of the run noted, if it did.
    """

    def __init__(self, sizes: Mapping[str, int], saved: dict[str, str] | None) -> None:
        self._bits = {shard: bytearray(-(-size // 8)) for shard, size in sizes.items()}
        for among, text in (saved or {}).items():
            bits = bytearray(base64.b64decode(text))
            # Of another length, it is of a ledger that changed meanwhile.
            if len(self._bits.setdefault(among, bits)) == len(bits):
                self._bits[among] = bits

    def __contains__(self, attempt: Number | None) -> bool:
        if attempt is None:
            return False
        bits = self._bits.get(attempt.among, b"")
        byte, bit = divmod(attempt.number, 8)
        return byte < len(bits) and bool(bits[byte] & 1 << bit)

    def add(self, attempt: Number) -> bool:
        """Note an attempt by its number; tell whether it comes for the first time."""
        if attempt in self:
            return False
        bits = self._bits.setdefault(attempt.among, bytearray())
        byte, bit = divmod(attempt.number, 8)
        bits.extend(bytes(max(0, byte + 1 - len(bits))))
        bits[byte] |= 1 << bit
        return True

    @property
    def small(self) -> bool:
        """Tell whether it may be saved often."""
        return sum(len(among) + len(bits) for among, bits in self._bits.items()) <= SMALL_BYTES

    def dump(self) -> dict[str, str]:
        """Return all that was noted, as JSON."""
        return {among: base64.b64encode(bits).decode() for among, bits in self._bits.items()}


@dataclass(frozen=True)
class Books:
    """What the phases of a statistics run share.

    Attributes:
        courses: Which courses were ever sent.
        learners: What was sent of each learner, and what waits.
        spool: What was read, and what is due.
        seen: Which of the attempts that were sent came again.
        database: The scratch database under all of them.
    """

    courses: Ledger[CourseEntry]
    learners: Learners
    spool: Spool
    seen: Seen
    database: sqlite3.Connection

    def note_came(self, hash_: str, key: str) -> bool:
        """Note that a row that waits came again as it is; tell whether for the first time."""
        inserted = self.database.execute("INSERT OR IGNORE INTO came VALUES (?, ?)", (hash_, key))
        return inserted.rowcount > 0

    def all_came(self) -> list[tuple[str, str]]:
        """Return all of them, as hash and key."""
        return self.database.execute("SELECT hash, key FROM came").fetchall()

    def came(self, hash_: str) -> set[str]:
        """Return the keys of a learner's rows that wait and came again as they are."""
        found = self.database.execute("SELECT key FROM came WHERE hash = ?", (hash_,))
        return {key for (key,) in found.fetchall()}


def open_books(run: Run[StatisticsCursor], *, whole: bool) -> Books:
    """Read the ledgers, and what earlier invocations of the run read.

    Args:
        run: The run.
        whole: Whether any learner may come, so that all are read at once.
    """
    table, pk, journal = run.parties.table, run.parties.pk, run.journal
    database = run.resources.enter_context(closing(scratch()))
    database.execute(
        "CREATE TABLE came (hash TEXT, key TEXT, PRIMARY KEY (hash, key)) WITHOUT ROWID"
    )
    learners = Learners(table, pk, database, whole=whole)
    run.resources.callback(learners.close)
    parts = journal.cursor.seen
    saved = journal.read_attachment("seen", parts) if parts else {"sent": None, "came": []}
    database.executemany("INSERT INTO came VALUES (?, ?)", saved["came"])
    books = Books(
        courses=course_ledger(table, pk),
        learners=journal.keep(learners),
        spool=Spool(database, journal.added("rows")),
        seen=Seen(learners.attempts_by_shard, saved["sent"]),
        database=database,
    )
    journal.keep_additions("rows", books.spool)
    return books

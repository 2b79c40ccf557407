"""What the phases of a statistics run share: the ledgers, the rows, and what came again."""

import base64
import sqlite3
from dataclasses import dataclass

from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.learners import Learners
from content_sync.state.ledger import Ledger
from content_sync.state.scratch import scratch
from content_sync.sync.run import Run
from content_sync.sync.statistics.spool import Spool

SMALL_BYTES = 4000


class Seen:
    """Which of the attempts that were sent came again: a bit for each, in the ledger's order.

    Args:
        sizes: How many attempts there are in each shard.
        saved: What an earlier invocation of the run noted, if it did.
    """

    def __init__(self, sizes: dict[str, int], saved: dict[str, str] | None) -> None:
        self._bits = {shard: bytearray(-(-size // 8)) for shard, size in sizes.items()}
        for shard, text in (saved or {}).items():
            bits = base64.b64decode(text)
            if len(bits) == len(self._bits[shard]):
                self._bits[shard][:] = bits

    def __contains__(self, attempt: tuple[str, int | None]) -> bool:
        shard, number = attempt
        return number is not None and bool(self._bits[shard][number // 8] & 1 << number % 8)

    def add(self, shard: str, number: int) -> bool:
        """Note an attempt by its shard and number; tell whether it comes for the first time."""
        first = (shard, number) not in self
        self._bits[shard][number // 8] |= 1 << number % 8
        return first

    @property
    def small(self) -> bool:
        """Tell whether it may be saved often."""
        return sum(map(len, self._bits.values())) <= SMALL_BYTES

    def dump(self) -> dict[str, str]:
        """Return all that was noted, as JSON."""
        return {shard: base64.b64encode(bits).decode() for shard, bits in self._bits.items()}


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


def open_books(run: Run[StatisticsCursor]) -> Books:
    """Read the ledgers, and what earlier invocations of the run read."""
    table, pk, journal = run.parties.table, run.parties.pk, run.journal
    database = scratch()
    database.execute(
        "CREATE TABLE came (hash TEXT, key TEXT, PRIMARY KEY (hash, key)) WITHOUT ROWID"
    )
    learners = Learners(table, pk, database)
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

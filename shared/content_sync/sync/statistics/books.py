"""What the phases of a statistics run share: the ledgers, the rows, and who the learners are."""

import base64
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.learners import Learners
from content_sync.state.ledger import Ledger
from content_sync.state.scratch import scratch
from content_sync.sync.run import Run
from content_sync.sync.statistics.spool import Spool

# In the place of an id, for an address that several users have.
AMBIGUOUS = "?"
SMALL_BYTES = 4000


class KnownAs(NamedTuple):
    """As whom 360Learning knows a learner.

    Attributes:
        user_id: The id; blank for one who was not found, `?` for an address of several users.
        by_id: Whether 360Learning writes the address in another case than the provider.
    """

    user_id: str
    by_id: bool

    @property
    def one(self) -> bool:
        """Tell whether it is exactly one user."""
        return self.user_id not in ("", AMBIGUOUS)


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

    def note_learners(self, learners: Iterable[tuple[str, str]]) -> None:
        """Note learners by hash and address, with the id that is kept of them, if one is."""
        for hash_, mail in learners:
            known = self.learners.get(hash_)
            # Who was not shown what was sent may be another user by now.
            user_id = "" if known.unconfirmed else known.user_id
            self.database.execute(
                "INSERT OR IGNORE INTO learner VALUES (?, ?, ?, ?, 0, 0)",
                (hash_, mail, user_id, known.by_id),
            )

    def name_learner(self, hash_: str, user_id: str, *, by_id: bool) -> None:
        """Note a learner's 360Learning id; a second one besides it is one too many."""
        self.database.execute(
            "UPDATE learner SET user = CASE WHEN found = 0 OR user = ?1 THEN ?1 ELSE ?2 END, "
            "by_id = ?3, found = 1 WHERE hash = ?4",
            (user_id, AMBIGUOUS, by_id, hash_),
        )

    def known_as(self, hash_: str) -> KnownAs:
        """Return as whom 360Learning knows a learner."""
        row = self.database.execute(
            "SELECT user, by_id FROM learner WHERE hash = ?", (hash_,)
        ).fetchone()
        return KnownAs(row[0], bool(row[1])) if row else KnownAs("", by_id=False)

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

    def count_ambiguous(self) -> int:
        """Return how many learners' addresses several users have."""
        return self._count("user = ?", AMBIGUOUS)

    def count_unknown(self) -> int:
        """Return how many learners have no id and were not looked for yet."""
        return self._count("user = ? AND looked = 0", "")

    def note_looked(self) -> None:
        """Note that all learners were looked for."""
        self.database.execute("UPDATE learner SET looked = 1")

    def _count(self, condition: str, value: str) -> int:
        found = self.database.execute(
            f"SELECT count(*) FROM learner WHERE {condition}",  # noqa: S608 - our own words
            (value,),
        )
        return int(found.fetchone()[0])

    def mails_of_unknown_learners(self) -> Iterator[str]:
        """Yield the addresses of learners without an id, who may be named meanwhile."""
        last = ""
        while True:
            rows = self.database.execute(
                "SELECT hash, mail FROM learner WHERE user = '' AND looked = 0 AND hash > ? "
                "ORDER BY hash LIMIT 1000",
                (last,),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (mail for _, mail in rows)


def open_books(run: Run[StatisticsCursor]) -> Books:
    """Read the ledgers, and what earlier invocations of the run read."""
    table, pk, journal = run.parties.table, run.parties.pk, run.journal
    database = scratch()
    database.execute(
        "CREATE TABLE learner (hash TEXT PRIMARY KEY, mail TEXT, user TEXT, by_id INTEGER, "
        "found INTEGER, looked INTEGER) WITHOUT ROWID"
    )
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

"""What was sent of all learners and what waits, under hashes of their addresses.

Their items (`state/learner.py`) are spread over the integration's shards. Of an organization of any
size only a part is in memory: items are copied to a scratch database, from which they are read in
the order of the hashes. All are, where all learners may come; else what waits, and of the rest what
is asked for.
"""

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from content_sync.batches import in_batches
from content_sync.encoding import as_json, from_json
from content_sync.state.learner import PARKED, SENT, Learner, ParkedRow, sent_key
from content_sync.state.table import (
    KEYS_PER_BATCH,
    SHARDS,
    Delete,
    Put,
    Table,
    Write,
    shard_key,
)

BOTH = "learner#"
KINDS = ("sent", "parked")
# How many of an integration's shards are read at once, or batches of learners.
READERS = 4
# How many learners are fetched at once, where not all are read.
FETCHED_AT_ONCE = 400
# Of a course of whose attempts it is not known how many were sent: more than of any.
UNKNOWN = 1_000_000_000


def learner_hash(pk: str, mail: str) -> str:
    """Return an address as 24 hexadecimal digits, of another value in every integration."""
    return _hash_after(hashlib.sha256(f"{pk}\n".encode()), mail)


def _hash_after(prefix: "hashlib._Hash", mail: str) -> str:
    whole = prefix.copy()
    whole.update(mail.encode())
    return whole.hexdigest()[:24]


class Learners:
    """The learners of one integration, copied to a scratch database.

    Args:
        table: The state table.
        pk: The integration's partition.
        scratch: Where they are copied to.
        whole: Whether all are read; else what waits is, and learners as they are asked for.

    Attributes:
        attempts_by_shard: How many attempts stand in each shard, where all were read.
    """

    def __init__(
        self, table: Table, pk: str, scratch: sqlite3.Connection, *, whole: bool = True
    ) -> None:
        self._table = table
        self._pk = pk
        self._prefix = hashlib.sha256(f"{pk}\n".encode())
        self._scratch = scratch
        self._whole = whole
        self._lock = threading.RLock()
        self._writes: dict[tuple[str, str], Write] = {}
        self._attempts_by_course: Counter[str] = Counter()
        self.attempts_by_shard: dict[str, int] = dict.fromkeys(SHARDS, 0) if whole else {}
        scratch.execute(
            "CREATE TABLE item (hash TEXT, part TEXT, base INTEGER, data TEXT, "
            "PRIMARY KEY (hash, part)) WITHOUT ROWID"
        )
        scratch.execute("CREATE TABLE waiting (hash TEXT PRIMARY KEY) WITHOUT ROWID")
        scratch.execute("CREATE TABLE fetched (hash TEXT PRIMARY KEY) WITHOUT ROWID")
        for items in _read_shards(table, pk, BOTH if whole else PARKED):
            self._copy(items, self.attempts_by_shard)

    def close(self) -> None:
        """Close the database, while no reader in another thread is in the midst of it."""
        with self._lock:
            self._scratch.close()

    def _copy(self, items: Iterable[tuple[str, str]], numbered: dict[str, int]) -> None:
        """Copy items in their order, and count the attempts among which each has its number."""
        copied = []
        for sk, text in items:
            _, kind, hash_, number = sk.split("#")
            if kind not in KINDS:
                # Of a version before, which had them in another order.
                continue
            among = self._among(hash_)
            base = numbered.get(among, 0)
            if kind == "sent":
                for course, sent in from_json(text)["courses"].items():
                    self._attempts_by_course[course] += len(sent)
                    numbered[among] = numbered.get(among, 0) + len(sent)
            else:
                self._scratch.execute("INSERT OR IGNORE INTO waiting VALUES (?)", (hash_,))
            copied.append((hash_, f"{kind[0]}{number}", base, text))
        self._scratch.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", copied)

    def _among(self, hash_: str) -> str:
        return hash_[:1] if self._whole else hash_

    def fetch(self, hashes: Iterable[str]) -> None:
        """Read learners who will be asked for, many at a time.

        Raises:
            AwsUnavailable: They could not be read. So whoever counts something, or is about to
                save it, fetches all that it will ask for before.
        """
        if self._whole:
            return
        for some in in_batches(hashes, FETCHED_AT_ONCE):
            with self._lock:
                self._fetch([hash_ for hash_ in dict.fromkeys(some) if not self._is_here(hash_)])

    def _fetch(self, hashes: list[str]) -> None:
        if not hashes:
            return
        first = self._read((hash_, 0) for hash_ in hashes)
        further = self._read(
            (sk.split("#")[2], number)
            for sk, text in first
            for number in range(1, from_json(text).get("pieces", 1))
        )
        self._copy(sorted(first + further), {})
        # Whoever could not be read is not taken for somebody of whom nothing is known.
        self._scratch.executemany("INSERT INTO fetched VALUES (?)", ((one,) for one in hashes))

    def _is_here(self, hash_: str) -> bool:
        found = self._scratch.execute("SELECT 1 FROM fetched WHERE hash = ?", (hash_,))
        return found.fetchone() is not None

    def _read(self, pieces: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
        """Return pieces of what was sent, as far as there are any."""
        keys = (
            (shard_key(self._pk, hash_[0]), sent_key(hash_, number)) for hash_, number in pieces
        )
        with ThreadPoolExecutor(READERS) as pool:
            batches = pool.map(self._table.get_each, in_batches(keys, KEYS_PER_BATCH))
            return [item for batch in batches for item in batch]

    @property
    def empty(self) -> bool:
        """Tell whether nothing was ever sent, and nothing waits; false where that is not known."""
        if not self._whole:
            return False
        return self._scratch.execute("SELECT 1 FROM item LIMIT 1").fetchone() is None

    def attempts_on(self, course: str) -> int:
        """Return how many attempts were sent of a course; no end of them where few were read."""
        return self._attempts_by_course[course] if self._whole else UNKNOWN

    def count(self, course: str, attempts: int = 1) -> None:
        """Note that there are so many attempts more of a course."""
        self._attempts_by_course[course] += attempts

    def rows_waiting(self) -> int:
        """Return how many rows wait."""
        found = self._scratch.execute("SELECT data FROM item WHERE part LIKE 'p%'")
        return sum(len(from_json(text)["rows"]) for (text,) in found)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield course and learner's hash of all that was sent."""
        found = self._scratch.execute("SELECT hash, data FROM item WHERE part LIKE 's%'")
        for hash_, text in found:
            for course in from_json(text)["courses"]:
                yield course, hash_

    def hash_of(self, mail: str) -> str:
        """Return the hash of an address."""
        return _hash_after(self._prefix, mail)

    def get(self, hash_: str) -> Learner:
        """Return a learner, whether anything is known or not."""
        # A provider's reader asks, too, in other threads.
        with self._lock:
            self.fetch((hash_,))
            rows = self._scratch.execute(
                "SELECT part, base, data FROM item WHERE hash = ? ORDER BY part", (hash_,)
            ).fetchall()
        return Learner(hash_, rows, self._among(hash_))

    def save(self, learner: Learner) -> None:
        """Keep what changed of a learner; it is written with the next `writes`."""
        # Whole, for whoever asks meanwhile.
        with self._lock:
            for part, sk, content, expires_at in learner.changed():
                shard = learner.hash[0]
                if content is None:
                    self._scratch.execute(
                        "DELETE FROM item WHERE hash = ? AND part = ?", (learner.hash, part)
                    )
                    self._writes[shard, sk] = Delete(sk, shard)
                    continue
                text = as_json(content).decode()
                self._scratch.execute(
                    "INSERT INTO item VALUES (?, ?, 0, ?) "
                    "ON CONFLICT (hash, part) DO UPDATE SET data = excluded.data",
                    (learner.hash, part, text),
                )
                self._writes[shard, sk] = Put(sk, content, expires_at, shard)

    def writes(self) -> list[Write]:
        """Return what to write for what was saved since the last call."""
        writes, self._writes = list(self._writes.values()), {}
        return writes


def learner_of(table: Table, pk: str, mail: str) -> Learner:
    """Return one learner, by the address in lower case, whether anything is known or not."""
    hash_ = learner_hash(pk, mail)
    rows = [
        (f"{kind[0]}{number}", 0, text)
        for prefix in (PARKED, SENT)
        for page in table.pages(shard_key(pk, hash_[0]), f"{prefix}{hash_}#")
        for sk, text in page
        for _, kind, _, number in [sk.split("#")]
    ]
    return Learner(hash_, rows)


def parked_rows(table: Table, pk: str) -> Iterator[ParkedRow]:
    """Yield the rows that wait, in the order of the shards, learners and keys."""
    for shard in SHARDS:
        for page in table.pages(shard_key(pk, shard), PARKED):
            for sk, text in page:
                _, _, hash_, number = sk.split("#")
                waiting = Learner(hash_, [(f"p{number}", 0, text)]).waiting()
                for course in sorted(waiting):
                    yield from (waiting[course][key] for key in sorted(waiting[course]))


def _read_shards(table: Table, pk: str, prefix: str) -> Iterator[list[tuple[str, str]]]:
    """Yield pieces of the shards' items, several shards at once, each in its order."""
    pool = ThreadPoolExecutor(READERS)
    try:
        for start in range(0, len(SHARDS), READERS):
            reading = [
                table.pages(shard_key(pk, shard), prefix)
                for shard in SHARDS[start : start + READERS]
            ]
            while reading:
                pages = list(pool.map(lambda one: next(one, None), reading))
                yield from (page for page in pages if page is not None)
                reading = [
                    one for one, page in zip(reading, pages, strict=True) if page is not None
                ]
    finally:
        # Whoever stops in between waits for nobody, least of all the collector.
        pool.shutdown(wait=False, cancel_futures=True)

"""What was sent of each learner and what waits, under a hash of the learner's address.

A learner has items of about a kilobyte, spread with all others over the integration's shards:
`learner#sent#<hash>#<number>` holds what was sent, by course, and `learner#parked#<hash>#<number>`
what waits. Of an organization of any size only a part is in memory: items are copied to a scratch
database, from which they are read in the order of the hashes. All are, where all learners may come;
else what waits, and of the rest what is asked for.
"""

import hashlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from content_sync.batches import in_batches
from content_sync.domain.attempts import Sent
from content_sync.domain.statistic import Statistic
from content_sync.encoding import as_json, from_json
from content_sync.fields.instants import now
from content_sync.state.pieces import Pieces
from content_sync.state.table import (
    KEYS_PER_BATCH,
    SHARDS,
    Delete,
    Put,
    Table,
    Write,
    shard_key,
)

KEPT_DAYS = 90
SENT_BYTES = 500
PARKED_BYTES = 20_000
KINDS = ("sent", "parked")
# How many of an integration's shards are read at once, or batches of learners.
READERS = 4
# How many learners are fetched at once, where not all are read.
FETCHED_AT_ONCE = 400
# Of a course of whose attempts it is not known how many were sent: more than of any.
UNKNOWN = 1_000_000_000
_LEARNER = "learner#"
_SENT, _PARKED = f"{_LEARNER}sent#", f"{_LEARNER}parked#"
_DAY = 86_400_000
_RESULTS = (None, "success", "failed")
# Where a stored row says whether it is recorded as sent.
RECORDED = 8

# What 360Learning refused, what could not be delivered, and what it took and does not show.
State = Literal["refused", "undelivered", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One attempt that waits to be looked at again.

    Attributes:
        statistic: What is to be sent, with the learner's address.
        reason: What 360Learning said, addresses masked.
        state: Why it waits.
        first_refused_at: The start of the run in which it first had to, in milliseconds.
        run_id: The run that last tried it, after a `+` the one that is about to.
        recorded: Whether it is recorded as sent, and it is looked whether it stands there.
        forced: Whether 360Learning may have taken it with `forceNew`: it must not be sent so again.
    """

    statistic: Statistic
    reason: str
    state: State
    first_refused_at: int
    run_id: str
    recorded: bool = False
    forced: bool = False


def learner_hash(pk: str, mail: str) -> str:
    """Return an address as 24 hexadecimal digits, of another value in every integration."""
    return _hash_after(hashlib.sha256(f"{pk}\n".encode()), mail)


def _hash_after(prefix: "hashlib._Hash", mail: str) -> str:
    whole = prefix.copy()
    whole.update(mail.encode())
    return whole.hexdigest()[:24]


def parked_key(statistic: Statistic) -> str:
    """Return the key of an attempt's row among those of its learner that wait."""
    return f"{statistic.firstActivity}:{statistic.externalCourseId}"


class Number(NamedTuple):
    """Which of the attempts it is that were sent before the run.

    Attributes:
        among: The shard among whose attempts they are numbered; where not all were read, the hash
            of the learner.
        number: From 0.
    """

    among: str
    number: int


class Learner:
    """One learner's items.

    Attributes:
        hash: Of the address.
        user_id: The learner's id at 360Learning; blank as long as it is not known.
        by_id: Whether 360Learning writes the address in another case than the provider, so that
            the learner is named by id.
    """

    def __init__(self, hash_: str, rows: list[tuple[str, int, str]], among: str = "") -> None:
        self.hash = hash_
        self.user_id = ""
        self.by_id = False
        # For each piece of what was sent, the number of its first attempt.
        self._bases: dict[int, int] = {}
        self._among = among
        self._mail = ""
        sent: dict[int, dict[str, Any]] = {}
        parked: dict[int, dict[str, Any]] = {}
        for part, base, text in rows:
            content = from_json(text)
            number = int(part[1:])
            if part[0] == "s":
                sent[number] = content["courses"]
                self._bases[number] = base
                self.user_id = content.get("user", self.user_id)
                self.by_id = content.get("by_id", self.by_id)
            else:
                parked[number] = content["rows"]
                self._mail = content["mail"]
        self._named = (self.user_id, self.by_id)
        self._sent = Pieces(SENT_BYTES, sent)
        self._counted = len(sent)
        self._parked = Pieces(PARKED_BYTES, parked)

    def sent(self, course: str, mail: str = "") -> list[Sent]:
        """Return what was sent of a course, in order, as of the learner with this address."""
        return [_load_sent(row, mail, course) for row in self._sent.get(course) or ()]

    def courses_sent(self) -> list[str]:
        """Return the courses of which something was sent."""
        return [course for course, _ in self._sent.items()]

    def open_courses(self) -> list[str]:
        """Return the courses whose latest attempt, as it was sent, is not completed."""
        return [course for course, rows in self._sent.items() if rows[-1][2] is None]

    def record(self, attempt: Statistic, first: int, place: int) -> None:
        """Record an attempt that 360Learning has, at its place among those on its course."""
        rows = list(self._sent.get(attempt.externalCourseId) or ())
        rows[place : place + 1] = [_dump_sent(attempt, first)]
        self._sent.set(attempt.externalCourseId, rows)

    def number_of(self, course: str, place: int) -> Number | None:
        """Return the number of an attempt, if it was sent before the run."""
        for number, base in self._bases.items():
            for name, rows in self._sent.piece(number).items():
                if name == course:
                    return Number(self._among, base + place) if place < len(rows) else None
                base += len(rows)
        return None

    def courses_waiting(self) -> set[str]:
        """Return the courses of which something waits."""
        return {key.partition(":")[2] for key, _ in self._parked.items()}

    @property
    def unconfirmed(self) -> bool:
        """Tell whether something was taken by 360Learning and not shown."""
        return any(row[RECORDED] for _, row in self._parked.items())

    def waiting(self) -> dict[str, dict[str, ParkedRow]]:
        """Return what waits and is not older than 90 days: by course, then by key."""
        oldest = now() - KEPT_DAYS * _DAY
        found: dict[str, dict[str, ParkedRow]] = {}
        for key, row in self._parked.items():
            parked = _load_parked(row, mail=self._mail, course=key.partition(":")[2])
            if parked.first_refused_at > oldest:
                found.setdefault(parked.statistic.externalCourseId, {})[key] = parked
        return found

    def park(self, key: str, row: ParkedRow) -> None:
        """Let a row wait."""
        self._mail = row.statistic.learnerMail
        self._parked.set(key, _dump_parked(row))

    def set_about(self, key: str, run_id: str) -> None:
        """Note which run is about to try a row that waits."""
        row = self._parked.get(key)
        if row[-1] != run_id:
            self._parked.set(key, [*row[:-1], run_id])

    def release(self, key: str) -> None:
        """Forget a row that was accepted or replaced."""
        self._parked.remove(key)

    def changed(self) -> Iterator[tuple[str, str, dict[str, Any] | None, int | None]]:
        """Yield what changed: part, `sk`, content (None when it goes) and expiry."""
        if (self.user_id, self.by_id) != self._named and self._sent.touch(0):
            self._named = (self.user_id, self.by_id)
        if len(self._sent) > self._counted:
            # The first piece tells how many there are, and is written before the others.
            self._counted = len(self._sent)
            self._sent.touch(0)
        for number, courses in self._sent.changed():
            content: dict[str, Any] = {"courses": courses}
            if number == 0:
                content |= {"pieces": self._counted} if self._counted > 1 else {}
                content |= {"user": self.user_id} if self.user_id else {}
                content |= {"by_id": True} if self.user_id and self.by_id else {}
            yield f"s{number:05d}", _sent_key(self.hash, number), content, None
        for number, rows in self._parked.changed():
            latest = max((row[-2] for row in rows.values()), default=0)
            yield (
                f"p{number:05d}",
                f"{_PARKED}{self.hash}#{number:05d}",
                {"mail": self._mail, "rows": rows} if rows else None,
                latest // 1000 + KEPT_DAYS * 86_400,
            )


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
        for items in _read_shards(table, pk, _LEARNER if whole else _PARKED):
            self._copy(items, self.attempts_by_shard)

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
            (shard_key(self._pk, hash_[0]), _sent_key(hash_, number)) for hash_, number in pieces
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
        for prefix in (_PARKED, _SENT)
        for page in table.pages(shard_key(pk, hash_[0]), f"{prefix}{hash_}#")
        for sk, text in page
        for _, kind, _, number in [sk.split("#")]
    ]
    return Learner(hash_, rows)


def parked_rows(table: Table, pk: str) -> Iterator[ParkedRow]:
    """Yield the rows that wait, in the order of the shards, learners and keys."""
    for shard in SHARDS:
        for page in table.pages(shard_key(pk, shard), _PARKED):
            for sk, text in page:
                _, _, hash_, number = sk.split("#")
                waiting = Learner(hash_, [(f"p{number}", 0, text)]).waiting()
                for course in sorted(waiting):
                    yield from (waiting[course][key] for key in sorted(waiting[course]))


def _sent_key(hash_: str, number: int) -> str:
    return f"{_SENT}{hash_}#{number:05d}"


def _read_shards(table: Table, pk: str, prefix: str) -> Iterator[list[tuple[str, str]]]:
    """Yield pieces of the shards' items, several shards at once, each in its order."""
    with ThreadPoolExecutor(READERS) as pool:
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


def _dump_sent(attempt: Statistic, first: int) -> list[int | None]:
    row: list[int | None] = [*_dump(attempt), first - attempt.firstActivity]
    return row[:-1] if first == attempt.firstActivity else row


def _load_sent(row: list[Any], mail: str, course: str) -> Sent:
    attempt = _load(row, mail=mail, course=course)
    return Sent(attempt, attempt.firstActivity + (row[6] if len(row) > 6 else 0))


def _dump_parked(row: ParkedRow) -> list[Any]:
    state = [row.reason, row.state, row.recorded, row.forced, row.first_refused_at, row.run_id]
    return [*_dump(row.statistic), *state]


def _load_parked(row: list[Any], *, mail: str, course: str) -> ParkedRow:
    reason, state, recorded, forced, first_refused_at, run_id = row[6:]
    statistic = _load(row, mail=mail, course=course)
    return ParkedRow(statistic, reason, state, first_refused_at, run_id, recorded, forced)


def _dump(attempt: Statistic) -> list[Any]:
    # Instants after the first are kept as what they are later.
    first, completed = attempt.firstActivity, attempt.completedAt
    return [
        first,
        attempt.lastActivity - first,
        None if completed is None else completed - first,
        attempt.progress,
        attempt.timeSpentInMilliseconds,
        _RESULTS.index(attempt.result),
    ]


def _load(row: list[Any], *, mail: str = "", course: str = "") -> Statistic:
    first, last, completed, progress, time_spent, result = row[:6]
    completion = None if completed is None else first + completed
    return Statistic(
        course, mail, progress, first, first + last, completion, time_spent, _RESULTS[result]
    )

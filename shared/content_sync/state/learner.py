"""What was sent of one learner and what waits, as it is kept: in items of about a kilobyte."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from content_sync.domain.attempts import Sent
from content_sync.domain.statistic import Statistic
from content_sync.encoding import from_json
from content_sync.fields.instants import now
from content_sync.state.pieces import Pieces

KEPT_DAYS = 90
SENT_BYTES = 500
PARKED_BYTES = 20_000
# How the sort keys of a learner's items begin; the hash and the number of the piece follow.
SENT, PARKED = "learner#sent#", "learner#parked#"
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
            yield f"s{number:05d}", sent_key(self.hash, number), content, None
        for number, rows in self._parked.changed():
            latest = max((row[-2] for row in rows.values()), default=0)
            yield (
                f"p{number:05d}",
                f"{PARKED}{self.hash}#{number:05d}",
                {"mail": self._mail, "rows": rows} if rows else None,
                latest // 1000 + KEPT_DAYS * 86_400,
            )


def sent_key(hash_: str, number: int) -> str:
    """Return the sort key of a piece of what was sent."""
    return f"{SENT}{hash_}#{number:05d}"


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

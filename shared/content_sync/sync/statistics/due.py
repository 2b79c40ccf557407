"""What is due: attempts read now and rows that wait, compared with what was sent.

Nothing here writes, counts or calls anyone: the same rows, ledger and parked rows always lead to
the same shipment, in whichever invocation of a run it is worked out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from content_sync.domain.attempts import Verdict, reconcile
from content_sync.domain.statistic import Statistic, merge
from content_sync.request import SyncRequest
from content_sync.state.parked import ParkedRow
from content_sync.sync.statistics.books import Books, Pair, pair_of


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt that is to be sent.

    Attributes:
        attempt: As it is to be sent.
        place: Among this learner's attempts on this course, from 0.
        sent: What was sent of it before.
        parked_key: The `sk` of the row that waits for it, if there is one.
        of_this_run: Whether it was read in this run.
        replayed: Whether it is a row that waited, as it was.
    """

    attempt: Statistic
    place: int
    sent: Statistic | None
    parked_key: str | None
    of_this_run: bool
    replayed: bool


class Settled(NamedTuple):
    """An attempt read in this run that needs no sending, or can no longer be recorded."""

    attempt: Statistic
    too_old: bool


@dataclass
class Shipment:
    """What a run sends, and what it need not.

    Attributes:
        waves: The first due attempts of all learners, then all second ones, and so on: the
            attempt rules of 360Learning depend on the order, and an operation promises none.
        read: How many attempts were read, merged and inside the window.
        unknown_course: How many of them are on a course that was never sent.
        settled: Those that need no sending.
        released: The `sk` of rows that need not wait any more.
    """

    waves: list[list[Due]] = field(default_factory=list)
    read: int = 0
    unknown_course: int = 0
    settled: list[Settled] = field(default_factory=list)
    released: list[str] = field(default_factory=list)


class _Candidate(NamedTuple):
    """An attempt, and the row that waits for it."""

    attempt: Statistic
    sk: str | None
    parked: ParkedRow | None
    of_this_run: bool


def ship(books: Books, request: SyncRequest, *, run_id: str) -> Shipment:
    """Work out what is due.

    Args:
        books: What was read, what waits, and what was sent.
        request: With the window of a backfill, and whether to send everything again.
        run_id: Of this run: a row that it tried already is not tried again.
    """
    rows: dict[Pair, list[Statistic]] = {}
    for row in books.rows:
        rows.setdefault(pair_of(row), []).append(row)
    waiting: dict[Pair, dict[str, ParkedRow]] = {}
    for sk, parked in books.parked.items():
        waiting.setdefault(pair_of(parked.statistic), {})[sk] = parked
    shipment = Shipment()
    for pair in rows | waiting:
        attempts = [row for row in merge(rows.get(pair, [])) if in_window(row, request)]
        shipment.read += len(attempts)
        if attempts and pair[1] not in books.courses:
            shipment.unknown_course += len(attempts)
            attempts = []
        candidates = _candidates(attempts, waiting.get(pair, {}))
        due = _due_of_pair(books, shipment, candidates, full=request.full, run_id=run_id)
        for number, one in enumerate(due):
            if number == len(shipment.waves):
                shipment.waves.append([])
            shipment.waves[number].append(one)
    return shipment


def in_window(attempt: Statistic, request: SyncRequest) -> bool:
    """Tell whether an attempt belongs to the backfill that was asked for, if one was."""
    return (request.since is None or attempt.lastActivity >= request.since) and (
        request.until is None or attempt.lastActivity <= request.until
    )


def _candidates(attempts: list[Statistic], waiting: Mapping[str, ParkedRow]) -> list[_Candidate]:
    """Match attempts read now with the rows that wait for them; both in order of beginning."""
    left = dict(waiting)
    found: list[_Candidate] = []
    for attempt in attempts:
        sk = _same_attempt(attempt, left)
        parked = left.pop(sk) if sk is not None else None
        found.append(_Candidate(attempt, sk, parked, of_this_run=True))
    for sk, parked in left.items():
        found.append(_Candidate(parked.statistic, sk, parked, of_this_run=False))
    return sorted(found, key=lambda candidate: candidate.attempt.firstActivity)


def _same_attempt(attempt: Statistic, waiting: Mapping[str, ParkedRow]) -> str | None:
    """Return the row that a newer one replaces: the earliest that it is one attempt with."""
    for sk, row in sorted(waiting.items(), key=lambda item: item[1].statistic.firstActivity):
        if len(merge([row.statistic, attempt])) == 1:
            return sk
    return None


def _due_of_pair(
    books: Books, shipment: Shipment, candidates: list[_Candidate], *, full: bool, run_id: str
) -> Iterator[Due]:
    """Yield what to send of one learner on one course; note in the shipment what need not be."""
    verdicts = reconcile([candidate.attempt for candidate in candidates], _sent(books, candidates))
    for candidate, verdict in zip(candidates, verdicts, strict=True):
        parked = candidate.parked
        if verdict.action == "send" or (full and _resends(books, verdict)):
            if parked is None or parked.run_id != run_id:
                yield _due(candidate, verdict)
            continue
        if candidate.sk is not None:
            shipment.released.append(candidate.sk)
        if candidate.of_this_run:
            shipment.settled.append(Settled(verdict.attempt, verdict.action == "too_old"))


def _due(candidate: _Candidate, verdict: Verdict) -> Due:
    parked = candidate.parked
    # A row that waits and came again as it was is delivered by its replay.
    as_it_was = parked is not None and parked.refused and parked.statistic == verdict.attempt
    return Due(
        attempt=verdict.attempt,
        place=verdict.place,
        sent=verdict.sent,
        parked_key=candidate.sk,
        of_this_run=candidate.of_this_run,
        replayed=as_it_was or not candidate.of_this_run,
    )


def _sent(books: Books, candidates: list[_Candidate]) -> list[Statistic]:
    """Return what was sent of this learner's attempts on this course."""
    if not candidates:
        return []
    mail, course = pair = pair_of(candidates[0].attempt)
    return [
        replace(attempt, learnerMail=mail, externalCourseId=course)
        for attempt in books.ledger.get(books.key_of(pair)) or []
    ]


def _resends(books: Books, verdict: Verdict) -> bool:
    """Tell whether an unchanged attempt goes out again because everything should."""
    return verdict.action == "unchanged" and attempt_key(books, verdict) not in books.resent


def attempt_key(books: Books, attempt: Verdict | Due) -> str:
    """Return the key of one attempt in the ledger."""
    return f"{books.key_of(pair_of(attempt.attempt))}:{attempt.place}"

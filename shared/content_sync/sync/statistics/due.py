"""What is due: attempts read now and rows that wait, compared with what was sent.

Nothing here writes, counts or calls anyone: the same rows, ledger and parked rows always lead to
the same, in whichever invocation of a run it is worked out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from content_sync.domain.attempts import Sent, Verdict, reconcile
from content_sync.domain.statistic import Statistic, merge
from content_sync.request import SyncRequest
from content_sync.state.learners import Learner, ParkedRow
from content_sync.sync.statistics.spool import Due

# Before all others go the attempts that are sent again because everything should be, and then, by
# their places, rows that waited and are tried again as they were.
AGAIN = -1000
REPLAYS = -100


# Tells of a learner's row that waits, whose attempt has a place, whether this run tried it already.
Tried = Callable[[Learner, int, ParkedRow], bool]


class Settled(NamedTuple):
    """An attempt read in this run that needs no sending, or can no longer be recorded."""

    attempt: Statistic
    place: int
    too_old: bool


@dataclass
class Finding:
    """What is to be done about one learner.

    Attributes:
        due: What is due: the first attempts of all learners go in one wave, the second ones in the
            next, and so on.
        read: How many attempts were read, merged and inside the window.
        settled: Those that need no sending.
        released: The keys of rows that need not wait any more.
    """

    due: list[Due] = field(default_factory=list)
    read: int = 0
    settled: list[Settled] = field(default_factory=list)
    released: list[str] = field(default_factory=list)


class _Candidate(NamedTuple):
    """An attempt, and the row that waits for it."""

    attempt: Statistic
    key: str | None
    parked: ParkedRow | None
    of_this_run: bool


def compare(
    learner: Learner,
    rows: Mapping[str, list[Statistic]],
    request: SyncRequest,
    *,
    tried: Tried,
) -> Finding:
    """Work out what is due of one learner.

    Args:
        learner: What was sent, and what waits.
        rows: What was read, by course.
        request: With the window of a backfill, and whether to send everything again.
        tried: Which rows that wait this run tried already.
    """
    finding = Finding()
    waiting = learner.waiting()
    for course in sorted(rows.keys() | waiting.keys()):
        attempts = [row for row in merge(rows.get(course, [])) if in_window(row, request)]
        finding.read += len(attempts)
        candidates = _candidates(attempts, waiting.get(course, {}))
        if not candidates:
            continue
        sent = learner.sent(course, candidates[0].attempt.learnerMail)
        due = _due_of_pair(finding, candidates, sent, lambda place, row: tried(learner, place, row))
        finding.due += due
        if request.full and not due:
            finding.due += _again(candidates, sent)
    return finding


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
        key = _same_attempt(attempt, left)
        parked = left.pop(key) if key is not None else None
        found.append(_Candidate(attempt, key, parked, of_this_run=True))
    for key, parked in left.items():
        found.append(_Candidate(parked.statistic, key, parked, of_this_run=False))
    return sorted(found, key=lambda candidate: candidate.attempt.firstActivity)


def _same_attempt(attempt: Statistic, waiting: Mapping[str, ParkedRow]) -> str | None:
    """Return the row that a newer one replaces: the earliest that it is one attempt with."""
    for key, row in sorted(waiting.items(), key=lambda item: item[1].statistic.firstActivity):
        if len(merge([row.statistic, attempt])) == 1:
            return key
    return None


def _due_of_pair(
    finding: Finding,
    candidates: list[_Candidate],
    sent: list[Sent],
    tried: Callable[[int, ParkedRow], bool],
) -> list[Due]:
    """Return what to send of one learner on one course; note what need not be."""
    due: list[Due] = []
    verdicts = reconcile([candidate.attempt for candidate in candidates], sent)
    for candidate, verdict in zip(candidates, verdicts, strict=True):
        parked = candidate.parked
        done = parked is not None and tried(verdict.place, parked)
        if verdict.action == "send":
            if not done:
                fresh = sum(not one.replayed for one in due)
                due.append(_due(candidate, verdict, wave=fresh))
            continue
        if candidate.of_this_run:
            too_old = verdict.action == "too_old"
            finding.settled.append(Settled(verdict.attempt, verdict.place, too_old))
        if parked is not None and parked.state == "unconfirmed" and verdict.action == "unchanged":
            # 360Learning took it and did not show it: it is looked at again.
            if not done:
                due.append(_looked_at_again(candidate, verdict, parked))
        elif candidate.key is not None:
            finding.released.append(candidate.key)
    return due


def _due(candidate: _Candidate, verdict: Verdict, *, wave: int) -> Due:
    parked = candidate.parked
    # A row that waits and came again as it was is delivered by its replay.
    as_it_was = (
        parked is not None and parked.state == "refused" and parked.statistic == verdict.attempt
    )
    replayed = as_it_was or not candidate.of_this_run
    return Due(
        attempt=verdict.attempt,
        place=verdict.place,
        sent=verdict.sent,
        first=_first(verdict),
        insists=verdict.sent is not None and _differs_unseen(verdict.attempt, verdict.sent.attempt),
        parked_key=candidate.key,
        of_this_run=candidate.of_this_run,
        replayed=replayed,
        wave=REPLAYS + verdict.place if replayed else wave,
    )


def _looked_at_again(candidate: _Candidate, verdict: Verdict, parked: ParkedRow) -> Due:
    return Due(
        attempt=verdict.attempt,
        place=verdict.place,
        sent=verdict.sent,
        first=_first(verdict),
        parked_key=candidate.key,
        of_this_run=False,
        replayed=True,
        unconfirmed=True,
        forced=parked.forced,
        wave=REPLAYS + verdict.place,
    )


def _again(candidates: list[_Candidate], sent: list[Sent]) -> Iterator[Due]:
    """Yield the latest attempt of a pair of which nothing else is due, to be sent again."""
    verdicts = reconcile([one.attempt for one in candidates if one.of_this_run], sent)
    latest = verdicts[-1] if verdicts else None
    if latest is None or latest.action != "unchanged" or latest.place != len(sent) - 1:
        return
    yield Due(
        attempt=latest.attempt,
        place=latest.place,
        sent=latest.sent,
        first=_first(latest),
        insists=True,
        again=True,
        wave=AGAIN,
    )


def _first(verdict: Verdict) -> int:
    return verdict.sent.first if verdict.sent is not None else verdict.attempt.firstActivity


def _differs_unseen(attempt: Statistic, sent: Statistic) -> bool:
    """Tell whether something changed that is not compared with what 360Learning shows."""
    return (attempt.result, attempt.timeSpentInMilliseconds) != (
        sent.result,
        sent.timeSpentInMilliseconds,
    )

"""What is due: attempts read now and rows that wait, compared with what was sent.

Nothing here writes, counts or calls anyone: the same rows, ledger and parked rows always lead to
the same, in whichever invocation of a run it is worked out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from content_sync.domain.attempts import (
    MOST_ATTEMPTS,
    Action,
    Sent,
    Verdict,
    ended_before,
    verdicts_on,
)
from content_sync.domain.statistic import Statistic, merge
from content_sync.request import SyncRequest
from content_sync.state.learner import Learner, ParkedRow
from content_sync.sync.statistics.spool import Due

# Before all others go the attempts that are sent again because everything should be, and then, by
# their places, rows that waited and are tried again as they were.
REPLAYS = -MOST_ATTEMPTS
AGAIN = REPLAYS - 1


class Settled(NamedTuple):
    """An attempt read in this run that needs no sending, or cannot be recorded: too old, say."""

    attempt: Statistic
    place: int
    action: Action


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
    run_id: str,
    came: Collection[str] = (),
) -> Finding:
    """Work out what is due of one learner.

    Args:
        learner: What was sent, and what waits.
        rows: What was read, by course.
        request: With the window of a backfill, and whether to send everything again.
        run_id: Of this run: a row that it tried already is not tried again.
        came: The keys of rows that wait and came again as they are, and were not kept.
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
        pair = _Pair(finding, run_id)
        pair.compare(candidates, sent, came)
        if request.full and pair.agrees:
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


class _Pair:
    """What is due of one learner on one course, attempt by attempt.

    Rows that are tried again as they were go before everything else, as long as no attempt before
    them is fresh: an attempt never goes out before an earlier one of the same pair.
    """

    def __init__(self, finding: Finding, run_id: str) -> None:
        self._finding = finding
        self._run_id = run_id
        self._fresh = 0
        # Whether nothing of the pair is due, nor was in this run.
        self.agrees = True

    def compare(
        self, candidates: list[_Candidate], sent: list[Sent], came: Collection[str]
    ) -> None:
        """Note what is due, what is settled and which rows need not wait any more."""
        verdicts = verdicts_on([candidate.attempt for candidate in candidates], sent)
        for candidate, verdict in zip(candidates, verdicts, strict=True):
            earlier = ended_before(verdict.place, sent, verdicts)
            parked = candidate.parked
            recorded = parked is not None and parked.recorded
            known = candidate.key in came and not candidate.of_this_run
            if verdict.action == "send":
                self._owe(candidate, _due(candidate, verdict, came=known, earlier=earlier))
                continue
            if candidate.of_this_run:
                settled = Settled(verdict.attempt, verdict.place, verdict.action)
                self._finding.settled.append(settled)
            if recorded and verdict.action == "unchanged":
                # It was sent and not shown, or could not be sent again: it is looked at.
                self._owe(candidate, _looked_at(candidate, verdict, came=known, earlier=earlier))
            elif candidate.key is not None:
                self._finding.released.append(candidate.key)

    def _owe(self, candidate: _Candidate, due: Due) -> None:
        """Note what is due, unless this run tried it already."""
        self.agrees = False
        run_id = candidate.parked.run_id if candidate.parked is not None else ""
        about_to = run_id == f"+{self._run_id}"
        if due.replayed and not self._fresh and not about_to:
            if run_id != self._run_id:
                self._finding.due.append(replace(due, wave=REPLAYS + due.place))
            return
        if run_id != self._run_id:
            self._finding.due.append(replace(due, wave=self._fresh) if self._fresh else due)
        self._fresh += 1


def _due(candidate: _Candidate, verdict: Verdict, *, came: bool, earlier: tuple[int, ...]) -> Due:
    parked = candidate.parked
    # A row that waits and came again as it was is delivered by its replay.
    as_it_was = (
        parked is not None and parked.state == "refused" and parked.statistic == verdict.attempt
    )
    return Due(
        attempt=verdict.attempt,
        place=verdict.place,
        sent=verdict.sent,
        first=_first(verdict),
        insists=verdict.sent is not None and _differs_unseen(verdict.attempt, verdict.sent.attempt),
        parked_key=candidate.key,
        of_this_run=candidate.of_this_run,
        replayed=as_it_was or not candidate.of_this_run,
        came=came,
        earlier=earlier,
    )


def _looked_at(
    candidate: _Candidate, verdict: Verdict, *, came: bool, earlier: tuple[int, ...]
) -> Due:
    assert candidate.parked is not None
    return Due(
        attempt=verdict.attempt,
        place=verdict.place,
        sent=verdict.sent,
        first=_first(verdict),
        parked_key=candidate.key,
        of_this_run=False,
        replayed=True,
        recorded=True,
        forced=candidate.parked.forced,
        came=came,
        earlier=earlier,
    )


def _again(candidates: list[_Candidate], sent: list[Sent]) -> Iterator[Due]:
    """Yield the latest attempt of a pair of which nothing else is due, to be sent again."""
    verdicts = verdicts_on([one.attempt for one in candidates if one.of_this_run], sent)
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
        earlier=ended_before(latest.place, sent),
    )


def _first(verdict: Verdict) -> int:
    return verdict.sent.first if verdict.sent is not None else verdict.attempt.firstActivity


def _differs_unseen(attempt: Statistic, sent: Statistic) -> bool:
    """Tell whether something changed that is not compared with what 360Learning shows."""
    return (attempt.result, attempt.timeSpentInMilliseconds) != (
        sent.result,
        sent.timeSpentInMilliseconds,
    )

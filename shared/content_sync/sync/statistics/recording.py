"""Attempts on their way to 360Learning, and what becomes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from content_sync.learning360.api import IMPORT_STATISTICS
from content_sync.learning360.items import statistic_item
from content_sync.masking import mask
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.parked import ParkedRow
from content_sync.state.table import Write
from content_sync.sync.courier import Outcome, Parcel
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books, Pair, pair_of
from content_sync.sync.statistics.due import Due, attempt_key

# What a plan shows of an attempt, in API v2's terms.
SHOWN = ("progress", "timeSpent", "firstActivityAt", "lastActivityAt", "result")


class Imports:
    """The errand of attempts that are due."""

    name = "import"
    endpoint = IMPORT_STATISTICS
    note = Due
    may_stop_between = True

    def __init__(self, run: Run[StatisticsCursor], books: Books) -> None:
        self._report = run.journal.report
        self._full = run.request.full
        self._books = books
        # Whose attempt this run could not deliver: the later ones wait for it.
        self._refused: set[Pair] = {
            pair_of(row.statistic)
            for _, row in books.parked.items()
            if row.run_id == self._report.run_id
        }

    def admit(self, wave: list[Due]) -> Iterator[Parcel[Due]]:
        """Yield the parcels of a wave; park those whose learner's attempt before was refused."""
        for due in wave:
            if pair_of(due.attempt) in self._refused:
                self._park(Outcome(due, refusal="it waits for the attempt before it"))
                continue
            if self._report.wants_changes():
                attempt = due.attempt
                mail = attempt.learnerMail
                self._report.change(attempt.externalCourseId, "send", _fields(due), learner=mail)
            yield Parcel(statistic_item(due.attempt), due)

    def record(self, outcomes: Sequence[Outcome[Due]]) -> Sequence[Write]:
        """Put outcomes into ledger, parked rows and report."""
        for outcome in outcomes:
            if outcome.accepted:
                self._accept(outcome.note)
            else:
                self._park(outcome)
        return ()

    def _accept(self, due: Due) -> None:
        """Record an attempt that 360Learning took."""
        books = self._books
        key = books.key_of(pair_of(due.attempt))
        attempts = list(books.ledger.get(key) or [])
        anonymous = replace(due.attempt, learnerMail="", externalCourseId="")
        attempts[due.place : due.place + 1] = [anonymous]
        books.ledger.set(key, attempts)
        if self._full:
            books.resent.add(attempt_key(books, due))
        if due.parked_key is not None:
            books.parked.release(due.parked_key)
        if due.replayed:
            self._report.count("replayed")
        if due.of_this_run:
            self._report.count("unchanged" if due.replayed else "sent")

    def _park(self, outcome: Outcome[Due]) -> None:
        """Let an attempt wait that 360Learning refused, or that could not be delivered."""
        due, parked, report = outcome.note, self._books.parked, self._report
        attempt = due.attempt
        self._refused.add(pair_of(attempt))
        refused = outcome.refusal is not None
        mail = attempt.learnerMail
        reason = mask((outcome.refusal or outcome.undelivered or "").replace(mail, mask(mail)))
        sk = due.parked_key or parked.key_of(attempt)
        before = parked.get(sk)
        parked.park(
            sk,
            ParkedRow(
                statistic=attempt,
                reason=reason,
                refused=refused,
                first_refused_at=before.first_refused_at if before else report.started_at,
                run_id=report.run_id,
            ),
        )
        if due.of_this_run:
            report.count("parked" if refused else "failed")
        report.problem(
            attempt.externalCourseId,
            "parked" if refused else "statistic_undelivered",
            f"360Learning: {reason}",
            learner=mail,
            undone=not refused,
        )


def _fields(due: Due) -> dict[str, list[Any]]:
    """Return what an attempt would change, in API v2's terms."""
    new = statistic_item(due.attempt)
    old = statistic_item(due.sent) if due.sent is not None else {}
    return {
        name: [old.get(name), new.get(name)] for name in SHOWN if old.get(name) != new.get(name)
    }

"""Attempts on their way to 360Learning, and what becomes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from content_sync.domain.standing import Dispatch, Standing, decide, dispatch, shows
from content_sync.domain.statistic import Statistic
from content_sync.learning360.api import IMPORT_STATISTICS
from content_sync.learning360.items import statistic_item
from content_sync.masking import mask
from content_sync.report import LONGEST_TEXT
from content_sync.state.cursors import StatisticsCursor
from content_sync.state.learner import Learner, ParkedRow, State, parked_key
from content_sync.state.table import Write
from content_sync.sync.parcels import Outcome, Parcel
from content_sync.sync.run import Run
from content_sync.sync.statistics.books import Books
from content_sync.sync.statistics.meeting import Meeting, Pair, View
from content_sync.sync.statistics.spool import Due

# What a plan shows of an attempt, in API v2's terms.
SHOWN = ("progress", "timeSpent", "firstActivityAt", "lastActivityAt", "result")

UNREADABLE = "what stands there of this learner and course could not be read: it is left for now"
UNSHOWN = (
    "360Learning took it and does not show it: it is looked at again at the next run; if it stays "
    "so, compare the learner's attempts there"
)


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt on its way.

    Attributes:
        hash: Of the learner's address.
        due: What is sent.
        dispatch: With which instants.
    """

    hash: str
    due: Due
    dispatch: Dispatch

    @property
    def pair(self) -> Pair:
        """Return whose attempt it is, and on what."""
        return Pair(self.hash, self.due.attempt.externalCourseId)


class Imports:
    """The errand of attempts that are due.

    Args:
        run: The run.
        books: Its books.
        meeting: Reads what stands at 360Learning.
    """

    name = "import"
    endpoint = IMPORT_STATISTICS
    note = Sending
    may_stop_between = True

    def __init__(self, run: Run[StatisticsCursor], books: Books, meeting: Meeting) -> None:
        self._report = run.journal.report
        self._cursor = run.journal.cursor
        self._books = books
        self._meeting = meeting
        self._directory = meeting.directory
        self._scopes = meeting.scopes
        self._open: Learner | None = None

    def admit(self, batch: Sequence[tuple[str, Due]]) -> Iterator[Parcel[Sending]]:
        """Yield the parcels of what is due, having met what stands at 360Learning."""
        view = self._meeting.see(
            dict.fromkeys(Pair(hash_, due.attempt.externalCourseId) for hash_, due in batch)
        )
        for hash_, due in batch:
            sending = self._judged(hash_, due, view)
            if sending is None:
                continue
            self._report.change(
                due.attempt.externalCourseId,
                "send",
                partial(_fields, sending),
                learner=due.attempt.learnerMail,
            )
            user = self._directory.known_as(hash_)
            user_id = user.user_id if user.by_id and user.one else ""
            yield Parcel(statistic_item(due.attempt, sending.dispatch, user_id=user_id), sending)
        self._close()

    def _judged(self, hash_: str, due: Due, view: View) -> Sending | None:
        """Return how an attempt goes out; None for one that does not, of which that is recorded."""
        sending = Sending(hash_, due, dispatch(due.attempt, due.first))
        if self._waits_for_another(sending):
            self._park(sending, "refused", "it waits for the attempt before it")
            return None
        if sending.pair in view.unreadable:
            self._park(sending, "undelivered", UNREADABLE)
            return None
        standing = view.standing.get(sending.pair)
        if standing is None:
            return self._unmet(sending)
        decided = decide(due.attempt, due.first, standing, insists=due.insists, earlier=due.earlier)
        if decided is None:
            self._settle(sending, standing)
            return None
        if due.forced and decided.force_new:
            self._unconfirmed(sending)
            return None
        return Sending(hash_, due, decided)

    def _unmet(self, sending: Sending) -> Sending | None:
        """Return how an attempt goes out of which nothing is known at 360Learning."""
        due = sending.due
        if due.recorded:
            if self._scopes.granted:
                self._unconfirmed(sending)
            return None
        # What was completed would be doubled if it were sent again.
        return None if due.again and due.attempt.completed else sending

    def record(self, outcomes: Sequence[Outcome[Sending]]) -> Sequence[Write]:
        """Read back what 360Learning took; put outcomes into ledger, parked rows and report."""
        # Before anything is counted: an earlier invocation's are not here yet.
        self._books.learners.fetch(outcome.note.hash for outcome in outcomes)
        view = self._read_back(outcomes)
        for outcome in outcomes:
            sending = outcome.note
            if outcome.accepted:
                self._accept(sending, view)
            elif outcome.refusal is not None:
                self._park(sending, "refused", outcome.refusal, placed=True)
            else:
                self._park(sending, "undelivered", outcome.undelivered or "", placed=True)
            self._cursor.go_through(sending.due.wave, sending.pair)
        self._close()
        return ()

    def _read_back(self, outcomes: Sequence[Outcome[Sending]]) -> View | None:
        """Return what 360Learning shows now of what it took; None where that cannot be read."""
        accepted = [one.note for one in outcomes if one.accepted and not one.rehearsed]
        if not accepted or not self._scopes.granted:
            return None
        mails = {sending.hash: sending.due.attempt.learnerMail for sending in accepted}
        self._directory.know(mails.items())
        self._directory.look_everywhere(mails)
        pairs = dict.fromkeys(sending.pair for sending in accepted)
        view = self._meeting.see(pairs, just_sent=True)
        return view if self._scopes.granted else None

    def _accept(self, sending: Sending, view: View | None) -> None:
        """Record an attempt that 360Learning took, and whether it shows it."""
        due, shown = sending.due, True
        if view is not None:
            standing = view.standing.get(sending.pair, [])
            shown = shows(due.attempt, sending.dispatch.last, standing)
        self._keep(sending, sending.dispatch.first, released=shown)
        self._recount(due)
        if due.again:
            self._report.count("unchanged", -1)
        if due.replayed:
            self._report.count("replayed")
        if due.of_this_run:
            self._report.count("unchanged" if due.replayed else "sent")
        if not shown:
            self._unconfirmed(sending)
        elif view is not None:
            self._report.count("confirmed")

    def _settle(self, sending: Sending, standing: list[Standing]) -> None:
        """Record an attempt that stands at 360Learning already."""
        due = sending.due
        before = self._waiting(sending)
        unconfirmed = before is not None and before.state == "unconfirmed"
        self._keep(sending, due.first, released=True)
        self._recount(due)
        if due.replayed and not unconfirmed:
            # Trying it may have been broken off after 360Learning took it.
            self._report.count("replayed")
        if due.recorded and shows(due.attempt, sending.dispatch.last, standing):
            self._report.count("confirmed")
        elif due.of_this_run and not due.again:
            self._report.count("unchanged")

    def _recount(self, due: Due) -> None:
        """Count a row that came again as it waited as what it turned out to be: unchanged."""
        if due.came:
            self._report.count("parked", -1)
            self._report.count("unchanged")

    def _keep(self, sending: Sending, first: int, *, released: bool) -> None:
        due = sending.due
        learner = self._learner(sending.hash)
        learner.record(due.attempt, first, due.place)
        if due.sent is None:
            self._books.learners.count(due.attempt.externalCourseId)
        if due.parked_key is not None and released:
            learner.release(due.parked_key)

    def _unconfirmed(self, sending: Sending) -> None:
        """Let an attempt that 360Learning took and does not show be looked at by the next run."""
        self._report.count("unconfirmed")
        self._wait(sending, "unconfirmed", UNSHOWN, placed=False)

    def _park(self, sending: Sending, state: State, reason: str, *, placed: bool = False) -> None:
        """Let an attempt wait that 360Learning refused, or that could not be delivered.

        Args:
            sending: The attempt.
            state: Why it waits.
            reason: In words.
            placed: Whether the run's place moves with it, so that nothing else need tell the next
                invocation that it was tried.
        """
        due = sending.due
        uncounted = state == "refused" and not due.of_this_run
        self._wait(sending, state, f"360Learning: {reason}", placed=placed or uncounted)
        if due.again:
            self._report.count("unchanged", -1)
        if due.of_this_run:
            self._report.count("parked" if state == "refused" else "failed")

    def _wait(self, sending: Sending, state: State, reason: str, *, placed: bool) -> None:
        due, attempt = sending.due, sending.due.attempt
        mail = attempt.learnerMail
        reason = mask(reason.replace(mail, mask(mail)))[:LONGEST_TEXT]
        key = due.parked_key or parked_key(attempt)
        before = self._waiting(sending)
        row = ParkedRow(
            statistic=attempt,
            reason=reason,
            state=state,
            first_refused_at=before.first_refused_at if before else self._report.started_at,
            run_id=self._report.run_id,
            recorded=due.recorded or due.again or state == "unconfirmed",
            forced=due.forced or (sending.dispatch.force_new and state == "unconfirmed"),
        )
        if before is None or due.wave >= 0 or not placed or not _same(before, row):
            self._learner(sending.hash).park(key, row)
        self._report.problem(
            attempt.externalCourseId,
            {"refused": "parked", "undelivered": "statistic_undelivered"}.get(state, state),
            reason,
            learner=mail,
            undone=state != "refused",
        )

    def _waiting(self, sending: Sending) -> ParkedRow | None:
        """Return the row that waits for an attempt, if one does."""
        attempt = sending.due.attempt
        waiting = self._learner(sending.hash).waiting().get(attempt.externalCourseId, {})
        return waiting.get(sending.due.parked_key or parked_key(attempt))

    def _waits_for_another(self, sending: Sending) -> bool:
        """Tell whether an earlier attempt of the same pair is not delivered yet."""
        attempt = sending.due.attempt
        if sending.due.place == 0:
            return False
        waiting = self._learner(sending.hash).waiting().get(attempt.externalCourseId, {})
        return any(
            not row.recorded and row.statistic.firstActivity < attempt.firstActivity
            for key, row in waiting.items()
            if key != sending.due.parked_key
        )

    def _learner(self, hash_: str) -> Learner:
        """Return a learner as recorded until now; one at a time is open: they come in order."""
        if self._open is None or self._open.hash != hash_:
            self._close()
            self._open = self._books.learners.get(hash_)
            user = self._directory.known_as(hash_)
            if user.one:
                self._open.user_id, self._open.by_id = user
        return self._open

    def _close(self) -> None:
        """Keep what changed of the learner that is open."""
        if self._open is not None:
            self._books.learners.save(self._open)
            self._open = None


def _same(before: ParkedRow, row: ParkedRow) -> bool:
    """Tell whether two rows differ in nothing but the run that tried them."""
    return replace(before, run_id=row.run_id) == row


def _fields(sending: Sending) -> dict[str, list[Any]]:
    """Return what an attempt would change, in API v2's terms."""
    new = statistic_item(sending.due.attempt, sending.dispatch)
    sent = sending.due.sent
    old: dict[str, Any] = {}
    if sent is not None:
        before: Statistic = sent.attempt
        old = statistic_item(before, dispatch(before, sent.first))
    return {
        name: [old.get(name), new.get(name)] for name in SHOWN if old.get(name) != new.get(name)
    }

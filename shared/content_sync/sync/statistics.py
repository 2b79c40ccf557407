"""The statistics run: each learner's progress goes to 360Learning once, and never backward."""

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, replace
from typing import Any

from content_sync.domain.attempts import Verdict, reconcile
from content_sync.errors import PositionLost
from content_sync.learning360.api import IMPORT_STATISTICS
from content_sync.learning360.items import statistic_item
from content_sync.masking import mask
from content_sync.providers.base import Page, StatisticsQuery
from content_sync.state.courses import course_ledger
from content_sync.state.parked import ParkedRow, park_write, parked_key, parked_rows, unpark_write
from content_sync.state.runs import COURSES_GAINED, mark_write, read_mark
from content_sync.state.statistics import learner_hash, ledger_key, statistics_ledger
from content_sync.state.table import Write
from content_sync.domain.statistic import IgnoredRow, InvalidRow, Statistic, StatisticJudgement, merge
from content_sync.sync.delivery import Delivery, Outcome, Parcel
from content_sync.sync.remembered import Remembered
from content_sync.sync.run import Run

WATERMARK = "watermark"
# When everything was last read, whatever the watermark.
WHOLE_READ = "whole_read"
RESTARTS = 2


def synchronize_statistics(run: Run) -> None:
    """Brings the learners' statistics to 360Learning.

    Raises:
        OutOfTime: The run goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    sync = _StatisticsSync(run)
    if sync.delivery.settle():
        run.forget()
    sync.read()
    sync.send()
    sync.move_watermark()


class _StatisticsSync:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.report = run.report
        self.courses = course_ledger(run.table, run.pk)
        self.ledger = statistics_ledger(run.table, run.pk)
        self.parked = parked_rows(run.table, run.pk)
        self.delivery = Delivery(run, self.record)
        self.rows = [Statistic(*row) for row in run.grown("rows")]
        self.saved_rows = len(self.rows)
        self.parked_writes: list[Write] = []
        # With `full`, what this run has sent again already.
        self.resent = Remembered(run, "resent")
        # Whose attempt was refused: the later ones wait for it, since the order decides.
        self.refused = {
            _pair(row.statistic) for row in self.parked.values() if row.run_id == run.report.run_id
        }
        run.savers.append(self.writes)

    def writes(self) -> list[Write]:
        """What was read, sent and parked since the last save."""
        rows = [astuple(row) for row in self.rows[self.saved_rows :]]
        writes = [*self.ledger.writes(), *self.parked_writes]
        writes += self.run.grow("rows", rows) if rows else ()
        self.saved_rows, self.parked_writes = len(self.rows), []
        return writes

    # Reading

    def read(self) -> None:
        """Reads the whole window: rows of one attempt may stand on pages far apart."""
        if self.run.cursor.get("read_to_end"):
            return
        for page in self.pages(self.query()):
            for raw in page.items:
                self.take(self.run.provider.to_statistic(raw))
            self.run.cursor["position"] = page.position
            if page.doubt:
                self.doubt(page.doubt)
            self.run.checkpoint()
        self.run.cursor["read_to_end"] = True

    def query(self) -> StatisticsQuery:
        """The window to ask the provider for, the same in every invocation of the run."""
        cursor, request = self.run.cursor, self.run.request
        if "since" not in cursor:
            cursor["since"] = request.since if request.is_backfill else self.watermark()
        courses = [name for name, _ in self.courses.items()]
        return StatisticsQuery(cursor["since"], courses, self.open_courses())

    def open_courses(self) -> Callable[[str], list[str]]:
        """Which courses a learner has open, as far as was sent, by the learner's address."""
        by_learner: dict[str, list[str]] = {}
        for key, attempts in self.ledger.items():
            learner, _, course = key.partition(":")
            if not attempts[-1].completed:
                by_learner.setdefault(learner, []).append(course)
        return lambda mail: by_learner.get(learner_hash(self.run.pk, mail), [])

    def watermark(self) -> int | None:
        """From when on to read; None for everything, also after the catalogue gained courses."""
        table, pk = self.run.table, self.run.pk
        whole = read_mark(table, pk, WHOLE_READ)
        gained = read_mark(table, pk, COURSES_GAINED)
        if self.run.request.full or whole is None or (gained is not None and gained >= whole):
            return None
        return read_mark(table, pk, WATERMARK)

    def pages(self, query: StatisticsQuery) -> Iterator[Page[Any]]:
        """The pages from where the run stands; a lost place starts over."""
        cursor = self.run.cursor
        for _ in range(RESTARTS + 1):
            pages = self.run.source.statistics(query, cursor.get("position"))
            try:
                while (page := self._next(pages)) is not None:
                    yield page
                return
            except PositionLost:
                cursor["position"] = None
        self.doubt("the provider's listing broke off more than once")

    def _next(self, pages: Iterator[Page[Any]]) -> Page[Any] | None:
        with self.run.budget.unit():
            return next(pages, None)

    def doubt(self, reason: str) -> None:
        """Notes why rows may be missing: the watermark stays where it is."""
        self.run.cursor["incomplete"] = True
        self.run.partial = True
        self.report.problem("", "incomplete_crawl", reason)

    def take(self, judgement: StatisticJudgement) -> None:
        """Keeps a row for merging, or counts it."""
        match judgement:
            case Statistic():
                self.rows.append(judgement)
            case IgnoredRow():
                self.report.count("read")
                self.report.count("ignored")
            case InvalidRow(course, reason, message):
                self.report.count("read")
                self.report.count("invalid")
                self.report.problem(course, reason, message)

    def in_window(self, row: Statistic) -> bool:
        """Whether an attempt belongs to the backfill that was asked for, if one was."""
        since, until = self.run.request.since, self.run.request.until
        return (since is None or row.lastActivity >= since) and (
            until is None or row.lastActivity <= until
        )

    # Sending

    def send(self) -> None:
        """Sends what is due, no two attempts of one learner and course in the same operation."""
        waves = self.waves(counting=not self.run.cursor.get("judged"))
        self.run.cursor["judged"] = True
        most = IMPORT_STATISTICS.most_items
        for wave in waves:
            parcels = [parcel for parcel in wave if not self.waits(parcel)]
            for start in range(0, len(parcels), most):
                self.delivery.deliver(IMPORT_STATISTICS, "import", parcels[start : start + most])
                self.run.checkpoint()

    def waits(self, parcel: Parcel) -> bool:
        """Parks an attempt whose learner's attempt before it was refused in this run."""
        sk, _, values, of_this_run, _ = parcel.note
        statistic = Statistic(*values)
        if _pair(statistic) not in self.refused:
            return False
        outcome = Outcome(parcel.note, refusal="it waits for the attempt before it")
        self.park(statistic, sk, outcome, of_this_run)
        return True

    def waves(self, *, counting: bool) -> list[list[Parcel]]:
        """What is due, the first attempts of all learners before the second ones.

        360Learning's attempt rules depend on the order, and an operation promises none.
        """
        rows: dict[tuple[str, str], list[Statistic]] = {}
        for row in self.rows:
            rows.setdefault(_pair(row), []).append(row)
        waiting: dict[tuple[str, str], dict[str, ParkedRow]] = {}
        for sk, parked in self.parked.items():
            waiting.setdefault(_pair(parked.statistic), {})[sk] = parked
        waves: list[list[Parcel]] = []
        for pair in rows | waiting:
            merged = [row for row in merge(rows.get(pair, [])) if self.in_window(row)]
            attempts = self.known(merged, counting)
            due = self.due(attempts, waiting.get(pair, {}), counting)
            for number, parcel in enumerate(due):
                if number == len(waves):
                    waves.append([])
                waves[number].append(parcel)
        return waves

    def known(self, attempts: list[Statistic], counting: bool) -> list[Statistic]:
        """The attempts on a course that was ever sent; counts them as read."""
        if counting:
            self.report.count("read", len(attempts))
        if attempts and attempts[0].externalCourseId not in self.courses:
            if counting:
                self.report.count("unknown_course", len(attempts))
            return []
        return attempts

    def due(
        self, attempts: list[Statistic], waiting: dict[str, ParkedRow], counting: bool
    ) -> Iterator[Parcel]:
        """What to send of one learner on one course: attempts read now, and rows that wait."""
        left = dict(waiting)
        places: list[_Place] = []
        for attempt in attempts:
            sk = _same_attempt(attempt, left)
            places.append(_Place(attempt, sk, left.pop(sk) if sk is not None else None, True))
        places += [_Place(row.statistic, sk, row, False) for sk, row in left.items()]
        places.sort(key=lambda place: place.attempt.firstActivity)
        verdicts = reconcile([place.attempt for place in places], self.sent(places))
        for place, verdict in zip(places, verdicts, strict=True):
            tried = place.parked is not None and place.parked.run_id == self.report.run_id
            if verdict.action == "send" or self.resends(verdict):
                if not tried:
                    yield self.parcel(place, verdict)
                continue
            if place.sk is not None:
                self.parked_writes.append(unpark_write(place.sk))
            if counting and place.of_this_run:
                self.count_settled(verdict)

    def count_settled(self, verdict: Verdict) -> None:
        """Counts an attempt that needs no sending."""
        if verdict.action != "too_old":
            self.report.count("unchanged")
            return
        self.report.count("ignored")
        self.report.problem(
            verdict.attempt.externalCourseId,
            "before_first_attempt",
            "it was over before the first attempt that was sent, and cannot be recorded any more",
            learner=verdict.attempt.learnerMail,
        )

    def sent(self, places: list["_Place"]) -> list[Statistic]:
        """What was sent of this learner's attempts on this course."""
        if not places:
            return []
        mail, course = _pair(places[0].attempt)
        return [
            replace(attempt, learnerMail=mail, externalCourseId=course)
            for attempt in self.ledger.get(ledger_key(self.run.pk, mail, course)) or []
        ]

    def resends(self, verdict: Verdict) -> bool:
        """Whether an unchanged attempt goes out again because everything should."""
        return (
            self.run.request.full
            and verdict.action == "unchanged"
            and self.attempt_key(verdict.attempt, verdict.number) not in self.resent
        )

    def attempt_key(self, attempt: Statistic, number: int) -> str:
        """One attempt in the ledger."""
        key = ledger_key(self.run.pk, attempt.learnerMail, attempt.externalCourseId)
        return f"{key}:{number}"

    def parcel(self, place: "_Place", verdict: Verdict) -> Parcel:
        """One attempt on its way."""
        attempt, parked = verdict.attempt, place.parked
        if self.report.wants_changes():
            mail = attempt.learnerMail
            self.report.change(attempt.externalCourseId, "send", _fields(verdict), learner=mail)
        # A row that waits and came again as it was is delivered by its replay.
        replayed = parked is not None and (
            not place.of_this_run or (parked.refused and parked.statistic == attempt)
        )
        note = [place.sk, verdict.number, astuple(attempt), place.of_this_run, replayed]
        return Parcel(statistic_item(attempt), note)

    def record(self, purpose: str, outcomes: list[Outcome]) -> None:
        """Puts the outcomes of an import into ledger, parked rows and report, and saves."""
        for outcome in outcomes:
            sk, number, values, of_this_run, replayed = outcome.note
            statistic = Statistic(*values)
            if not outcome.accepted:
                self.park(statistic, sk, outcome, of_this_run)
                continue
            self.accept(statistic, number, sk)
            if replayed:
                self.report.count("replayed")
            if of_this_run:
                self.report.count("unchanged" if replayed else "sent")
        self.run.save()

    def accept(self, statistic: Statistic, number: int, sk: str | None) -> None:
        """One attempt that 360Learning took."""
        key = ledger_key(self.run.pk, statistic.learnerMail, statistic.externalCourseId)
        attempts = list(self.ledger.get(key) or [])
        attempts[number : number + 1] = [replace(statistic, learnerMail="", externalCourseId="")]
        self.ledger.set(key, attempts)
        if self.run.request.full:
            self.resent.add(self.attempt_key(statistic, number))
        if sk is not None:
            self.parked.pop(sk, None)
            self.parked_writes.append(unpark_write(sk))

    def park(
        self, statistic: Statistic, sk: str | None, outcome: Outcome, of_this_run: bool
    ) -> None:
        """One attempt that 360Learning refused, or that could not be delivered."""
        sk = sk or parked_key(self.run.pk, statistic)
        self.refused.add(_pair(statistic))
        refused = outcome.refusal is not None
        said = outcome.refusal or outcome.undelivered or ""
        reason = mask(said.replace(statistic.learnerMail, mask(statistic.learnerMail)))
        before = self.parked.get(sk)
        self.parked[sk] = ParkedRow(
            statistic=statistic,
            reason=reason,
            refused=refused,
            first_refused_at=before.first_refused_at if before else self.report.started_at,
            run_id=self.report.run_id,
        )
        self.parked_writes.append(park_write(sk, self.parked[sk]))
        if of_this_run:
            self.report.count("parked" if refused else "failed")
        self.run.partial = self.run.partial or not refused
        self.report.problem(
            statistic.externalCourseId,
            "parked" if refused else "statistic_undelivered",
            f"360Learning: {reason}",
            learner=statistic.learnerMail,
        )

    def move_watermark(self) -> None:
        """Moves the watermark to the start of the run, less an overlap, if all was read."""
        cursor, request = self.run.cursor, self.run.request
        if request.is_backfill or cursor.get("incomplete"):
            return
        started_at = self.report.started_at
        marks = [mark_write(WATERMARK, started_at - self.run.provider.overlap_hours * 3_600_000)]
        if cursor["since"] is None:
            marks.append(mark_write(WHOLE_READ, started_at))
        self.run.save(marks)


@dataclass(frozen=True, slots=True)
class _Place:
    """An attempt, the parked row that waits for it if there is one, and whether it was read now."""

    attempt: Statistic
    sk: str | None
    parked: ParkedRow | None
    of_this_run: bool


def _pair(statistic: Statistic) -> tuple[str, str]:
    return statistic.learnerMail, statistic.externalCourseId


def _same_attempt(attempt: Statistic, waiting: dict[str, ParkedRow]) -> str | None:
    """The parked row that a newer row replaces: the earliest that it is one attempt with."""
    for sk, row in sorted(waiting.items(), key=lambda item: item[1].statistic.firstActivity):
        if len(merge([row.statistic, attempt])) == 1:
            return sk
    return None


def _fields(verdict: Verdict) -> dict[str, list[Any]]:
    """What an attempt would change, in API v2's terms."""
    new = statistic_item(verdict.attempt)
    old = statistic_item(verdict.sent) if verdict.sent is not None else {}
    names = ("progress", "timeSpent", "firstActivityAt", "lastActivityAt", "result")
    return {
        name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)
    }

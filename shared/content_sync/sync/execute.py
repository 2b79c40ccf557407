"""From an event to a run report: what every catalogue and statistics function does."""

import gc
import secrets
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from content_sync.account import Notes
from content_sync.agreement import must_agree
from content_sync.ahead import in_background
from content_sync.aws.clients import open_clients
from content_sync.aws.invocation import Invocation, invoke_this_function
from content_sync.errors import (
    AwsUnavailable,
    ContentSyncError,
    InvalidEvent,
    LeaseLost,
    LoginRefused,
    OutOfTime,
    Signal,
    UnknownCursor,
)
from content_sync.fields.instants import now, to_iso
from content_sync.observability import logger, measure, publish, said_of
from content_sync.parties import open_parties
from content_sync.providers.base import Prepares, Provider, Settles
from content_sync.report import Report
from content_sync.request import Reported, SyncRequest, parse_sync_event
from content_sync.settings import Environment
from content_sync.state import integrations
from content_sync.state.cursors import Cursor, CursorStore
from content_sync.state.details import Details
from content_sync.state.integrations import Integration
from content_sync.state.lease import Lease
from content_sync.state.runs import report_of, report_write
from content_sync.state.table import Table, Write
from content_sync.sync.courier import Courier, RehearsingCourier
from content_sync.sync.dispatch import dispatch
from content_sync.sync.journal import Journal, PlanJournal
from content_sync.sync.run import Run, RunKind
from content_sync.sync.sentences import explained, in_a_sentence
from content_sync.sync.unfinished import must_be_over, must_end, takes_up
from content_sync.web.timebudget import TimeBudget

BEGUN_FROM_START = (
    "the unfinished run was saved by another version of this program: this run begins from the "
    "start"
)
LEFT_UNFINISHED = (
    "it was left unfinished and another run began: what had reached 360Learning was recorded, and "
    "the rest is read again"
)

C = TypeVar("C", bound=Cursor)

open_clients("dynamodb", "secretsmanager")
# What was imported stays: no collection need look at it.
gc.freeze()


def execute(provider: Provider, kind: RunKind[C], event: Any, context: Any) -> dict[str, Any]:
    """Run one integration, or dispatch a run for every active one of the provider.

    Args:
        provider: Whose function this is.
        kind: What it synchronizes.
        event: A sync event, see docs/operations.md.
        context: The Lambda context.

    Returns:
        `{"dispatched": [...]}`, or the run report.

    Raises:
        ContentSyncError: One sentence that says what to do.
    """
    request = parse_sync_event(kind.name, event)
    environment = Environment.read()
    if request.integration is None:
        with in_a_sentence():
            table = Table(environment.state_table)
            return {"dispatched": dispatch(table, provider, environment.secrets_prefix, event)}
    return execute_one(provider, kind, request, event, environment, Invocation.of(context))


def execute_one(
    provider: Provider,
    kind: RunKind[C],
    request: SyncRequest,
    event: dict[str, Any],
    environment: Environment,
    invocation: Invocation,
) -> dict[str, Any]:
    """Run the integration that a request names; see `execute`.

    Args:
        provider: Whose function this is.
        kind: What the run does.
        request: What it is asked for.
        event: The event that asked: with a run id, it lets the run go on elsewhere.
        environment: Of the function.
        invocation: Of the function.
    """
    table = Table(environment.state_table)
    integration = active_integration(table, provider.name, request.integration or "")
    execution = _Execution(
        provider, kind, event, request, environment, table, integration, invocation
    )
    return execution.plan() if request.plans and not kind.saves_plans else execution.apply()


def active_integration(table: Table, provider: str, name: str) -> Integration:
    """Return the integration that an event names; one that is paused runs by hand.

    Raises:
        InvalidEvent: It was never activated, or was deactivated.
    """
    integration = integrations.known(table, provider, name)
    if integration.state == integrations.INACTIVE:
        raise InvalidEvent(
            f"integration {name} of {provider} is inactive: activate it first (content-sync "
            f"activate {provider}/{name})"
        )
    return integration


@dataclass
class _Execution(Generic[C]):
    """One invocation for one integration."""

    provider: Provider
    kind: RunKind[C]
    event: dict[str, Any]
    request: SyncRequest
    environment: Environment
    table: Table
    integration: Integration
    invocation: Invocation
    leases: ExitStack = field(default_factory=ExitStack)
    logins: ExitStack = field(default_factory=ExitStack)

    def plan(self) -> dict[str, Any]:
        """Read everything, write nothing but the report."""
        cursor = self.new_cursor()
        with self.logins, said_of(cursor.report), in_a_sentence():
            journal = PlanJournal(cursor, self.store(), None, self.budget())
            try:
                self.kind.synchronize(self.prepared(self.opened(journal, RehearsingCourier)))
            except OutOfTime:
                raise ContentSyncError(
                    "the plan did not fit into one invocation: give the function a longer Timeout"
                ) from None
            journal.save()
            finished = self.ended(cursor.report)
            # No run writes the same: no lease is needed.
            self.table.write(self.integration.pk, report_write(finished))
            return finished

    def apply(self) -> dict[str, Any]:
        """Run under the integration's lease, from the cursor if there is one."""
        # Leases go last: until then nobody else may use up a login that is being exchanged.
        with self.leases, self.logins:
            lease = self.taken(self.kind.name)
            if lease is None:
                return self.ended(self.new_cursor().report, "skipped")
            for other in () if self.request.plans else self.kind.keeps_out:
                self.keep_out(other)
            return self.run_under_lease(lease)

    def keep_out(self, other: Reported) -> None:
        """Let no run of another kind be under way, nor wait to go on."""
        if self.taken(other) is None:
            raise InvalidEvent(
                f"a {other} run of this integration is under way: try again when it has ended"
            )
        if self.table.get(self.integration.pk, f"cursor#{other}") is not None:
            raise InvalidEvent(
                f"a {other} run of this integration is unfinished: let it end first, by invoking "
                f'its function with {{"integration": "{self.integration.name}"}}'
            )

    def taken(self, kind: Reported) -> Lease | None:
        """Take a lease, which is given back when this invocation is done; None if it is held."""
        lease = Lease.take(
            self.table,
            self.integration.pk,
            kind,
            holder=self.invocation.request_id,
            seconds=self.invocation.remaining_ms() / 1000,
        )
        if lease is not None:
            self.leases.callback(lease.give_back)
        return lease

    def run_under_lease(self, lease: Lease) -> dict[str, Any]:
        """Go on with the unfinished run that is asked for, or begin one."""
        store = self.store()
        try:
            left = store.read()
            if report := self.report_of_ended_run(left):
                return report
            by_id = self.kind.goes_on_by_id
            if left is not None and takes_up(left, self.request, by_id_only=by_id, now=now()):
                return self.carry_out(left, store, lease, resumed=True)
            if left is not None:
                try:
                    self.conclude(left, store, lease)
                except OutOfTime:
                    return self.continue_elsewhere(left.report, lease, self.event)
        except UnknownCursor as unknown:
            lease.write(store.clearing(None))
            cursor = self.new_cursor()
            cursor.report.problem("", "begun_from_start", str(unknown) or BEGUN_FROM_START)
            return self.carry_out(cursor, store, lease)
        return self.carry_out(self.new_cursor(), store, lease)

    def carry_out(
        self, cursor: C, store: CursorStore[C], lease: Lease, *, resumed: bool = False
    ) -> dict[str, Any]:
        """Run until the end, or until this invocation's time is over."""
        # A run that goes on does so as it was asked for, whoever invokes it now.
        self.request = self.request.as_demanded(cursor.demands)
        cursor.slices += 1
        journal = Journal(cursor, store, lease, self.budget(), resumed=resumed)
        with said_of(cursor.report), in_a_sentence():
            return self.synchronized(journal, lease)

    def synchronized(self, journal: Journal[C], lease: Lease) -> dict[str, Any]:
        """Carry out a run, and end its report."""
        run: Run[C] | None = None
        try:
            if journal.resumed:
                # That it was worked on counts, also where it only waits and saves nothing else.
                journal.save()
            must_end(journal.cursor, now())
            run = self.prepared(self.opened(journal, Courier))
            if journal.resumed:
                # What was begun is gone on with first, at the platform.
                run.agreed()
            self.kind.synchronize(run)
        except OutOfTime:
            event = {**self.event, "run_id": journal.report.run_id}
            return self.continue_elsewhere(journal.report, lease, event)
        except UnknownCursor:
            raise
        except Exception as error:
            # Else the state in memory may not be sound, and the last save holds.
            sound = journal.sound and not journal.waits and isinstance(error, ContentSyncError)
            if run is not None and sound and run.agrees():
                self.keep_place(journal)
            journal.report.failure(str(explained(error)))
            self.failed(journal.report, error, lease)
            raise
        clearing, writes = journal.clearing(), journal.left()
        return self.ended(journal.report, None, lease, clearing=clearing, writes=writes)

    def continue_elsewhere(
        self, report: Report, lease: Lease, event: dict[str, Any]
    ) -> dict[str, Any]:
        """Start the invocation that goes on; first is stored and given back what it needs."""
        ended = self.ended(report, "continued", lease)
        self.logins.close()
        self.leases.close()
        invoke_this_function({**event, "integration": self.integration.name})
        return ended

    def conclude(self, left: C, store: CursorStore[C], lease: Lease) -> None:
        """End an unfinished run that is not gone on with, as itself: its cursor, its report.

        What it had in flight is recorded; a run that had stopped with nothing in flight has its
        report already.
        """
        report = left.report
        stored = report_of(self.table, self.integration.pk, self.kind.name, report.run_id) or {}
        failures = [row for row in stored.get("problems", ()) if row["reason"] == "failed"]
        ending = failures[0]["message"] if failures else LEFT_UNFINISHED
        if stored.get("status") == "failed" and not left.in_flight:
            lease.write(store.clearing(left))
            return
        with said_of(report), in_a_sentence():
            try:
                if left.in_flight:
                    self.record_what_was_left(left, store, lease)
            except Signal:
                # Its report says how it ended, whoever else works on it.
                report.failure(ending)
                raise
            except Exception as error:
                # The run that was asked for fails by it: it cannot begin before this one has ended.
                unbegun = self.new_cursor().report
                unbegun.failure(str(explained(error)))
                self.failed(unbegun, error, lease)
                raise
            report.failure(ending)
            # What it had counted was published when it stopped.
            self.ended(report, "failed", lease, clearing=store.clearing(left), publishes=False)
            logger.warning("an unfinished run was ended", counts=report.counts)

    def record_what_was_left(self, left: C, store: CursorStore[C], lease: Lease) -> None:
        """See what a run left in flight to its end.

        Raises:
            ContentSyncError: It does not end.
        """
        journal = Journal(left, store, lease, self.budget(), resumed=True)
        run = self.opened(journal, Courier)
        run.agreed()
        try:
            self.kind.conclude(run)
        except OutOfTime:
            # Else one invocation would follow the other for as long as an operation lasts.
            if left.in_flight:
                must_be_over(left, now())
            raise
        journal.save()

    def opened(self, journal: Journal[C], courier: type[Courier]) -> Run[C]:
        """Read the secrets, open both sides, and see that they still agree."""
        logger.info(
            f"{self.provider.name} {self.kind.name} started",
            mode=journal.report.mode,
            resumed=journal.resumed,
        )
        budget = journal.budget
        parties = open_parties(
            self.provider,
            self.integration.name,
            prefix=self.environment.secrets_prefix,
            table=self.table,
            budget=budget,
            rehearsed=self.request.plans,
        )
        if isinstance(parties.api, Settles):
            self.logins.callback(parties.api.settle)
        # Meanwhile the ledger is read, and the provider is asked for a first page.
        agreed = in_background(partial(must_agree, parties))
        journal.keep_details(Details(journal.report))
        journal.keep(Notes.recall(self.table, parties.pk, self.kind.name, parties.api))
        carrier = courier(parties.platform, self.integration.integration_id, journal, budget)
        return Run(self.request, parties, journal, carrier, agreed)

    def prepared(self, run: Run[C]) -> Run[C]:
        """Return a run whose reader has begun with what it needs before its first request."""
        if isinstance(run.parties.api, Prepares):
            run.parties.api.prepare()
        return run

    def store(self) -> CursorStore[C]:
        """Return where the cursor of this integration and kind is kept."""
        return CursorStore(self.table, self.integration.pk, self.kind.name, self.kind.cursor)

    def budget(self) -> TimeBudget:
        """Return the time that this invocation has left."""
        return TimeBudget(self.invocation.remaining_ms)

    def new_cursor(self) -> C:
        """Return the cursor of a run that begins now."""
        started_at = now()
        report = Report(
            run_id=new_run_id(started_at),
            provider=self.provider.name,
            integration=self.integration.name,
            kind=self.kind.name,
            mode=self.request.mode,
            started_at=started_at,
        )
        return self.kind.cursor.model_validate({"report": report, "demands": self.request.demands})

    def report_of_ended_run(self, left: C | None) -> dict[str, Any] | None:
        """Return the report of the run that the event names, when it has ended already.

        Raises:
            InvalidEvent: The event names a run that is neither unfinished nor known.
        """
        run_id = self.request.run_id
        if run_id is None or (left is not None and left.report.run_id == run_id):
            return None
        report = report_of(self.table, self.integration.pk, self.kind.name, run_id)
        if report is None:
            raise InvalidEvent(
                f"run_id {run_id} is not an unfinished run of this integration: leave run_id out "
                "to start a new one"
            )
        return report

    def keep_place(self, journal: Journal[C]) -> None:
        """Save the cursor of a run that failed."""
        try:
            journal.save(leaving=True)
        except (LeaseLost, AwsUnavailable) as error:
            logger.warning("the cursor was not saved", reason=str(error))

    def failed(self, report: Report, error: Exception, lease: Lease) -> None:
        """End a report as failed; a login that was refused is told apart."""
        self.ended(report, "failed", lease)
        if isinstance(error, LoginRefused) and not report.plans:
            measure(report.names, login_refused=1)

    def ended(
        self,
        report: Report,
        status: str | None = None,
        lease: Lease | None = None,
        *,
        clearing: Iterable[Write] = (),
        writes: Iterable[Write] = (),
        publishes: bool = True,
    ) -> dict[str, Any]:
        """End this invocation's report in the one way there is: store it, log it, return it.

        Args:
            report: What the run counted and met.
            status: How it ended; `succeeded` or `partial` by default.
            lease: Under which it is stored; a skipped run's is not, and a plan's apart.
            clearing: What goes with it: the cursor of a run that is at its end.
            writes: What is written before it.
            publishes: Whether it is logged and counted in the metrics.
        """
        finished = report.ended(status or ("partial" if report.partial else "succeeded"), now())
        if lease is not None:
            try:
                lease.write([*writes, report_write(finished), *clearing])
            except ContentSyncError as error:
                if clearing:
                    raise
                logger.warning("the report was not stored", reason=str(error))
        if publishes:
            publish(finished)
        return finished


def new_run_id(started_at: int) -> str:
    """Return an id that sorts by the start of its run."""
    return f"{to_iso(started_at)[:19].replace(':', '').replace('-', '')}Z-{secrets.token_hex(4)}"

"""From an event to a run report: what every catalogue and statistics function does."""

import gc
from collections.abc import Sequence
from contextlib import closing
from typing import Any, TypeVar

from content_sync.aws.clients import open_clients
from content_sync.aws.invocation import Invocation, invoke_this_function
from content_sync.errors import (
    ContentSyncError,
    InvalidEvent,
    OutOfTime,
    UnknownCursor,
)
from content_sync.fields.instants import now
from content_sync.observability import logger, said_of
from content_sync.providers.base import Provider
from content_sync.report import Report
from content_sync.request import Reported, SyncRequest, parse_sync_event
from content_sync.settings import Environment
from content_sync.state import integrations
from content_sync.state.cursors import Cursor, CursorStore
from content_sync.state.integrations import Integration
from content_sync.state.lease import Lease
from content_sync.state.runs import report_write
from content_sync.state.table import Table, Write
from content_sync.sync.courier import Courier, RehearsingCourier
from content_sync.sync.dispatch import dispatch
from content_sync.sync.execution import Execution
from content_sync.sync.journal import Journal, PlanJournal
from content_sync.sync.run import Run, RunKind
from content_sync.sync.sentences import explained, in_a_sentence
from content_sync.sync.unfinished import conclude, give_up_others, must_end, takes_up

BEGUN_FROM_START = (
    "the unfinished run was saved by another version of this program: this run begins from the "
    "start"
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
    execution = Execution(
        provider, kind, event, request, environment, table, integration, invocation
    )
    if request.plans and not kind.saves_plans:
        return plan(execution)
    return apply(execution)


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


def plan(execution: Execution[C]) -> dict[str, Any]:
    """Read everything, write nothing but the report."""
    cursor, budget = execution.new_cursor(), execution.budget()
    with execution.resources, closing(budget), said_of(cursor.report), in_a_sentence():
        journal = PlanJournal(cursor, execution.store(), None, budget)
        try:
            run = execution.prepared(execution.opened(journal, RehearsingCourier))
            execution.kind.synchronize(run)
        except OutOfTime:
            raise ContentSyncError(
                "the plan did not fit into one invocation: give the function a longer Timeout"
            ) from None
        journal.save()
        finished = execution.ended(cursor.report)
        # No run writes the same: no lease is needed.
        execution.table.write(execution.integration.pk, report_write(finished))
        return finished


def apply(execution: Execution[C]) -> dict[str, Any]:
    """Run under the integration's lease, from the cursor if there is one."""
    # Leases go last: until then nobody else may use up a login that is being exchanged.
    with execution.leases, execution.resources:
        lease = execution.taken(execution.kind.name)
        if lease is None:
            return execution.ended(execution.new_cursor().report, "skipped")
        for other in () if execution.request.plans else execution.kind.keeps_out:
            keep_out(execution, other)
        return run_under_lease(execution, lease)


def keep_out(execution: Execution[C], other: Reported) -> None:
    """Let no run of another kind be under way, nor wait to go on."""
    if execution.taken(other) is None:
        raise InvalidEvent(
            f"a {other} run of this integration is under way: try again when it has ended"
        )
    if execution.table.get(execution.integration.pk, f"cursor#{other}") is not None:
        raise InvalidEvent(
            f"a {other} run of this integration is unfinished: let it end first, by invoking "
            f'its function with {{"integration": "{execution.integration.name}"}}'
        )


def run_under_lease(execution: Execution[C], lease: Lease) -> dict[str, Any]:
    """Go on with the unfinished run that is asked for, or begin one."""
    store, cursor = execution.store(), execution.new_cursor()
    try:
        left = store.read()
        if report := report_of_ended_run(execution, left):
            return report
        by_id = execution.kind.goes_on_by_id
        if left is not None and takes_up(left, execution.request, by_id_only=by_id, now=now()):
            return carry_out(execution, left, store, lease, resumed=True)
        if left is not None:
            try:
                conclude(execution, left, store, lease, by=cursor.report)
            except OutOfTime:
                return continue_elsewhere(execution, left.report, lease, execution.event)
    except UnknownCursor as unknown:
        # As the run was asked for whose place it takes.
        cursor = execution.new_cursor()
        give_up_others(execution, lease, by=cursor.report)
        lease.write(store.clearing(None))
        cursor.report.problem("", "begun_from_start", str(unknown) or BEGUN_FROM_START)
    return carry_out(execution, cursor, store, lease)


def carry_out(
    execution: Execution[C],
    cursor: C,
    store: CursorStore[C],
    lease: Lease,
    *,
    resumed: bool = False,
) -> dict[str, Any]:
    """Run until the end, or until this invocation's time is over."""
    # A run that goes on does so as it was asked for, whoever invokes it now.
    execution.request = execution.request.as_demanded(cursor.demands)
    cursor.slices += 1
    journal = Journal(cursor, store, lease, execution.budget(), resumed=resumed)
    with closing(journal.budget), said_of(cursor.report), in_a_sentence():
        return synchronized(execution, journal, lease)


def synchronized(execution: Execution[C], journal: Journal[C], lease: Lease) -> dict[str, Any]:
    """Carry out a run, and end its report."""
    run: Run[C] | None = None
    try:
        if journal.resumed:
            # That it was worked on counts, also where it only waits and saves nothing else.
            journal.save()
        must_end(journal.cursor, now())
        run = execution.prepared(execution.opened(journal, Courier))
        if journal.resumed:
            # What was begun is gone on with first, at the platform.
            run.agreed()
        execution.kind.synchronize(run)
        writes, clearing = journal.ending(), journal.clearing()
        return execution.ended(journal.report, None, lease, writes=writes, clearing=clearing)
    except OutOfTime:
        # Whoever works ahead asks for nothing more once the lease is another's.
        journal.budget.close()
        event = {**execution.event, "run_id": journal.report.run_id}
        return continue_elsewhere(execution, journal.report, lease, event, journal.beginning())
    except UnknownCursor:
        raise
    except Exception as error:
        # Else the state in memory may not be sound, and the last save holds.
        sound = journal.sound and not journal.waits and isinstance(error, ContentSyncError)
        if run is not None and sound and run.agrees():
            keep_place(execution, journal)
        journal.report.failure(str(explained(error)))
        execution.failed(journal.report, error, lease)
        raise


def continue_elsewhere(
    execution: Execution[C],
    report: Report,
    lease: Lease,
    event: dict[str, Any],
    writes: Sequence[Write] = (),
) -> dict[str, Any]:
    """Start the invocation that goes on; first is stored and given back what it needs."""
    ended = execution.ended(report, "continued", lease, writes=writes)
    execution.resources.close()
    execution.leases.close()
    invoke_this_function({**event, "integration": execution.integration.name})
    return ended


def report_of_ended_run(execution: Execution[C], left: C | None) -> dict[str, Any] | None:
    """Return the report of the run that the event names, when it has ended already.

    Raises:
        InvalidEvent: The event names a run that is neither unfinished nor known to have ended.
    """
    run_id = execution.request.run_id
    if run_id is None or (left is not None and left.report.run_id == run_id):
        return None
    report = execution.stored_report(run_id)
    if report is None or report["status"] == "continued":
        raise InvalidEvent(
            f"run_id {run_id} is not an unfinished run of this integration: leave run_id out "
            "to start a new one"
        )
    return report


def keep_place(execution: Execution[C], journal: Journal[C]) -> None:
    """Save the cursor of a run that failed."""
    try:
        journal.save(leaving=True)
    except Exception as error:  # noqa: BLE001
        # What it failed by is told, and not this.
        logger.warning("the cursor was not saved", reason=str(explained(error)))

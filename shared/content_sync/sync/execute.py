"""From an event to a run report: what every catalogue and statistics function does."""

import gc
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from content_sync.errors import ContentSyncError, InvalidEvent, InvalidSettings, LeaseLost
from content_sync.fields.instants import now
from content_sync.aws.invocation import Invocation, invoke_this_function
from content_sync.learning360.api import Learning360Api
from content_sync.masking import mask
from content_sync.observability import logger, publish
from content_sync.providers.base import Provider
from content_sync.report import Report
from content_sync.request import Kind, SyncRequest, parse_sync_event
from content_sync.settings import Environment, integration_secret, platform_secret
from content_sync.state import integrations
from content_sync.state.integrations import Integration
from content_sync.state.lease import Lease
from content_sync.state.runs import CursorStore, report_of, report_write
from content_sync.state.table import Table, Write
from content_sync.sync.run import Run, new_run_id, take_up
from content_sync.web.timebudget import OutOfTime, TimeBudget

Synchronize = Callable[[Run], None]

# A run makes many objects and hardly a cycle, so it is not searched for cycles as often as Python
# does by default. What that gains differs from run to run (docs/decisions/0007).
gc.set_threshold(100_000, 20, 20)


def execute(
    provider: Provider, kind: Kind, synchronize: Synchronize, event: Any, context: Any
) -> dict[str, Any]:
    """Runs one integration, or dispatches a run for every active one of the provider.

    Args:
        provider: Whose function this is.
        kind: `catalog` or `stats`.
        synchronize: The run itself.
        event: `interfaces.md`, "Sync event".
        context: The Lambda context.

    Returns:
        `{"dispatched": [...]}`, or the run report.

    Raises:
        ContentSyncError: One sentence that says what to do.
    """
    invocation = Invocation.of(context)
    request = parse_sync_event(kind, event)
    environment = Environment.read()
    table = Table(environment.state_table)
    if request.integration is None:
        return {"dispatched": dispatch(table, provider.name, event)}
    integration = active_integration(table, provider.name, request.integration)
    execution = _Execution(
        provider, synchronize, event, request, environment, table, integration, invocation
    )
    return execution.plan() if request.plans else execution.apply()


def dispatch(table: Table, provider: str, event: dict[str, Any]) -> list[str]:
    """Starts one invocation for every active integration of a provider.

    Raises:
        InvalidSettings: Some could not be started; all others were.
    """
    dispatched: list[str] = []
    failures: list[str] = []
    for integration in integrations.list_all(table, provider):
        if integration.state != integrations.ACTIVE:
            continue
        try:
            invoke_this_function({**event, "integration": integration.integration})
            dispatched.append(integration.integration)
        except InvalidSettings as error:
            failures.append(f"{integration.integration}: {error}")
    logger.info(f"{provider} dispatched", dispatched=dispatched, failures=failures)
    if failures:
        raise InvalidSettings("; ".join(failures))
    return dispatched


def active_integration(table: Table, provider: str, name: str) -> Integration:
    """The integration that an event names.

    Raises:
        InvalidEvent: It was never activated, or was deactivated.
    """
    integration = integrations.find(table, provider, name)
    if integration is None or integration.state != integrations.ACTIVE:
        state = "inactive" if integration else "unknown"
        raise InvalidEvent(
            f"integration {name} of {provider} is {state}: activate it first, by invoking the "
            f'integrations function with {{"action": "activate", "provider": "{provider}", '
            f'"integration": "{name}"}}'
        )
    return integration


@dataclass
class _Execution:
    provider: Provider
    synchronize: Synchronize
    event: dict[str, Any]
    request: SyncRequest
    environment: Environment
    table: Table
    integration: Integration
    invocation: Invocation
    lease: Lease | None = field(default=None, init=False)

    def plan(self) -> dict[str, Any]:
        """Reads everything, writes nothing."""
        report = self.new_report()
        try:
            run = self.begin(report, {})
            self.synchronize(run)
        except OutOfTime:
            raise ContentSyncError(
                "the plan did not fit into one invocation: give the function a longer Timeout"
            ) from None
        except Exception as error:  # noqa: BLE001
            raise self.explained(error) from None
        return self.publish(report, "partial" if run.partial else "succeeded")

    def apply(self) -> dict[str, Any]:
        """Runs under the integration's lease, from the cursor if there is one."""
        self.lease = Lease.take(
            self.table,
            self.integration.pk,
            self.request.kind,
            holder=self.invocation.request_id,
            seconds=self.invocation.remaining_ms() / 1000,
        )
        if self.lease is None:
            return self.publish(self.new_report(), "skipped")
        try:
            return self.run_under_lease(self.lease)
        finally:
            self.lease.give_back()

    def run_under_lease(self, lease: Lease) -> dict[str, Any]:
        """One invocation of a run, from taking it up to storing its report."""
        cursors = CursorStore(self.table, self.integration.pk, self.request.kind)
        cursor = cursors.read()
        if ended := self.ended_report(cursor):
            return ended
        resumed = take_up(cursor, self.request)
        if cursor and resumed:
            # The run goes on as it was asked for, whoever invokes it now.
            self.request = self.request.model_copy(update=cursor["demands"])
        report = self.resumed_report(cursor) if cursor and resumed else self.new_report()
        run: Run | None = None
        try:
            run = self.begin(report, _left_over(cursor, resumed=resumed))
            self.synchronize(run)
        except OutOfTime:
            return self.continue_elsewhere(report)
        except Exception as error:  # noqa: BLE001
            failure = self.explained(error)
            self.keep_place(run, error)
            report.failure(str(failure))
            self.store(report, "failed")
            raise failure from None
        status = "partial" if run.partial else "succeeded"
        stored = report.as_dict(status, now())
        cursors.clear(lease, [report_write(stored)])
        publish(stored)
        return stored

    def begin(self, report: Report, cursor: dict[str, Any]) -> Run:
        """Reads the secrets and opens both sides."""
        logger.info(
            f"{self.provider.name} {report.kind} started",
            integration=report.integration,
            mode=report.mode,
            run_id=report.run_id,
            resumed=bool(cursor),
        )
        prefix = self.environment.secrets_prefix
        settings = integration_secret(
            prefix, self.provider.name, report.integration, self.provider.settings
        )
        platform = platform_secret(prefix, settings.platform)
        budget = TimeBudget(self.invocation.remaining_ms)
        return Run(
            provider=self.provider,
            integration=self.integration,
            settings=settings,
            request=self.request,
            source=self.provider.api(settings, platform, budget),
            target=Learning360Api(platform, budget),
            table=self.table,
            lease=self.lease,
            budget=budget,
            report=report,
            resumed=bool(cursor),
            partial=bool(cursor.get("partial")),
            cursor=cursor,
        )

    def new_report(self) -> Report:
        """The report of a run that begins now."""
        started_at = now()
        return Report(
            run_id=new_run_id(started_at),
            provider=self.provider.name,
            integration=self.integration.integration,
            kind=self.request.kind,
            mode=self.request.mode,
            started_at=started_at,
        )

    def resumed_report(self, cursor: dict[str, Any]) -> Report:
        """The report of a run that goes on."""
        report = self.new_report()
        report.run_id, report.started_at = cursor["run_id"], cursor["started_at"]
        report.counts, report.problems = cursor["counts"], cursor["problems"]
        return report

    def ended_report(self, cursor: dict[str, Any] | None) -> dict[str, Any] | None:
        """The report of the run that the event names, when it has ended already."""
        run_id = self.request.run_id
        if run_id is None or (cursor is not None and cursor["run_id"] == run_id):
            return None
        return report_of(self.table, self.integration.pk, self.request.kind, run_id)

    def continue_elsewhere(self, report: Report) -> dict[str, Any]:
        """Starts the invocation that goes on; the lease is given back first, for it to take."""
        assert self.lease is not None
        stored = self.store(report, "continued")
        self.lease.give_back()
        invoke_this_function(
            {**self.event, "integration": report.integration, "run_id": report.run_id}
        )
        return stored

    def keep_place(self, run: Run | None, error: Exception) -> None:
        """Saves the cursor of a run that failed, where its state is known to be sound."""
        if run is not None and isinstance(error, ContentSyncError):
            try:
                run.save()
            except LeaseLost:
                logger.warning("the cursor was not saved: another run took over")

    def store(self, report: Report, status: str) -> dict[str, Any]:
        """Stores and logs a report."""
        stored = report.as_dict(status, now())
        writes: list[Write] = [report_write(stored)]
        if self.lease is not None:
            try:
                self.lease.write(writes)
            except LeaseLost:
                logger.warning("the report was not stored: another run took over")
        publish(stored)
        return stored

    def publish(self, report: Report, status: str) -> dict[str, Any]:
        """Logs a report that is not stored."""
        finished = report.as_dict(status, now())
        publish(finished)
        return finished

    def explained(self, error: Exception) -> ContentSyncError:
        """A failure as one sentence; what was not foreseen is logged with its place only."""
        if isinstance(error, ContentSyncError):
            logger.error(str(error), detail=mask(error.detail), kind=type(error).__name__)
            return error
        logger.error(
            "unforeseen fault",
            error=type(error).__name__,
            stack="".join(traceback.format_tb(error.__traceback__)),
        )
        return ContentSyncError(
            f"an unforeseen fault ({type(error).__name__}) ended the run: an engineer should look "
            "at this function's log"
        )


def _left_over(cursor: dict[str, Any] | None, *, resumed: bool) -> dict[str, Any]:
    """What a run begins with: the whole cursor, or an older run's operation still in flight."""
    if cursor is None:
        return {}
    if resumed:
        return cursor
    if "in_flight" in cursor:
        return {"in_flight": cursor["in_flight"], "inherited": cursor["run_id"]}
    return {}

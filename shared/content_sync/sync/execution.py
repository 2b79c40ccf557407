"""One invocation for one integration: what it has, how its run is opened, how its report ends."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from content_sync.account import Notes
from content_sync.agreement import must_agree
from content_sync.ahead import in_background
from content_sync.aws.invocation import Invocation
from content_sync.errors import ContentSyncError, LoginRefused
from content_sync.fields.instants import now, to_iso
from content_sync.observability import logger, measure, publish
from content_sync.parties import open_parties
from content_sync.providers.base import Prepares, Provider, Settles
from content_sync.report import Report
from content_sync.request import Reported, SyncRequest
from content_sync.settings import Environment
from content_sync.state.cursors import Cursor, CursorStore
from content_sync.state.details import Details
from content_sync.state.integrations import Integration
from content_sync.state.lease import Lease
from content_sync.state.runs import report_of, report_write
from content_sync.state.table import Table, Write
from content_sync.sync.courier import Courier
from content_sync.sync.journal import Journal
from content_sync.sync.run import Run, RunKind
from content_sync.web.timebudget import TimeBudget

C = TypeVar("C", bound=Cursor)


@dataclass
class Execution(Generic[C]):
    """One invocation for one integration.

    Attributes:
        provider: Whose function this is.
        kind: What the run does.
        event: The event that asked: with a run id, it lets the run go on elsewhere.
        request: What it is asked for.
        environment: Of the function.
        table: Where state is kept.
        integration: As it is stored.
        invocation: Of the function.
        leases: Given back when the invocation is done.
        resources: Closed before that: logins are settled, scratch databases go.
    """

    provider: Provider
    kind: RunKind[C]
    event: dict[str, Any]
    request: SyncRequest
    environment: Environment
    table: Table
    integration: Integration
    invocation: Invocation
    leases: ExitStack = field(default_factory=ExitStack)
    resources: ExitStack = field(default_factory=ExitStack)

    def store(self) -> CursorStore[C]:
        """Return where the cursor of this integration and kind is kept."""
        return CursorStore(self.table, self.integration.pk, self.kind.name, self.kind.cursor)

    def budget(self) -> TimeBudget:
        """Return the time that this invocation has left."""
        return TimeBudget(self.invocation.remaining_ms)

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

    def stored_report(self, run_id: str) -> dict[str, Any] | None:
        """Return the report of a run of this kind, if it has one."""
        return report_of(self.table, self.integration.pk, self.kind.name, run_id)

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
            self.resources.callback(parties.api.settle)
        # Meanwhile the ledger is read, and the provider is asked for a first page.
        agreed = in_background(partial(must_agree, parties))
        journal.keep_details(Details(journal.report))
        journal.keep(Notes.recall(self.table, parties.pk, self.kind.name, parties.api))
        carrier = courier(parties.platform, self.integration.integration_id, journal, budget)
        return Run(self.request, parties, journal, carrier, agreed, self.resources)

    def prepared(self, run: Run[C]) -> Run[C]:
        """Return a run whose reader has begun with what it needs before its first request."""
        if isinstance(run.parties.api, Prepares):
            run.parties.api.prepare()
        return run

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
        writes: Sequence[Write] = (),
        publishes: bool = True,
    ) -> dict[str, Any]:
        """End this invocation's report in the one way there is: store it, log it, return it.

        Args:
            report: What the run counted and met.
            status: How it ended; `succeeded` or `partial` by default.
            lease: Under which it is stored; a skipped run's is not, and a plan's apart.
            clearing: What goes with it: the cursor of a run that is at its end.
            writes: What is written before it, and must be.
            publishes: Whether it is logged and counted in the metrics.
        """
        finished = report.ended(status or ("partial" if report.partial else "succeeded"), now())
        if lease is not None:
            try:
                lease.write([*writes, report_write(finished), *clearing])
            except ContentSyncError as error:
                if clearing or writes:
                    raise
                logger.warning("the report was not stored", reason=str(error))
        if publishes:
            publish(finished)
        return finished


def new_run_id(started_at: int) -> str:
    """Return an id that sorts by the start of its run."""
    return f"{to_iso(started_at)[:19].replace(':', '').replace('-', '')}Z-{secrets.token_hex(4)}"

"""The `integrations` function: one action on one integration."""

from dataclasses import dataclass
from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.errors import ContentSyncError, OutOfTime
from content_sync.lifecycle.activate import activate
from content_sync.lifecycle.check import check
from content_sync.lifecycle.deactivate import deactivate
from content_sync.lifecycle.describe import describe
from content_sync.lifecycle.explain import explain
from content_sync.lifecycle.find import find
from content_sync.lifecycle.list_integrations import list_integrations
from content_sync.lifecycle.list_runs import list_runs
from content_sync.lifecycle.parked import list_parked
from content_sync.lifecycle.pause import pause, resume
from content_sync.lifecycle.report import show_report
from content_sync.lifecycle.summarize import summarize
from content_sync.observability import logger
from content_sync.parties import Parties, open_parties
from content_sync.providers.base import Provider
from content_sync.providers.registry import provider_named
from content_sync.request import IntegrationsRequest, parse_integrations_event
from content_sync.settings import Environment
from content_sync.state import integrations
from content_sync.state.table import Table
from content_sync.sync.reconcile import reconcile
from content_sync.sync.sentences import in_a_sentence
from content_sync.web.timebudget import TimeBudget

LATER = "try again later, or give the function a longer Timeout"
# Of these answers only what was asked is logged: they are long.
LONG = ("report", "parked", "reconcile", "explain", "runs", "find", "describe", "list", "summarize")


def manage(event: Any, context: Any) -> dict[str, Any]:
    """Carry out an `integrations` event.

    Args:
        event: An `integrations` event, see docs/operations.md.
        context: The Lambda context.

    Raises:
        ContentSyncError: One sentence that says what to do.
    """
    request = parse_integrations_event(event)
    environment = Environment.read()
    filtered = request.action == "list"
    provider = provider_named(request.provider) if request.provider and not filtered else None
    names = {"provider": request.provider, "integration": request.integration}
    with logger.append_context_keys(action=request.action, **names), in_a_sentence():
        table = Table(environment.state_table)
        try:
            invocation = Invocation.of(context)
            action = _Action(request, environment, invocation, table, provider)
            result = action.carried_out() if request.needs_provider else action.of_no_integration()
        except OutOfTime:
            raise ContentSyncError(
                f"{request.action} did not fit into one invocation: {LATER}"
            ) from None
        said = {"page": request.page} if request.action in LONG else result
        logger.info(f"{request.action} done", result=said)
        return result


@dataclass(frozen=True)
class _Action:
    """One action, on one integration but for some."""

    request: IntegrationsRequest
    environment: Environment
    invocation: Invocation
    table: Table
    named: Provider | None

    @property
    def provider(self) -> Provider:
        """Return whose integration it is about."""
        assert self.named is not None, "the request was complete"
        return self.named

    @property
    def budget(self) -> TimeBudget:
        """Return the time left."""
        return TimeBudget(self.invocation.remaining_ms)

    def of_no_integration(self) -> dict[str, Any]:
        """Carry out an action that is about no integration, or about all."""
        request, prefix = self.request, self.environment.secrets_prefix
        match request.action:
            case "describe":
                return describe(prefix, self.named)
            case "find":
                places = {"group": request.group, "author": request.author}
                return find(prefix, request.platform, self.budget, **places)
            case "summarize":
                topics = self.environment.topics
                return summarize(self.table, topics=topics, plans=request.plans)
            case _:
                return list_integrations(self.table, request.provider)

    def opened(self, *, as_activated: bool = False, rehearsed: bool = False) -> Parties:
        """Read the secrets and open both sides."""
        return open_parties(
            self.provider,
            self.request.integration,
            prefix=self.environment.secrets_prefix,
            table=self.table,
            budget=self.budget,
            as_activated=as_activated,
            rehearsed=rehearsed,
        )

    def carried_out(self) -> dict[str, Any]:
        """Carry the action out, and return its result."""
        request, table, provider = self.request, self.table, self.provider
        name = provider.name, request.integration
        match request.action:
            case "activate":
                return activate(self.opened(), self.invocation)
            case "deactivate":
                integrations.known(table, *name)
                parties = self.opened(as_activated=True)
                consent = request.allow_archives
                return deactivate(parties, self.invocation, plans=request.plans, consent=consent)
            case "pause":
                return pause(table, *name)
            case "resume":
                return resume(table, *name)
            case "report":
                return show_report(
                    table, *name, kind=request.kind, run_id=request.run_id, page=request.page
                )
            case "runs":
                return list_runs(table, *name, kind=request.kind, page=request.page)
            case "parked":
                whole = request.show_addresses
                return list_parked(table, *name, request.page, whole_addresses=whole)
            case "check":
                return check(self.opened, table, provider, request.integration)
            case "explain":
                integrations.known(table, *name)
                parties = self.opened(as_activated=True, rehearsed=True)
                return explain(parties, course=request.course, learner=request.learner)
            case _:
                return reconcile(provider, request, self.environment, self.invocation)

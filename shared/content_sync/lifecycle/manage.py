"""The `integrations` function: one action on one integration."""

from collections.abc import Callable
from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.errors import ContentSyncError
from content_sync.lifecycle.activate import activate
from content_sync.lifecycle.check import check
from content_sync.lifecycle.deactivate import deactivate
from content_sync.lifecycle.list_integrations import list_integrations
from content_sync.lifecycle.parked import list_parked
from content_sync.lifecycle.pause import pause, resume
from content_sync.lifecycle.rebuild import rebuild
from content_sync.lifecycle.report import show_report
from content_sync.masking import mask
from content_sync.observability import logger
from content_sync.parties import Parties, open_parties
from content_sync.providers.base import Provider
from content_sync.providers.registry import provider_named
from content_sync.request import IntegrationsRequest, parse_integrations_event
from content_sync.settings import Environment
from content_sync.state import integrations
from content_sync.state.table import Table
from content_sync.web.timebudget import TimeBudget


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
    table = Table(environment.state_table)
    if request.action == "list":
        return list_integrations(table, request.provider)
    provider = provider_named(request.provider or "")
    invocation = Invocation.of(context)
    budget = TimeBudget(invocation.remaining_ms)

    def open_both(*, as_activated: bool = False) -> Parties:
        return open_parties(
            provider,
            request.integration,
            prefix=environment.secrets_prefix,
            table=table,
            budget=budget,
            as_activated=as_activated,
        )

    keys = {"provider": provider.name, "integration": request.integration}
    with logger.append_context_keys(action=request.action, **keys):
        return _carry_out(request, open_both, table, provider, invocation, budget)


def _carry_out(
    request: IntegrationsRequest,
    open_both: Callable[..., Parties],
    table: Table,
    provider: Provider,
    invocation: Invocation,
    budget: TimeBudget,
) -> dict[str, Any]:
    try:
        match request.action:
            case "activate":
                result = activate(open_both(), invocation)
            case "deactivate":
                integrations.known(table, provider.name, request.integration)
                result = deactivate(
                    open_both(as_activated=True),
                    invocation,
                    plans=request.plans,
                    consent=request.allow_archives,
                )
            case "pause":
                result = pause(table, provider.name, request.integration)
            case "resume":
                result = resume(table, provider.name, request.integration)
            case "report":
                result = show_report(
                    table,
                    provider.name,
                    request.integration,
                    kind=request.kind,
                    run_id=request.run_id,
                    page=request.page,
                )
            case "parked":
                result = list_parked(table, provider.name, request.integration, request.page)
            case "check":
                result = check(open_both, table, provider, request.integration)
            case _:
                mode = "plan" if request.plans else "apply"
                result = rebuild(open_both(), invocation, budget, mode)
    except ContentSyncError as error:
        logger.error(str(error), detail=mask(error.detail))
        raise
    said = result if request.action not in ("report", "parked") else {"page": request.page}
    logger.info(f"{request.action} done", result=said)
    return result

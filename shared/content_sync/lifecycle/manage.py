"""The `integrations` function: one action on one integration."""

from typing import Any

from content_sync.errors import ContentSyncError, InvalidEvent
from content_sync.invocation import Invocation
from content_sync.lifecycle.activate import activate
from content_sync.lifecycle.listing import list_integrations
from content_sync.lifecycle.parties import Parties
from content_sync.masking import mask
from content_sync.observability import logger
from content_sync.providers.registry import provider_named
from content_sync.request import parse_integrations_event
from content_sync.settings import Environment
from content_sync.state.table import Table
from content_sync.timebudget import TimeBudget

ACTIONS = {"activate": activate}


def manage(event: Any, context: Any) -> dict[str, Any]:
    """Carries out an `integrations` event.

    Args:
        event: `interfaces.md`, "`integrations` event".
        context: The Lambda context.

    Raises:
        ContentSyncError: One sentence that says what to do.
    """
    request = parse_integrations_event(event)
    table = Table(Environment.read().state_table)
    if request.action == "list":
        return list_integrations(table)
    provider = provider_named(request.provider or "")
    if request.action not in ACTIONS:
        raise InvalidEvent(f"action {request.action} is not available yet: use activate or list")
    try:
        parties = Parties.meet(
            provider,
            request.integration,
            prefix=Environment.read().secrets_prefix,
            table=table,
            budget=TimeBudget(Invocation.of(context).remaining_ms),
        )
        result = ACTIONS[request.action](parties)
    except ContentSyncError as error:
        logger.error(str(error), action=request.action, detail=mask(error.detail))
        raise
    logger.info(f"{request.action} done", result=result)
    return result

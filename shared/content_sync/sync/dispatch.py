"""Starting a run of its own for every active integration of a provider."""

from typing import Any

from content_sync.aws.invocation import invoke_this_function
from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.observability import logger
from content_sync.state import integrations
from content_sync.state.table import Table


def dispatch(table: Table, provider: str, event: dict[str, Any]) -> list[str]:
    """Start one invocation for every active integration of a provider; return their names.

    Raises:
        InvalidSettings: Some could not be started; all others were.
    """
    dispatched: list[str] = []
    failures: list[str] = []
    for integration in integrations.list_all(table, provider):
        if integration.state != integrations.ACTIVE:
            continue
        try:
            invoke_this_function({**event, "integration": integration.name})
            dispatched.append(integration.name)
        except ContentSyncError as error:
            failures.append(f"{integration.name}: {error}")
    logger.info(
        f"{provider} dispatched", provider=provider, dispatched=dispatched, failures=failures
    )
    if failures:
        raise InvalidSettings("; ".join(failures))
    return dispatched

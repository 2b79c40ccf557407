"""Starting a run of its own for every active integration of a provider."""

from collections.abc import Collection
from typing import Any

from content_sync.aws.invocation import invoke_this_function
from content_sync.aws.secrets import read_secret
from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.fields.instants import now, to_milliseconds
from content_sync.observability import logger, measure, tell_alive
from content_sync.providers.base import Provider
from content_sync.report import KINDS
from content_sync.settings import integration_secret
from content_sync.state import integrations
from content_sync.state.integrations import Integration
from content_sync.state.runs import last_report
from content_sync.state.table import Table

HOUR = 3_600_000
# A run that came to its end, whatever it left to be decided: other alarms tell of that.
ENDED = ("succeeded", "partial")
SUCCEEDED = ("succeeded",)


def dispatch(table: Table, provider: Provider, prefix: str, event: dict[str, Any]) -> list[str]:
    """Start one invocation for every active integration of a provider; return their names.

    How long ago each integration was last run to its end is published, for both kinds of runs, so
    that somebody hears of it if that was long ago: the other kind's schedule may not fire.

    Args:
        table: The state table.
        provider: Whose integrations.
        prefix: What the names of secrets begin with.
        event: What each is to do.

    Raises:
        InvalidSettings: Some could not be started; all others were.
    """
    found = list(integrations.list_all(table, provider.name))
    dispatched: list[str] = []
    failures: list[str] = []
    for integration in (one for one in found if one.state == integrations.ACTIVE):
        try:
            invoke_this_function({**event, "integration": integration.name})
            dispatched.append(integration.name)
        except ContentSyncError as error:
            failures.append(f"{integration.name}: {error}")
    logger.info(
        f"{provider.name} dispatched",
        provider=provider.name,
        dispatched=dispatched,
        failures=failures,
    )
    tell_alive()
    for integration in (one for one in found if one.state != integrations.INACTIVE):
        try:
            _tell_ages(table, provider, prefix, integration)
        except ContentSyncError as error:
            # No run fails by it.
            logger.warning("the age of the last runs could not be told", error=str(error))
    if failures:
        raise InvalidSettings("; ".join(failures))
    return dispatched


def _tell_ages(table: Table, provider: Provider, prefix: str, integration: Integration) -> None:
    """Publish how long ago an integration was last run, and how long its login is still taken."""
    names = {"provider": integration.provider, "integration": integration.name}
    hours = {kind: _hours_since(table, integration, kind, ENDED) for kind in KINDS}
    if integration.state == integrations.ACTIVE:
        for kind, age in hours.items():
            success = _hours_since(table, integration, kind, SUCCEEDED)
            measure({**names, "kind": kind}, hours_since_run=age, hours_since_success=success)
    if provider.perishable is None:
        return
    # Each run uses it.
    key, days = provider.perishable
    if key in read_secret(integration_secret(prefix, integration.provider, integration.name)):
        measure({**names, "kind": "login"}, login_days_left=days - min(hours.values()) / 24)


def _hours_since(
    table: Table, integration: Integration, kind: str, statuses: Collection[str]
) -> float:
    """Return how long ago a run last ended so; of one that never did, since the activation."""
    report = last_report(table, integration.pk, kind, statuses=statuses)
    ended = to_milliseconds(report["finished_at"]) if report else None
    # Before this was noted, nobody knows when it was activated.
    since = ended or integration.activated_at or now()
    return max(0.0, (now() - since) / HOUR)

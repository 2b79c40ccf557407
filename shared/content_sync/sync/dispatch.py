"""Starting a run of its own for every active integration of a provider."""

from typing import Any

from content_sync.aws.invocation import invoke_this_function
from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.fields.instants import now, to_milliseconds
from content_sync.observability import logger, publish_age
from content_sync.request import Reported
from content_sync.state import integrations
from content_sync.state.integrations import Integration
from content_sync.state.runs import last_report
from content_sync.state.table import Table

HOUR = 3_600_000
# A run that came to its end, whatever it left to be decided: other alarms tell of that.
ENDED = ("succeeded", "partial")


def dispatch(table: Table, provider: str, kind: Reported, event: dict[str, Any]) -> list[str]:
    """Start one invocation for every active integration of a provider; return their names.

    How long ago each of them was last run to its end is published, so that somebody hears of it if
    that was long ago, or if nobody dispatches any more.

    Raises:
        InvalidSettings: Some could not be started; all others were.
    """
    active = [
        one for one in integrations.list_all(table, provider) if one.state == integrations.ACTIVE
    ]
    dispatched: list[str] = []
    failures: list[str] = []
    for integration in active:
        try:
            invoke_this_function({**event, "integration": integration.name})
            dispatched.append(integration.name)
        except ContentSyncError as error:
            failures.append(f"{integration.name}: {error}")
    logger.info(
        f"{provider} dispatched", provider=provider, dispatched=dispatched, failures=failures
    )
    for integration in active:
        _tell_age(table, integration, kind)
    if failures:
        raise InvalidSettings("; ".join(failures))
    return dispatched


def _tell_age(table: Table, integration: Integration, kind: Reported) -> None:
    """Publish how long ago an integration was last run; that this fails is no run's fault."""
    names = {"provider": integration.provider, "integration": integration.name, "kind": kind}
    try:
        report = last_report(table, integration.pk, kind, statuses=ENDED)
    except ContentSyncError as error:
        logger.warning(f"the age of the last {kind} run could not be told", error=str(error))
        return
    ended = to_milliseconds(report["finished_at"]) if report else None
    if since := ended or integration.activated_at:
        publish_age(names, max(0.0, (now() - since) / HOUR))

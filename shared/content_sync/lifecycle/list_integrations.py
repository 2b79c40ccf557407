"""What integrations there are, how they are, and what calls for a person."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, get_args

from content_sync.lifecycle.attention import attention
from content_sync.providers.registry import PROVIDERS
from content_sync.providers.schedule import fires
from content_sync.report import KINDS, in_short
from content_sync.request import Kind, Reported
from content_sync.state import integrations
from content_sync.state.courses import ACTIVE, ARCHIVED, course_ledger
from content_sync.state.integrations import Integration
from content_sync.state.runs import last_report, parked_rows_counted
from content_sync.state.table import Table


def list_integrations(table: Table, provider: str | None) -> dict[str, Any]:
    """Return all integrations that were ever activated.

    Args:
        table: The state table.
        provider: Of which provider; None for all.

    Returns:
        `{"integrations": [{"provider", "integration", "state", "integration_id", "platform",
        "group", "group_name", "courses": {"active", "archived"}, "parked", "last_runs",
        "next_firings", "attention"}]}`.
    """
    found = integrations.list_all(table, provider)
    return {"integrations": [_told(table, integration) for integration in found]}


def _told(table: Table, integration: Integration) -> dict[str, Any]:
    pk = integration.pk
    states = Counter(entry.state for _, entry in course_ledger(table, pk).items())
    last_runs = {kind: last_report(table, pk, kind) for kind in get_args(Reported)}
    return {
        "provider": integration.provider,
        "integration": integration.name,
        "state": integration.state,
        "integration_id": integration.integration_id,
        "platform": integration.platform,
        "group": integration.group,
        "group_name": integration.group_name,
        "courses": {"active": states[ACTIVE], "archived": states[ARCHIVED]},
        "parked": parked_rows_counted(table, pk),
        "last_runs": {kind: _run(table, pk, kind, last_runs[kind]) for kind in KINDS},
        "next_firings": _next_firings(integration),
        "attention": attention(
            integration, last_runs, courses=sum(states.values()), scheduled=fires()
        ),
    }


def _run(table: Table, pk: str, kind: Kind, report: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a run's report in short, and when one last succeeded."""
    if report is None:
        return None
    success = last_report(table, pk, kind, statuses=("succeeded",))
    return {**in_short(report), "last_success": success["finished_at"] if success else None}


def _next_firings(integration: Integration) -> dict[str, str | None]:
    """Return when its two functions fire next, in local time; None where no schedule will."""
    firings: dict[str, str | None] = dict.fromkeys(KINDS)
    provider = PROVIDERS.get(integration.provider)
    if provider is None or integration.state != integrations.ACTIVE or not fires():
        return firings
    now = datetime.now(UTC)
    return {kind: provider.schedules[kind].next_firing(now).isoformat() for kind in KINDS}

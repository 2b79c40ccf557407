"""What integrations there are, and how their last runs went."""

from typing import Any

from content_sync.report import KINDS
from content_sync.state import integrations
from content_sync.state.runs import last_report
from content_sync.state.table import Table


def list_integrations(table: Table, provider: str | None) -> dict[str, Any]:
    """Return all integrations that were ever activated, with the report of each kind's last run.

    Args:
        table: The state table.
        provider: Of which provider; None for all.
    """
    return {
        "integrations": [
            {
                "provider": integration.provider,
                "integration": integration.name,
                "state": integration.state,
                "integration_id": integration.integration_id,
                "last_runs": {kind: last_report(table, integration.pk, kind) for kind in KINDS},
            }
            for integration in integrations.list_all(table, provider)
        ]
    }

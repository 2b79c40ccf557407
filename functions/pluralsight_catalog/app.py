"""Pluralsight's catalogue into 360Learning, daily at 08:15, UTC+1."""

from typing import Any

from content_sync.providers.pluralsight import PLURALSIGHT
from content_sync.sync.catalog import CATALOG
from content_sync.sync.execute import execute


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Synchronize the catalogue; see `docs/operations.md` for the event."""
    return execute(PLURALSIGHT, CATALOG, event, context)

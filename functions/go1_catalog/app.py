"""Go1's "My Library" into 360Learning, daily at 07:40 Paris time."""

from typing import Any

from content_sync.providers.go1 import GO1
from content_sync.sync.catalog import CATALOG
from content_sync.sync.execute import execute


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Synchronize the catalogue; see `docs/operations.md` for the event."""
    return execute(GO1, CATALOG, event, context)

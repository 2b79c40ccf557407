"""OpenClassrooms's catalogue into 360Learning, daily at 09:15, UTC+1."""

from typing import Any

from content_sync.providers.openclassrooms import OPENCLASSROOMS
from content_sync.sync.catalog import CATALOG
from content_sync.sync.execute import execute


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Synchronize the catalogue; see `docs/operations.md` for the event."""
    return execute(OPENCLASSROOMS, CATALOG, event, context)

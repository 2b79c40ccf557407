"""OpenClassrooms learners' statistics into 360Learning, daily at 09:30, UTC+1."""

from typing import Any

from content_sync.providers.openclassrooms import OPENCLASSROOMS
from content_sync.sync.execute import execute
from content_sync.sync.statistics import STATISTICS


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Synchronize the statistics; see `docs/operations.md` for the event."""
    return execute(OPENCLASSROOMS, STATISTICS, event, context)

"""Go1 learners' statistics into 360Learning, daily at 08:00, 13:00 and 20:00 Paris time."""

from typing import Any

from content_sync.providers.go1 import GO1
from content_sync.sync.execute import execute
from content_sync.sync.statistics import STATISTICS


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Synchronize the statistics; see `docs/operations.md` for the event."""
    return execute(GO1, STATISTICS, event, context)

"""Activates, lists and looks after integrations; invoked by hand."""

from typing import Any

from content_sync.lifecycle.manage import manage


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Carry out one action; see `docs/operations.md` for the event."""
    return manage(event, context)

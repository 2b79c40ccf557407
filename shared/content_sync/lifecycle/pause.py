"""Pausing: the schedules pass over an integration, and nothing else changes."""

from dataclasses import replace
from typing import Any

from content_sync.errors import InvalidEvent
from content_sync.state import integrations
from content_sync.state.integrations import ACTIVE, INACTIVE, PAUSED
from content_sync.state.table import Table


def pause(table: Table, provider: str, name: str) -> dict[str, Any]:
    """Let the schedules pass over an integration; it still runs by hand.

    Returns:
        `{"provider", "integration", "state"}`.

    Raises:
        InvalidEvent: It is unknown or inactive.
    """
    return _put(table, provider, name, PAUSED)


def resume(table: Table, provider: str, name: str) -> dict[str, Any]:
    """Let the schedules run a paused integration again; returns and raises as `pause` does."""
    return _put(table, provider, name, ACTIVE)


def _put(table: Table, provider: str, name: str, state: str) -> dict[str, Any]:
    stored = integrations.known(table, provider, name)
    if stored.state == INACTIVE:
        raise InvalidEvent(f"integration {name} of {provider} is inactive: activate it first")
    if stored.state != state:
        integrations.store(table, replace(stored, state=state))
    return {"provider": provider, "integration": name, "state": state}

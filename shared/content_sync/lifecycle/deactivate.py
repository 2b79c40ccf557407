"""Deactivation: the configuration at 360Learning is deleted, which archives its courses there."""

from dataclasses import replace
from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.errors import InvalidEvent, NotFound
from content_sync.lifecycle.leases import clear_ledgers, no_run_under_way
from content_sync.parties import Parties
from content_sync.state import integrations
from content_sync.state.integrations import INACTIVE


def deactivate(parties: Parties, invocation: Invocation) -> dict[str, Any]:
    """Stop an integration; its courses are archived at 360Learning, its statistics stay there.

    Returns:
        As `activate` does, with the state `inactive`.

    Raises:
        InvalidEvent: It was never activated, or a run is under way.
    """
    stored = parties.stored
    if stored is None:
        raise InvalidEvent(
            f"integration {parties.name} of {parties.provider.name} was never activated: there is "
            "nothing to deactivate"
        )
    changes: list[str] = []
    with no_run_under_way(parties.table, stored.pk, invocation):
        # Inactive first: whatever happens next, no run starts in between.
        stored = replace(stored, state=INACTIVE)
        integrations.store(parties.table, stored)
        if stored.integration_id:
            try:
                parties.platform.delete_integration(stored.integration_id)
                changes.append("deleted")
            except NotFound:
                changes.append("already deleted")
        clear_ledgers(parties.table, stored.pk)
        integrations.store(parties.table, replace(stored, integration_id=""))
    return {
        "provider": stored.provider,
        "integration": stored.name,
        "state": INACTIVE,
        "integration_id": stored.integration_id,
        "changes": changes,
    }

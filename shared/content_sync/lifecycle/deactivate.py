"""Deactivation: the configuration at 360Learning is deleted, which archives its courses there."""

from dataclasses import replace
from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.errors import InvalidEvent, NotFound
from content_sync.lifecycle.leases import clear_ledgers, no_run_under_way
from content_sync.parties import Parties
from content_sync.state import integrations
from content_sync.state.courses import ARCHIVED, course_ledger
from content_sync.state.integrations import INACTIVE, Integration


def deactivate(
    parties: Parties, invocation: Invocation, *, plans: bool, consent: int
) -> dict[str, Any]:
    """Stop an integration; its courses are archived at 360Learning, its statistics stay there.

    Args:
        parties: Of the integration.
        invocation: Whose request holds its leases.
        plans: Whether only to say what would be archived.
        consent: How many archives an operator consented to.

    Returns:
        As `activate` does, with the state `inactive`, and how many courses were, or would be,
        `archived`.

    Raises:
        InvalidEvent: It was never activated, a run is under way, or more courses would be archived
            than were consented to.
    """
    stored = integrations.known(parties.table, parties.provider.name, parties.name)
    changes: list[str] = []
    if plans:
        return _answer(stored, changes, _active_courses(parties))
    with no_run_under_way(parties.table, stored.pk, invocation):
        archived = _active_courses(parties)
        if archived > consent:
            raise InvalidEvent(
                f"deactivating {parties.name} of {parties.provider.name} archives {archived} "
                "courses at 360Learning: if that is right, invoke again with "
                f'"allow_archives": {archived}'
            )
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
    return _answer(stored, changes, archived)


def _active_courses(parties: Parties) -> int:
    ledger = course_ledger(parties.table, parties.pk)
    return sum(entry.state != ARCHIVED for _, entry in ledger.items())


def _answer(stored: Integration, changes: list[str], archived: int) -> dict[str, Any]:
    return {
        "provider": stored.provider,
        "integration": stored.name,
        "state": stored.state,
        "integration_id": stored.integration_id,
        "changes": changes,
        "archived": archived,
    }

"""What a plan says of one course, field by field: old as 360Learning has it now, and new."""

from typing import Any

from content_sync.errors import Refused
from content_sync.learning360.items import COURSE_FIELDS, Item
from content_sync.parties import Parties
from content_sync.state.courses import ARCHIVED, CourseEntry


def differences(parties: Parties, item: Item, entry: CourseEntry | None) -> dict[str, list[Any]]:
    """Return the fields of a course that would change, each with its old and its new value.

    Args:
        parties: With the platform to ask for the old values.
        item: What would be sent.
        entry: What the ledger holds of it; None for a new course.
    """
    old = _held(parties, item["externalId"]) if entry is not None else {}
    changed = compared(old, item)
    if entry is not None and entry.state == ARCHIVED:
        changed["status"] = ["archived", "published"]
    return changed


def compared(old: Item, new: Item) -> dict[str, list[Any]]:
    """Return the fields in which two items of a course differ."""
    return {
        name: [old.get(name), new.get(name)]
        for name in COURSE_FIELDS
        if old.get(name) != new.get(name)
    }


def _held(parties: Parties, external_id: str) -> Item:
    try:
        return parties.platform.external_course(parties.integration_id, external_id)
    except Refused:
        return {}

"""What a plan says of one course, field by field: old as 360Learning has it now, and new."""

from typing import Any

from content_sync.web.http import Refused
from content_sync.learning360.items import COURSE_FIELDS, Item
from content_sync.state.courses import ARCHIVED, CourseEntry
from content_sync.sync.run import Run


def differences(run: Run, item: Item, entry: CourseEntry | None) -> dict[str, list[Any]]:
    """The fields of a course that would change.

    Args:
        run: With the platform to ask for the old values.
        item: What would be sent.
        entry: What the ledger holds of it; None for a new course.
    """
    old = _held(run, item["externalId"]) if entry is not None else {}
    changed = {
        name: [old.get(name), item.get(name)]
        for name in COURSE_FIELDS
        if old.get(name) != item.get(name)
    }
    if entry is not None and entry.state == ARCHIVED:
        changed["status"] = ["archived", "published"]
    return changed


def _held(run: Run, external_id: str) -> Item:
    try:
        return run.target.external_course(run.integration.integration_id, external_id)
    except Refused:
        return {}

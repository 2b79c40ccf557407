"""What a plan says of one course, field by field: old as 360Learning has it now, and new."""

from typing import Any

from content_sync.learning360.items import COURSE_FIELDS, Item


def differences(old: Item, new: Item, *, was_archived: bool = False) -> dict[str, list[Any]]:
    """Return the fields of a course that would change, each with its old and its new value.

    Args:
        old: What 360Learning holds; empty for a new course.
        new: What would be sent.
        was_archived: Whether we archived the course, so that it would be restored.
    """
    changed = {
        name: [old.get(name), new.get(name)]
        for name in COURSE_FIELDS
        if old.get(name) != new.get(name)
    }
    return changed | ({"status": ["archived", "published"]} if was_archived else {})

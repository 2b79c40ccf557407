"""The course ledger: which courses were sent, and so what may be archived."""

from dataclasses import asdict, dataclass
from typing import Any

from content_sync.state.ledger import Ledger
from content_sync.state.table import Table

ACTIVE = "active"
ARCHIVED = "archived"
# Upserted again and not yet un-archived.
RESTORING = "restoring"


@dataclass(frozen=True, slots=True)
class CourseEntry:
    """What we know of a course that was sent.

    Attributes:
        digest: Of the item last accepted; blank when it must be sent again whatever it holds.
        course_id: Its 360Learning id.
        state: `active`, `archived` or `restoring`: what we made it, not what an administrator
            did by hand.
        modified_at: The provider's own instant, in milliseconds.
        groups: The further groups in whose catalogue and library it stands.
        error: What 360Learning last said against it.
        missed_at: The start of the run that first missed it, in milliseconds, where that run
            brought others twice; None once it came.
    """

    digest: str
    course_id: str
    state: str = ACTIVE
    modified_at: int | None = None
    groups: tuple[str, ...] = ()
    error: str | None = None
    missed_at: int | None = None


def course_ledger(table: Table, pk: str) -> Ledger[CourseEntry]:
    """Read an integration's course ledger, by external id."""
    return Ledger(table, pk, "course", dump=_dump, load=_load)


def _dump(entry: CourseEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value not in (None, ())}


def _load(content: Any) -> CourseEntry:
    return CourseEntry(**{**content, "groups": tuple(content.get("groups", ()))})

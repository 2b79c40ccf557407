"""What is carried to 360Learning in bulk operations, what for, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from content_sync.learning360.api import BulkEndpoint
from content_sync.learning360.items import Item
from content_sync.masking import mask
from content_sync.report import LONGEST_TEXT
from content_sync.state.table import Write

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Parcel(Generic[N]):
    """An item on its way, with what is to be remembered when it arrives."""

    item: Item
    note: N


@dataclass(frozen=True, slots=True)
class Outcome(Generic[N]):
    """What became of an item.

    Attributes:
        note: From its parcel.
        resource_id: What it became at 360Learning, when it was accepted.
        refusal: What 360Learning said against it.
        undelivered: Why it never came to that.
        rehearsed: Whether it stayed with a plan.
    """

    note: N
    resource_id: str = ""
    refusal: str | None = None
    undelivered: str | None = None
    rehearsed: bool = False

    @property
    def accepted(self) -> bool:
        """Tell whether 360Learning took it."""
        return self.refusal is None and self.undelivered is None

    @property
    def message(self) -> str:
        """Return what was said against it, as a sentence for a report."""
        return f"360Learning: {self.refusal or self.undelivered or ''}"


class Errand(Protocol[N]):
    """What a bulk operation is for.

    Attributes:
        name: Under which an announced operation is saved.
        endpoint: The bulk endpoint.
        note: What is remembered of each item; anything that pydantic reads and writes.
        may_stop_between: Whether parcels need not be announced all at once, since the next
            invocation finds out again which are left.
    """

    name: str
    endpoint: BulkEndpoint
    note: type[N]
    may_stop_between: bool

    def record(self, outcomes: Sequence[Outcome[N]]) -> Sequence[Write]:
        """Put outcomes into ledger and report; return what is to be written beside them."""


def outcome_of(result: Item | None, note: Any, missing: str) -> Outcome[Any]:
    """Return what became of a parcel, from its result; None where it has none."""
    if result is None:
        return Outcome(note, undelivered=_told(missing))
    if result.get("status") == "success":
        return Outcome(note, resource_id=str(result.get("resourceId") or ""))
    return Outcome(note, refusal=_told(str(result.get("errorMessage") or "no reason given")))


def _told(reason: str) -> str:
    # It is kept in ledgers, too.
    return mask(reason)[:LONGEST_TEXT]

"""One run of one integration: what its phases work with, and which kinds of runs there are."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from content_sync.parties import Parties
from content_sync.request import Kind, Reported, SyncRequest
from content_sync.state.cursors import Cursor
from content_sync.sync.courier import Courier
from content_sync.sync.journal import Journal

C = TypeVar("C", bound=Cursor)


@dataclass(frozen=True)
class Run(Generic[C]):
    """A run in one of its invocations. A plan has a journal and a courier that write nothing.

    Attributes:
        request: What was asked for.
        parties: The provider and the platform, opened.
        journal: Where the run stands, and what it counted.
        courier: What carries items to the platform.
        agreed: Waits until it is known that secret and configuration agree, and raises
            InvalidSettings if they do not. Nothing may reach the platform before.
        resources: What is closed when the invocation is over.
    """

    request: SyncRequest
    parties: Parties
    journal: Journal[C]
    courier: Courier
    agreed: Callable[[], None] = lambda: None
    resources: ExitStack = field(default_factory=ExitStack)

    def agrees(self) -> bool:
        """Tell whether they do, as far as can be told; a run that never began has no place."""
        try:
            self.agreed()
        except Exception:  # noqa: BLE001
            return False
        return True


@dataclass(frozen=True)
class RunKind(Generic[C]):
    """What a run does.

    Attributes:
        name: Under which its place and its reports are kept.
        cursor: What is saved of such a run's place.
        synchronize: The run itself.
        conclude: Finishes what an earlier invocation of a run that is not gone on with left in
            flight.
        keeps_out: Which other runs may not be under way while it writes.
        saves_plans: Whether a plan saves its place, too, and goes on in further invocations.
        goes_on_by_id: Whether an unfinished run is only taken up by its run id.
    """

    name: Reported
    cursor: type[C]
    synchronize: Callable[[Run[C]], None]
    conclude: Callable[[Run[C]], None]
    keeps_out: tuple[Kind, ...] = ()
    saves_plans: bool = False
    goes_on_by_id: bool = False

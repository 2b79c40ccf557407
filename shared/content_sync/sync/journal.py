"""Where a run stands: what it saves, when it saves, and when it must stop.

Everything that a run writes to the state table goes through its journal, in one order: what was
done first, and where the run stands last. A run that is killed between two saves goes on from the
earlier one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from content_sync.errors import OutOfTime, UnknownCursor
from content_sync.fields.instants import now, to_iso
from content_sync.report import Report
from content_sync.state.cursors import Cursor, CursorStore
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Write
from content_sync.web.timebudget import TimeBudget

T = TypeVar("T")
C = TypeVar("C", bound=Cursor)


class Changes(Protocol):
    """Something whose changes are written with each save."""

    def writes(self) -> list[Write]:
        """Return what to write for what changed since the last call."""


B = TypeVar("B", bound=Changes)


class Additions(Protocol):
    """Something that a run adds to, whose additions are written with each save."""

    def unsaved(self) -> Iterator[Any]:
        """Yield, as JSON and in pieces that fit into memory, what was added since the last call."""


class GrowingList(Generic[T]):
    """A list that a run adds to in whichever of its invocations; only additions are saved.

    Args:
        adapter: Reads and writes a list of its items.
        earlier: What earlier invocations added.
    """

    def __init__(self, adapter: TypeAdapter[list[T]], earlier: list[T]) -> None:
        self._adapter = adapter
        self._items = earlier
        self._saved = len(earlier)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def append(self, item: T) -> None:
        """Add an item; it is written with the next save."""
        self._items.append(item)

    def unsaved(self) -> Iterator[Any]:
        """Yield what was added since the last call; see `Additions`."""
        unsaved, self._saved = self._items[self._saved :], len(self._items)
        if unsaved:
            yield self._adapter.dump_python(unsaved, mode="json")


class GrowingSet:
    """Texts that a run remembers over its invocations.

    Args:
        texts: Where they are saved.
    """

    def __init__(self, texts: GrowingList[str]) -> None:
        self._list = texts
        self._set = set(texts)

    def __contains__(self, text: str) -> bool:
        return text in self._set

    def add(self, text: str) -> None:
        """Remember a text."""
        if text not in self._set:
            self._set.add(text)
            self._list.append(text)


class Journal(Generic[C]):
    """The place and the report of one run, saved under its lease.

    Args:
        cursor: Where the run stands.
        store: Where that is kept.
        lease: The right to write; a plan has none.
        budget: The time left in this invocation.
        resumed: Whether an earlier invocation left something to go on with.

    Attributes:
        sound: Whether what is in memory was saved, or may be.
        waits: Whether something waits in memory that the place is beyond: nothing may be saved.
    """

    def __init__(
        self,
        cursor: C,
        store: CursorStore[C],
        lease: Lease | None,
        budget: TimeBudget,
        *,
        resumed: bool = False,
    ) -> None:
        self.cursor = cursor
        self.resumed = resumed
        self.sound = True
        self.waits = False
        # Saved where the run must go on elsewhere before anything else was.
        self._beginning = None if resumed else cursor.model_copy(deep=True)
        self._store = store
        self._lease = lease
        self.budget = budget
        self._kept: list[Changes] = []
        self._additions: dict[str, Additions] = {}
        self._at_end: list[Write] = []
        self._on_leaving: Callable[[bool], Sequence[Write]] = lambda leaving: ()

    @property
    def report(self) -> Report:
        """Return what the run counted and met so far."""
        return self.cursor.report

    def keep(self, changes: B) -> B:
        """Write these changes with each save, too; return them."""
        self._kept.append(changes)
        return changes

    def keep_details(self, details: Changes) -> None:
        """Write the lists behind the report with each save."""
        self.keep(details)

    def growing_list(self, name: str, item: type[T]) -> GrowingList[T]:
        """Return a list of the run, with what earlier invocations added.

        Args:
            name: Apart from other lists of the same run.
            item: What it holds: anything that pydantic reads and writes.

        Raises:
            UnknownCursor: What was added is of another version of this program.
        """
        adapter: TypeAdapter[list[T]] = TypeAdapter(list[item])  # type: ignore[valid-type]
        try:
            earlier = [row for part in self.added(name) for row in adapter.validate_python(part)]
        except ValidationError:
            raise UnknownCursor from None
        grown = GrowingList(adapter, earlier)
        self.keep_additions(name, grown)
        return grown

    def added(self, name: str) -> Iterator[Any]:
        """Yield what earlier invocations added under a name, piece by piece."""
        return self._store.read_parts(name, self.cursor.lists.get(name, []))

    def keep_additions(self, name: str, additions: Additions) -> None:
        """Write what is added to something with each save, under a name of its own."""
        self._additions[name] = additions

    def growing_set(self, name: str) -> GrowingSet:
        """Return a set of texts of the run; see `growing_list`."""
        return GrowingSet(self.growing_list(name, str))

    def attachment(self, name: str, content: Any) -> list[Write]:
        """Return the items of something to be saved beside the cursor, whatever its size."""
        return list(self._parts(name, 0, content))

    def read_attachment(self, name: str, parts: int) -> Any:
        """Read what was saved as so many parts of an attachment."""
        return next(self._store.read_parts(name, [(0, parts)]))

    def on_leaving(self, writes: Callable[[bool], Sequence[Write]]) -> None:
        """Ask for further writes with each save, telling whether the run stops with it."""
        self._on_leaving = writes

    def save(self, *writes: Write, leaving: bool = False) -> None:
        """Write what was done, and after it where the run stands.

        Args:
            *writes: What is to be written beside what is kept, and the lists.
            leaving: Whether the run stops here, to go on in another invocation.

        Raises:
            LeaseLost: Another run took over.
        """
        assert self._lease is not None, "a plan writes nothing"
        assert self.sound, "what a save was to write went with it"
        assert not self.waits, "what waits would be lost"
        # Should it fail, what was to be written is known no more: the save before it holds.
        self.sound = False
        self._lease.write(self._changes([*self._on_leaving(leaving), *writes]))
        self.sound, self._beginning = True, None
        self.budget.saved()

    def beginning(self) -> list[Put]:
        """Return what saves that the run began, where nothing of it was saved."""
        return [] if self._beginning is None else self._store.writes(self._beginning)

    def _changes(self, writes: Sequence[Write]) -> Iterator[Write]:
        yield from self.left()
        for name, additions in self._additions.items():
            for content in additions.unsaved():
                spans = self.cursor.lists.setdefault(name, [])
                first = sum(spans[-1]) if spans else 0
                parts = self._parts(name, first, content)
                spans.append((first, len(parts)))
                yield from parts
        yield from writes
        self.cursor.saved_at = to_iso(now())
        yield from self._store.writes(self.cursor)

    def _parts(self, name: str, first: int, content: Any) -> list[Put]:
        parts = self._store.parts(name, first, content)
        written = self.cursor.parts
        written[name] = max(written.get(name, 0), first + len(parts))
        return parts

    def left(self) -> list[Write]:
        """Return what is to be written of what changed since the last save."""
        return [write for kept in self._kept for write in kept.writes()]

    def leave(self, write: Write) -> None:
        """Write something when the run has ended, with its report."""
        self._at_end.append(write)

    def ending(self) -> list[Write]:
        """Return what is to be written before the report of a run that has ended, once."""
        self.sound = False
        return [*self.left(), *self._at_end]

    def clearing(self) -> Iterator[Write]:
        """Yield what forgets the run's place."""
        return self._store.clearing(self.cursor)

    def checkpoint(self, before: Callable[[], None] = lambda: None) -> None:
        """Save when it is time to, and stop when no time is left.

        Args:
            before: Called before a save, to bring to an end what a save cannot hold.

        Raises:
            OutOfTime: The run goes on in another invocation.
        """
        exhausted = self.budget.exhausted()
        if exhausted or self.budget.checkpoint_due():
            before()
            self.save(leaving=exhausted)
        if exhausted:
            raise OutOfTime

    def unit(self) -> AbstractContextManager[None]:
        """Measure one unit of work: a page, a chunk, a poll."""
        return self.budget.unit()


class PlanJournal(Journal[C]):
    """The journal of a plan, which writes nothing but the lists behind its report."""

    _details: Changes | None = None

    def keep_details(self, details: Changes) -> None:
        """Write these changes, although this is a plan."""
        self._details = details

    def save(self, *writes: Write, leaving: bool = False) -> None:
        """Write the lists, and keep nothing of the rest in memory."""
        for kept in self._kept:
            kept.writes()
        if self._details is not None:
            self._store.write(self._details.writes())
        self.budget.saved()

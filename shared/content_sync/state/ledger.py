"""What was sent, cut into small items in the order in which it came.

A change rewrites the one item that holds it, and what comes new fills the last one: what a run
writes is in proportion to what it changed, however much there is.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from content_sync.state.table import Delete, Put, Table, Write

Entry = TypeVar("Entry")
# Of courses about three kilobytes: small enough to write for one of them, large enough to read all.
ENTRIES_A_PIECE = 20


class Ledger(Generic[Entry]):
    """The entries of one integration, by key, in memory while a run lasts.

    Args:
        table: The state table.
        pk: The integration's partition.
        prefix: Of the items' sort keys, such as `course`.
        dump: An entry as JSON.
        load: JSON as an entry.
    """

    def __init__(
        self,
        table: Table,
        pk: str,
        prefix: str,
        *,
        dump: Callable[[Entry], object],
        load: Callable[[object], Entry],
    ) -> None:
        self._prefix = prefix
        self._dump = dump
        self._entries: dict[str, Entry] = {}
        # In which piece each key is, and which keys are in each piece.
        self._number: dict[str, int] = {}
        self._keys: dict[int, list[str]] = {}
        self._changed: set[int] = set()
        for sk, content in table.query(pk, f"{prefix}#"):
            for key, entry in content.items():
                self._entries[key] = load(entry)
                self._number[key] = int(sk.rpartition("#")[2])
        for key, number in self._number.items():
            self._keys.setdefault(number, []).append(key)
        self._last = max(self._keys, default=0)

    def get(self, key: str) -> Entry | None:
        """Return the entry of a key, if there is one."""
        return self._entries.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def items(self) -> Iterable[tuple[str, Entry]]:
        """Return all entries, by key."""
        return self._entries.items()

    def set(self, key: str, entry: Entry) -> None:
        """Record an entry; it is written with the next `writes`."""
        if key not in self._number:
            if len(self._keys.get(self._last, ())) >= ENTRIES_A_PIECE:
                self._last += 1
            self._number[key] = self._last
            self._keys.setdefault(self._last, []).append(key)
        self._entries[key] = entry
        self._changed.add(self._number[key])

    def remove(self, key: str) -> None:
        """Forget an entry; its item is written with the next `writes`."""
        del self._entries[key]
        number = self._number.pop(key)
        self._keys[number].remove(key)
        self._changed.add(number)

    def writes(self) -> list[Write]:
        """Return the items to write for what changed since the last call."""
        changed, self._changed = sorted(self._changed), set()
        return [self._write(number) for number in changed]

    def _write(self, number: int) -> Write:
        sk = f"{self._prefix}#{number:04d}"
        content = {key: self._dump(self._entries[key]) for key in self._keys[number]}
        return Put(sk, content) if content else Delete(sk)

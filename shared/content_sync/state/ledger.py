"""What was sent, spread over a fixed number of items: the two ledgers have this in common.

An entry's shard follows from its key, so that a change rewrites one small item, and a whole chunk
commits in a few transactions together with its cursor.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from content_sync.state.table import Put, Table, Write

Entry = TypeVar("Entry")


class Ledger(Generic[Entry]):
    """The entries of one integration, by key, in memory while a run lasts.

    Args:
        table: The state table.
        pk: The integration's partition.
        prefix: `course` or `statistic`.
        shards: Over how many items the entries are spread; never changes for a prefix.
        dump: An entry as JSON.
        load: JSON as an entry.
    """

    def __init__(
        self,
        table: Table,
        pk: str,
        prefix: str,
        *,
        shards: int,
        dump: Callable[[Entry], object],
        load: Callable[[object], Entry],
    ) -> None:
        self._prefix = prefix
        self._shards = shards
        self._dump = dump
        self._changed: set[int] = set()
        self._by_shard: dict[int, dict[str, Entry]] = {}
        for sk, entries in table.query(pk, f"{prefix}#"):
            shard = int(sk.rpartition("#")[2])
            self._by_shard[shard] = {key: load(entry) for key, entry in entries.items()}

    def get(self, key: str) -> Entry | None:
        """Return the entry of a key, if there is one."""
        return self._by_shard.get(self._shard(key), {}).get(key)

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def items(self) -> Iterable[tuple[str, Entry]]:
        """Yield all entries, by key."""
        for entries in self._by_shard.values():
            yield from entries.items()

    def set(self, key: str, entry: Entry) -> None:
        """Record an entry; it is written with the next `writes`."""
        shard = self._shard(key)
        self._by_shard.setdefault(shard, {})[key] = entry
        self._changed.add(shard)

    def remove(self, key: str) -> None:
        """Forget an entry; its shard is written with the next `writes`."""
        shard = self._shard(key)
        self._by_shard[shard].pop(key)
        self._changed.add(shard)

    def writes(self) -> list[Write]:
        """Return the items to write for what changed since the last call."""
        changed, self._changed = sorted(self._changed), set()
        return [self._write(shard) for shard in changed]

    def _write(self, shard: int) -> Write:
        entries = self._by_shard[shard].items()
        return Put(
            f"{self._prefix}#{shard:04d}", {key: self._dump(entry) for key, entry in entries}
        )

    def _shard(self, key: str) -> int:
        return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % self._shards

"""The ledger alone, over a table in memory."""

from collections.abc import Iterator
from typing import Any

from content_sync.state.ledger import Ledger
from content_sync.state.table import Put


class Table:
    """As much of a table as a ledger reads."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def query(self, pk: str, prefix: str) -> Iterator[tuple[str, Any]]:
        yield from sorted(item for item in self.items.items() if item[0].startswith(prefix))


def ledger(table: Any, shards: int = 4) -> Ledger[int]:
    return Ledger(table, "pk", "n", shards=shards, dump=lambda entry: entry, load=int)  # type: ignore[call-overload]


def save(table: Table, kept: Ledger[int]) -> list[Put]:
    writes = [write for write in kept.writes() if isinstance(write, Put)]
    table.items |= {write.sk: write.data for write in writes}
    return writes


def test_what_was_set_is_read_again() -> None:
    table = Table()
    kept = ledger(table)
    for number in range(50):
        kept.set(f"key-{number}", number)
    assert len(save(table, kept)) == 4
    again = ledger(table)
    assert dict(again.items()) == {f"key-{number}": number for number in range(50)}
    assert "key-7" in again
    assert "key-50" not in again


def test_a_change_rewrites_its_shard_only_and_once() -> None:
    table = Table()
    kept = ledger(table, shards=64)
    for number in range(500):
        kept.set(f"key-{number}", number)
    save(table, kept)
    kept.set("key-3", -3)
    (write,) = save(table, kept)
    assert write.data["key-3"] == -3
    assert len(write.data) < 50
    assert kept.writes() == []

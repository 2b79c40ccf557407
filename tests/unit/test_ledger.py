"""The ledger alone, over a table in memory."""

from collections.abc import Iterator
from typing import Any

from content_sync.state.ledger import ENTRIES_A_PIECE, Ledger
from content_sync.state.table import Delete, Put, Write


class Table:
    """As much of a table as a ledger reads."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def query(self, pk: str, prefix: str) -> Iterator[tuple[str, Any]]:
        yield from sorted(item for item in self.items.items() if item[0].startswith(prefix))


def ledger(table: Any) -> Ledger[int]:
    return Ledger(table, "pk", "n", dump=lambda entry: entry, load=int)  # type: ignore[call-overload]


def save(table: Table, kept: Ledger[int]) -> list[Write]:
    writes = kept.writes()
    for write in writes:
        if isinstance(write, Put):
            table.items[write.sk] = write.data
        else:
            del table.items[write.sk]
    return writes


def filled(table: Table, many: int) -> dict[str, int]:
    kept = ledger(table)
    entries = {f"key-{number}": number for number in range(many)}
    for key, number in entries.items():
        kept.set(key, number)
    save(table, kept)
    return entries


def test_what_was_set_is_read_again() -> None:
    table = Table()
    entries = filled(table, 50)
    again = ledger(table)
    assert dict(again.items()) == entries
    assert "key-7" in again
    assert "key-50" not in again


def test_a_change_writes_its_own_item_only_and_once() -> None:
    table = Table()
    filled(table, 20_000)
    kept = ledger(table)
    kept.set("key-3", -3)
    kept.set("key-19999", -19999)
    first, second = save(table, kept)
    assert isinstance(first, Put)
    assert isinstance(second, Put)
    assert first.data["key-3"] == -3
    assert max(len(first.data), len(second.data)) <= ENTRIES_A_PIECE
    assert kept.writes() == []
    assert ledger(table).get("key-3") == -3


def test_what_comes_new_fills_the_last_item() -> None:
    table = Table()
    filled(table, 20_000)
    items = len(table.items)
    kept = ledger(table)
    for number in range(10 * ENTRIES_A_PIECE):
        kept.set(f"new-{number}", number)
    assert len(save(table, kept)) <= 11
    assert len(table.items) <= items + 10
    assert len(dict(ledger(table).items())) == 20_000 + 10 * ENTRIES_A_PIECE


def test_an_item_of_which_all_is_forgotten_goes() -> None:
    table = Table()
    filled(table, 3 * ENTRIES_A_PIECE)
    kept = ledger(table)
    for key in [key for key, _ in kept.items()][: 2 * ENTRIES_A_PIECE + 1]:
        kept.remove(key)
    assert sum(isinstance(write, Delete) for write in save(table, kept)) == 2
    kept.set("new", 1)
    save(table, kept)
    assert len(dict(ledger(table).items())) == ENTRIES_A_PIECE
    emptied = ledger(Table())
    emptied.set("a", 1)
    emptied.remove("a")
    emptied.set("b", 2)
    (write,) = emptied.writes()
    assert isinstance(write, Put)
    assert write.data == {"b": 2}


def test_larger_items_of_a_version_before_are_gone_on_with() -> None:
    table = Table()
    table.items = {
        f"n#{shard:04d}": {f"old-{shard}-{number}": number for number in range(40)}
        for shard in range(256)
    }
    kept = ledger(table)
    kept.set("old-7-3", -3)
    kept.set("new", 1)
    changed, new = save(table, kept)
    assert isinstance(changed, Put)
    assert isinstance(new, Put)
    assert (changed.sk, len(changed.data), changed.data["old-7-3"]) == ("n#0007", 40, -3)
    assert (new.sk, new.data) == ("n#0256", {"new": 1})
    assert len(dict(ledger(table).items())) == 256 * 40 + 1

"""Journal and cursors alone: what is saved, in which order, and what is read again."""

from typing import Any

import boto3
import pytest

from content_sync.errors import (
    AwsUnavailable,
    OutOfTime,
    UnknownCursor,
)
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Table
from tests.house import TABLE
from tests.unit.errands import PK, Note, journal, store


def test_a_cursor_is_read_as_it_was_saved_with_its_lists(table: Table) -> None:
    first = journal(table)
    first.growing_list("notes", Note).append(Note("a", 1))
    first.growing_set("names").add("x")
    first.cursor.listing.position = {"offset": 50}
    first.report.count("read", 7)
    first.save()
    second = journal(table)
    assert second.cursor.listing.position == {"offset": 50}
    assert second.report.counts["read"] == 7
    notes, names = second.growing_list("notes", Note), second.growing_set("names")
    assert list(notes) == [Note("a", 1)]
    assert "x" in names
    notes.append(Note("b", 2))
    second.save()
    assert list(journal(table).growing_list("notes", Note)) == [Note("a", 1), Note("b", 2)]


def test_lists_have_a_namespace_of_their_own(table: Table) -> None:
    """A list called like a field of the cursor changes nothing in it."""
    first = journal(table)
    first.cursor.tagged = 5
    first.growing_set("tagged").add("x")
    first.save()
    assert journal(table).cursor.tagged == 5


def test_a_cursor_beyond_an_item_s_size_is_packed(table: Table) -> None:
    large = [f"{number:x}" * 9 for number in range(60_000)]
    for round_ in range(3):
        kept = journal(table)
        kept.cursor.listing.position = [round_, *large]
        kept.save()
        assert journal(table).cursor.listing.position == [round_, *large]


@pytest.mark.parametrize("content", [{"version": 2}, {"run_id": "r", "counts": {}}, [], 5])
def test_a_cursor_of_another_version_is_told_from_none(table: Table, content: Any) -> None:
    assert store(table).read() is None
    table.write(PK, Put("cursor#catalog", content))
    with pytest.raises(UnknownCursor):
        store(table).read()


def test_a_checkpoint_saves_and_stops_only_after_a_unit_of_work(table: Table) -> None:
    kept = journal(table, seconds=5)
    kept.checkpoint()
    with kept.unit():
        pass
    called: list[int] = []
    with pytest.raises(OutOfTime):
        kept.checkpoint(before=lambda: called.append(1))
    assert called == [1]
    assert store(table).read() is not None


def test_parts_are_spread_over_partitions_and_cleared(table: Table) -> None:
    kept = journal(table)
    rows = kept.growing_list("rows", Note)
    for number in range(40):
        rows.append(Note(f"{number}", number))
        kept.save()
    partitions = {
        item["pk"]["S"] for item in boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    }
    assert len(partitions) == 17
    assert len(list(journal(table).growing_list("rows", Note))) == 40
    lease = Lease.take(table, PK, "catalog", holder="me", seconds=900)
    assert lease is not None
    lease.write(kept.clearing())
    left = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert [item["sk"]["S"] for item in left] == ["lease#catalog"]


def test_what_a_failed_save_was_to_write_is_never_left_out_by_a_later_one(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = journal(table)
    kept.growing_list("notes", Note).append(Note("a", 1))

    def fails(*_: Any) -> None:
        raise AwsUnavailable("no")

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "write", fails)
        with pytest.raises(AwsUnavailable):
            kept.save()
    assert not kept.sound
    with pytest.raises(AssertionError):
        kept.save()
    assert store(table).read() is None

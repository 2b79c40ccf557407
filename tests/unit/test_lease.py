"""The lease alone: who may write."""

import pytest

from content_sync.errors import LeaseLost
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Table
from tests.house import TABLE, House


def test_a_run_that_lost_its_lease_writes_nothing(house: House) -> None:
    table = Table(TABLE)
    old = Lease.take(table, "go1#default", "catalog", holder="old", seconds=-100)
    assert old is not None
    new = Lease.take(table, "go1#default", "catalog", holder="new", seconds=900)
    assert new is not None
    with pytest.raises(LeaseLost):
        old.write([Put("course#0001", {})])
    assert table.get("go1#default", "course#0001") is None
    old.give_back()
    assert Lease.take(table, "go1#default", "catalog", holder="third", seconds=900) is None

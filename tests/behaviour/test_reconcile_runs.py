"""Reconciling as a run: over invocations, beside other runs, and refused."""

import pytest

from content_sync.errors import ContentSyncError, InvalidEvent
from content_sync.state.lease import Lease
from content_sync.state.table import Table
from sandbox.service import Fault
from tests.behaviour.learning import (
    STATS,
    ready,
    row,
)
from tests.behaviour.reconciling import attempts, courses, reconcile
from tests.helpers import GO1, at_home, fill, statuses, wipe
from tests.house import TABLE, House


def test_it_goes_on_in_further_invocations(house: House) -> None:
    ready(house)
    house.sandbox.learning360.rate_limited = False
    fill(house, 260)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(number, done=True) for number in range(1, 80)])
    house.run("go1", "stats")
    wipe(house, "course#", "learner#")
    invocations = 0
    for mode in ("plan", "apply"):
        event = {"action": "reconcile", "provider": "go1", "mode": mode}
        answer = house.call("integrations", event, seconds=25)
        while answer["status"] == "continued":
            invocations += 1
            name, event = house.invoked.pop()
            assert (name, event["integration"], event["mode"]) == ("integrations", "default", mode)
            answer = house.call(name, event, seconds=25)
        assert courses(answer) == {"found": 260}
        assert attempts(answer) == {"found": 79}
        assert len(answer["differences"]) == 100
    assert invocations > 8
    again = reconcile(house)
    assert (courses(again), attempts(again)) == ({"agreed": 260}, {"agreed": 79})
    page = house.manage("report", "go1", kind="reconcile", run_id=answer["run_id"])
    assert (len(page["entries"]), page["more"]) == (260 + 79, False)


def test_runs_and_reconciling_keep_each_other_out(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    table = Table(TABLE)
    lease = Lease.take(table, "go1#default", "stats", holder="another", seconds=100)
    assert lease is not None
    assert reconcile(house)["status"] == "succeeded"
    with pytest.raises(Exception, match="a stats run of this integration is under way"):
        reconcile(house, mode="apply")
    lease.give_back()
    assert reconcile(house, mode="apply")["status"] == "succeeded"
    lease = Lease.take(table, "go1#default", "reconcile", holder="another", seconds=100)
    assert reconcile(house)["status"] == "skipped"


def test_a_missing_scope_is_named(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"courseStats:read"}
    with pytest.raises(Exception, match="courseStats:read"):
        reconcile(house)


def test_an_integration_that_is_not_active_is_refused(house: House) -> None:
    at_home(house)
    house.manage("deactivate", "go1")
    with pytest.raises(Exception, match="inactive: activate it first"):
        reconcile(house)


def test_a_run_that_comes_in_between_lets_it_begin_from_the_start(house: House) -> None:
    at_home(house, 20)
    house.run("go1", "catalog")
    fill(house, 40)
    event = {"action": "reconcile", "provider": "go1", "mode": "apply", "allow_archives": 50}
    answer = house.call("integrations", event, seconds=20)
    created, run_id = None, answer["run_id"]
    while answer["status"] == "continued":
        name, event = house.invoked.pop()
        cursor = Table(TABLE).get("go1#default", "cursor#reconcile")
        if created is None and "looked_up" in cursor["lists"] and not cursor["settled"]:
            created = house.run("go1", "catalog")["counts"]["created"]
        answer = house.call(name, event, seconds=20)
    assert created == 20
    assert answer["reasons"] == {"begun_from_start": 1}
    # Whoever followed the first one is told by which one it goes on.
    first = house.manage("report", "go1", kind="reconcile", run_id=run_id)["report"]
    assert (first["status"], first["replaced_by"]) == ("failed", answer["run_id"])
    assert courses(answer) == {"agreed": 40}
    assert set(statuses(house).values()) == {"published"}


@pytest.mark.parametrize(("first", "second"), [("plan", "apply"), ("apply", "plan")])
def test_one_that_failed_is_not_gone_on_with_in_another_mode(
    house: House, first: str, second: str
) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    wipe(house, "course#", "learner#")
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    with pytest.raises(ContentSyncError, match="courses/stats"):
        reconcile(house, mode=first)
    house.sandbox.traffic.faults.clear()
    failed = house.manage("report", "go1", kind="reconcile")["report"]["run_id"]
    with pytest.raises(InvalidEvent, match=f"is in mode {first}"):
        reconcile(house, mode=second, run_id=failed)
    answer = reconcile(house, mode=second)
    assert (answer["mode"], answer["status"]) == (second, "succeeded")
    assert ("learner#" in house.table_text()) == (second == "apply")
    assert reconcile(house, mode="apply")["status"] == "succeeded"
    assert courses(reconcile(house)) == {"agreed": 12}


def test_what_an_earlier_one_found_out_is_not_told_again(house: House) -> None:
    ready(house)
    fill(house, 20)
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    with pytest.raises(ContentSyncError):
        reconcile(house)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "catalog")
    assert courses(reconcile(house)) == {"agreed": 20}


def test_an_unfinished_run_is_let_end_first(house: House) -> None:
    at_home(house, 120)
    report = house.call("go1_catalog", {"integration": "default"}, seconds=1)
    assert report["status"] == "continued"
    assert reconcile(house)["status"] == "succeeded"
    with pytest.raises(InvalidEvent, match="a catalog run of this integration is unfinished"):
        reconcile(house, mode="apply")
    house.invoked.clear()
    house.run("go1", "catalog")
    assert courses(reconcile(house, mode="apply")) == {"agreed": 120}

"""`list`: the integrations on one screen, and what calls for a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from content_sync.fields.instants import now
from content_sync.state.runs import LOOKED_AT, last_report
from content_sync.state.table import Table
from tests.behaviour.learning import MAIL, ready, row
from tests.helpers import GO1, at_home, facts, wipe
from tests.house import TABLE, House


def listed(house: House) -> Any:
    (one,) = house.manage("list", "go1")["integrations"]
    return one


def at(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Let it be so many hours later for whoever looks."""
    later = now() + hours * 3_600_000
    monkeypatch.setattr("content_sync.lifecycle.attention.now", lambda: later)


def test_an_integration_in_short(house: House) -> None:
    raw = at_home(house)
    assert listed(house)["last_runs"] == {"catalog": None, "stats": None}
    house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[2:])
    report = house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(3, done=True), GO1.row("nobody@example.org", "36000004")])
    house.run("go1", "stats")
    one = listed(house)
    assert (one["state"], one["platform"], one["group"]) == ("active", "default", house.group_id)
    assert one["group_name"] == "Content"
    assert one["courses"] == {"active": 10, "archived": 2}
    assert one["parked"] == 2
    assert one["last_runs"]["catalog"]["counts"] == report["counts"]
    assert one["last_runs"]["catalog"]["last_success"] == report["finished_at"]
    assert not {"problems", "changes"} & one["last_runs"]["catalog"].keys()
    assert one["attention"] == []
    house.sandbox.learning360.add_user("nobody@example.org")
    house.run("go1", "stats")
    assert listed(house)["parked"] == 1
    assert MAIL not in str(one)


def test_the_next_firings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(house)
    firings = listed(house)["next_firings"]
    for kind in ("catalog", "stats"):
        firing = datetime.fromisoformat(firings[kind])
        assert timedelta(0) < firing - datetime.now(UTC) <= timedelta(hours=25)
        assert firing.utcoffset() in (timedelta(hours=1), timedelta(hours=2))
    assert datetime.fromisoformat(firings["catalog"]).strftime("%H:%M") == "07:40"
    house.manage("pause", "go1")
    assert listed(house)["next_firings"] == {"catalog": None, "stats": None}
    house.manage("resume", "go1")
    monkeypatch.setenv("SCHEDULES_STATE", "DISABLED")
    assert listed(house)["next_firings"] == {"catalog": None, "stats": None}
    assert facts(house)["next_firing"]["detail"].startswith(
        "none, since the schedules are disabled"
    )


def test_what_calls_for_a_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = at_home(house, 40)
    success = house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[20:])
    house.run("go1", "catalog")
    one = listed(house)
    (sentence,) = one["attention"]
    assert sentence.startswith("catalog: 20 of 40 active courses would be archived")
    assert one["last_runs"]["catalog"]["last_success"] == success["finished_at"]
    house.sandbox.services["go1"].scopes = frozenset()
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    (sentence,) = listed(house)["attention"]
    assert sentence.startswith("the last catalog run failed at ")
    assert "portal.read" in sentence


def test_a_run_that_was_missed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(house)
    house.run("go1", "catalog")
    at(monkeypatch, 25)
    assert listed(house)["attention"] == []
    at(monkeypatch, 27)
    missed, never = listed(house)["attention"]
    assert missed.startswith("the last catalog run was at ")
    assert never.startswith("stats has not run since the activation")
    for sentence in (missed, never):
        assert sentence.endswith("look at the schedule and at the dead-letter queue")
    house.manage("pause", "go1")
    assert listed(house)["attention"] == []
    assert facts(house)["last_run"]["ok"]


def test_a_missing_scope_calls_for_a_person(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"users:read"}
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    (sentence,) = listed(house)["attention"]
    assert "grant courseStats:read and users:read" in sentence


def test_what_never_ran_and_what_cannot_be_delivered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    assert listed(house)["attention"] == []
    with monkeypatch.context() as patch:
        at(patch, 27)
        assert [one.split(" has")[0] for one in listed(house)["attention"]] == ["catalog", "stats"]
    house.sandbox.learning360.failing_items[GO1.external_id(1)] = "no image"
    house.run("go1", "catalog")
    (sentence,) = listed(house)["attention"]
    assert sentence.startswith("catalog: 1 could not be delivered")


def test_a_lost_ledger_is_noticed_and_an_inactive_integration_says_nothing(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    house.run("go1", "catalog")
    wipe(house, "course#")
    (sentence,) = listed(house)["attention"]
    assert sentence.endswith("reconcile")
    house.sandbox.services["go1"].scopes = frozenset()
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    house.manage("deactivate", "go1")
    assert listed(house)["attention"] == []


def test_to_find_the_latest_report_not_all_of_ninety_days_are_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house, 2)
    for _ in range(7):
        house.run("go1", "catalog")
    table, read = Table(TABLE), []
    asked = table._call

    def counted(action: str, **arguments: Any) -> Any:
        answer = asked(action, **arguments)
        read.append(len(answer["Items"]))
        return answer

    monkeypatch.setattr(table, "_call", counted)
    assert last_report(table, "go1#default", "catalog") is not None
    assert sum(read) == LOOKED_AT < 7
    # One that is farther back is found all the same.
    read.clear()
    assert last_report(table, "go1#default", "catalog", statuses=("partial",)) is None
    assert sum(read) == 7

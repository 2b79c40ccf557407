"""Runs that another run finds unfinished: gone on with, ended as themselves, or begun again."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from content_sync.errors import (
    AwsUnavailable,
    ContentSyncError,
    InvalidEvent,
    InvalidSettings,
    OutOfTime,
    RemoteUnavailable,
)
from content_sync.fields.instants import now
from content_sync.learning360.api import Learning360Api
from content_sync.providers.go1.api import Go1Api
from content_sync.state.lease import Lease
from content_sync.state.table import Delete, Put, Table
from content_sync.sync.journal import Journal
from sandbox.service import Fault
from tests.helpers import GO1, at_home, set_runs_clock
from tests.house import TABLE, House

PK = "go1#default"


class Killed(BaseException):
    """Nothing in the program may catch it."""


def killed_after_submit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a catalogue run whose operation reached 360Learning, unknown to the run."""
    submit = Learning360Api.submit

    def kills(*arguments: Any) -> str:
        submit(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Learning360Api, "submit", kills)
        with pytest.raises(Killed):
            house.run("go1", "catalog")


def killed_while_a_course_comes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a run that sends all courses again, of which one had been archived."""
    courses = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[1:])
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses)
    killed_after_submit(house, monkeypatch)


def make_unreadable() -> None:
    """Let the place of the unfinished run be one of another version."""
    Table(TABLE).write(PK, Put("cursor#catalog", {"version": 99}))


def fails_waiting(house: House, monkeypatch: pytest.MonkeyPatch, *, slices: int) -> str:
    """Let a run fail over an operation that does not end; return what it says."""
    house.sandbox.learning360.operation_seconds = 10_000
    monkeypatch.setattr("content_sync.sync.unfinished.MOST_SLICES", slices)
    event: dict[str, Any] = {"integration": "default"}
    for _ in range(slices):
        assert house.call("go1_catalog", event, seconds=1)["status"] == "continued"
        _, event = house.invoked.pop()
    said = f"over {slices + 1} invocations and does not end"
    with pytest.raises(ContentSyncError, match=said) as raised:
        house.call("go1_catalog", event, seconds=1)
    return str(raised.value)


def reports(house: House) -> list[dict[str, Any]]:
    return [report for _, report in Table(TABLE).query(PK, "run#catalog#")]


def test_a_run_with_other_demands_ends_the_unfinished_one_as_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    killed_after_submit(house, monkeypatch)
    report = house.run("go1", "catalog", full=True)
    old, new = reports(house)
    assert old["run_id"] != new["run_id"]
    assert new == report
    # What the old run had sent is in its own report, and in the ledger that the new one finds.
    assert (old["status"], old["counts"]["created"]) == ("failed", 12)
    assert "left unfinished" in old["problems"][0]["message"]
    assert report["counts"] | {"read": 12, "updated": 12} == report["counts"]
    assert report["counts"]["created"] == 0


def test_the_same_demands_go_on_with_the_unfinished_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    killed_after_submit(house, monkeypatch)
    report = house.run("go1", "catalog")
    assert report["counts"] | {"read": 12, "created": 12} == report["counts"]
    assert [stored["run_id"] for stored in reports(house)] == [report["run_id"]]
    assert house.operations() == 1


def test_a_run_of_yesterday_archives_nothing_today(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[1:])

    def kills(*_: Any) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Learning360Api, "submit", kills)
        with pytest.raises(Killed):
            house.run("go1", "catalog")
    GO1.put(house.sandbox, courses)
    monkeypatch.setattr("content_sync.sync.unfinished.FRESH_MILLISECONDS", -1)
    report = house.run("go1", "catalog")
    assert report["counts"]["unchanged"] == 12
    assert house.operations("archiveExternalCourses") == 0
    assert house.courses()["36000000"]["status"] == "published"


@pytest.mark.parametrize("continues", [True, False])
def test_a_cursor_of_another_version_starts_the_run_over_and_says_so(
    house: House, continues: bool
) -> None:
    at_home(house)
    Table(TABLE).write(PK, Put("cursor#catalog", {"version": 99, "run_id": "old"}))
    report = house.run("go1", "catalog", **({"run_id": "old"} if continues else {}))
    assert (report["status"], report["counts"]["created"]) == ("succeeded", 12)
    (problem,) = report["problems"]
    assert problem["reason"] == "begun_from_start"
    assert "another version" in problem["message"]
    items = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert not [item for item in items if item["sk"]["S"].startswith("cursor#")]


def test_an_ended_run_keeps_the_sentence_of_its_failure(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    at_home(house)
    down = Fault("GET /go1/v2/learning-objects", times=1000, status=502, body="<html>")
    house.sandbox.traffic.faults.append(down)
    with pytest.raises(RemoteUnavailable) as raised:
        house.run("go1", "catalog")
    house.sandbox.traffic.faults.clear()
    monkeypatch.setattr("content_sync.sync.unfinished.FRESH_MILLISECONDS", -1)
    assert house.run("go1", "catalog")["counts"]["created"] == 12
    old, _ = reports(house)
    assert (old["status"], old["problems"][0]["message"]) == ("failed", str(raised.value))


def test_a_run_that_could_not_be_opened_leaves_nothing_to_go_on_with(house: House) -> None:
    at_home(house)
    secret = house.sandbox.provider_secret(
        "go1", group_id=house.group_id, author_id=house.author_id
    )
    house.put_secret("integrations/go1/default", {})
    with pytest.raises(InvalidSettings, match="must be corrected"):
        house.run("go1", "catalog")
    assert "cursor#" not in house.table_text()
    house.put_secret("integrations/go1/default", secret)
    assert house.run("go1", "catalog")["counts"]["created"] == 12
    assert [report["status"] for report in reports(house)] == ["failed", "succeeded"]


def test_what_an_ended_run_restored_is_in_the_ledger(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_while_a_course_comes_back(house, monkeypatch)
    report = house.run("go1", "catalog", full=True)
    *_, old, new = reports(house)
    assert (old["counts"]["restored"], new["counts"]["restored"]) == (1, 0)
    assert report["counts"]["updated"] == 12
    assert house.courses()["36000000"]["status"] == "published"


def test_a_run_that_cannot_end_the_older_one_fails_with_a_report(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    killed_after_submit(house, monkeypatch)
    secret = house.sandbox.provider_secret(
        "go1", group_id=house.group_id, author_id=house.author_id
    )
    house.put_secret("integrations/go1/default", {})
    with pytest.raises(InvalidSettings, match="must be corrected"):
        house.run("go1", "catalog", full=True)
    (failed,) = reports(house)
    assert failed["status"] == "failed"
    assert "must be corrected" in failed["problems"][0]["message"]
    # And what was in flight is still found by the next one.
    house.put_secret("integrations/go1/default", secret)
    house.run("go1", "catalog", full=True)
    assert sorted(report["status"] for report in reports(house)) == [
        "failed",
        "failed",
        "succeeded",
    ]
    assert house.operations() == 2


def test_parcels_of_another_version_start_the_run_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    killed_after_submit(house, monkeypatch)
    monkeypatch.setattr("content_sync.sync.catalog.upserting.Upserts.name", "renamed")
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("succeeded", 12)
    assert report["problems"][0]["reason"] == "begun_from_start"


def test_a_run_that_begins_over_does_so_as_it_was_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    house.run("go1", "catalog")
    event: dict[str, Any] = {"integration": "default"}
    left = house.call("go1_catalog", {**event, "full": True}, seconds=1)
    assert left["status"] == "continued"
    monkeypatch.setattr("content_sync.sync.catalog.upserting.Upserts.name", "renamed")
    # By hand, without the keys of the first event.
    report = house.call("go1_catalog", {**event, "run_id": left["run_id"]})
    assert report["problems"][0]["reason"] == "begun_from_start"
    assert report["counts"]["updated"] == 12


@pytest.mark.parametrize("by_name", [True, False])
def test_a_run_whose_place_cannot_be_read_is_replaced_by_another(
    house: House, by_name: bool
) -> None:
    at_home(house, 150)
    left = house.call("go1_catalog", {"integration": "default"}, seconds=1)
    _, event = house.invoked.pop()
    make_unreadable()
    report = house.call("go1_catalog", event if by_name else {"integration": "default"})
    assert (report["status"], report["run_id"] == left["run_id"]) == ("succeeded", False)
    assert [one["reason"] for one in report["problems"]] == ["begun_from_start"]
    old, _ = reports(house)
    assert (old["status"], old["run_id"]) == ("failed", left["run_id"])
    assert "cannot be gone on from" in old["problems"][0]["message"]
    assert old["replaced_by"] == report["run_id"]
    # Whoever still goes on with it is told how it ended.
    assert house.call("go1_catalog", event) == old


def test_a_run_that_is_to_go_on_and_has_no_place_is_named(house: House) -> None:
    at_home(house, 150)
    house.call("go1_catalog", {"integration": "default"}, seconds=1)
    _, event = house.invoked.pop()
    Table(TABLE).write(PK, Delete("cursor#catalog"))
    with pytest.raises(InvalidEvent, match="leave run_id out to start a new one"):
        house.call("go1_catalog", event)


def test_a_run_whose_last_write_fails_has_a_report(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    house.run("go1", "catalog")
    write, failed = Lease.write, []

    def fails_once(lease: Lease, writes: Any) -> None:
        if not failed:
            failed.append(True)
            raise AwsUnavailable("DynamoDB does not answer")
        write(lease, writes)

    monkeypatch.setattr(Lease, "write", fails_once)
    with pytest.raises(AwsUnavailable):
        house.run("go1", "catalog")
    *_, last = reports(house)
    assert last["status"] == "failed"
    assert "does not answer" in last["problems"][0]["message"]
    # What was to be written is known no more: no place may claim that it was.
    assert "cursor#" not in house.table_text()
    assert house.run("go1", "catalog")["counts"]["unchanged"] == 12


def test_a_run_that_is_out_of_time_before_its_first_save_goes_on_under_its_name(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)

    def late(*_: Any) -> Iterator[Any]:
        raise OutOfTime

    event: dict[str, Any] = {"integration": "default"}
    with monkeypatch.context() as patch:
        patch.setattr(Go1Api, "courses", late)
        names = set()
        for _ in range(2):
            report = house.call("go1_catalog", event)
            assert report["status"] == "continued"
            names.add(report["run_id"])
            _, event = house.invoked.pop()
        # Not for ever.
        set_runs_clock(patch, lambda: now() + 25 * 3_600_000)
        with pytest.raises(ContentSyncError, match="over 3 invocations and does not end"):
            house.call("go1_catalog", event)
        assert house.invoked == []
    assert names == {one["run_id"] for one in reports(house)}
    assert house.run("go1", "catalog")["counts"]["created"] == 12


def test_what_goes_wrong_with_saving_does_not_hide_what_the_run_failed_by(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)

    def fails(*_: Any) -> Iterator[Any]:
        raise RemoteUnavailable("the catalogue cannot be read now")

    def refuses(*_: Any, **__: Any) -> None:
        raise InvalidSettings("the role may not write")

    with monkeypatch.context() as patch:
        patch.setattr(Go1Api, "courses", fails)
        patch.setattr(Journal, "save", refuses)
        with pytest.raises(RemoteUnavailable, match="cannot be read now"):
            house.run("go1", "catalog")
    assert "cannot be read now" in reports(house)[0]["problems"][0]["message"]


def test_a_run_that_never_ends_fails_with_a_sentence_and_the_next_begins_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house, 150)
    fails_waiting(house, monkeypatch, slices=5)
    assert house.manage("report", "go1")["report"]["status"] == "failed"
    for operation in house.sandbox.learning360.operations.values():
        operation.ends_at = 0
    house.sandbox.learning360.operation_seconds = 0.1
    report = house.run("go1", "catalog")
    assert report["status"] == "succeeded"
    assert len(house.courses()) == 150
    operations = house.sandbox.learning360.operations.values()
    assert sum(len(operation.items) for operation in operations) == 150


def test_a_run_of_yesterday_is_not_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house, 150)
    report = house.call("go1_catalog", {"integration": "default"}, seconds=1)
    assert report["status"] == "continued"
    _, event = house.invoked.pop()
    later = now() + 25 * 3_600_000
    set_runs_clock(monkeypatch, lambda: later)
    with pytest.raises(ContentSyncError, match="this run goes on since"):
        house.call("go1_catalog", event)


def test_what_a_run_left_in_flight_and_never_ends_lets_the_next_run_fail_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house, 150)
    failure_said = fails_waiting(house, monkeypatch, slices=2)

    def of_first_run() -> tuple[str, str]:
        first, *_ = reports(house)
        (failure,) = [row for row in first["problems"] if row["reason"] == "failed"]
        return first["status"], failure["message"]

    # On the same day the next run waits on, and the other one's failure is still told.
    event: dict[str, Any] = {"integration": "default"}
    assert house.call("go1_catalog", event, seconds=1)["status"] == "continued"
    _, event = house.invoked.pop()
    assert of_first_run() == ("continued", failure_said)
    # A day later it does not; nothing is sent a second time, and the operation is named.
    later = now() + 24 * 3_600_000
    set_runs_clock(monkeypatch, lambda: later)
    ((operation_id, operation),) = house.sandbox.learning360.operations.items()
    for _ in range(2):
        with pytest.raises(ContentSyncError, match=f"do not end \\({operation_id}\\)"):
            house.call("go1_catalog", event, seconds=1)
        assert house.invoked == []
    assert house.operations() == 1
    # It ended after all.
    operation.ends_at = 0
    house.sandbox.learning360.operation_seconds = 0.1
    assert house.run("go1", "catalog")["status"] == "succeeded"
    assert of_first_run() == ("failed", failure_said)
    operations = house.sandbox.learning360.operations.values()
    assert sum(len(operation.items) for operation in operations) == len(house.courses()) == 150


def test_a_run_that_is_ended_over_several_invocations_is_told_as_failed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its operation was recorded, and its restores do not fit into the same invocation."""
    killed_while_a_course_comes_back(house, monkeypatch)

    def stops(*_: Any, **__: Any) -> None:
        raise OutOfTime

    # That it is a day old is no reason to give it up: nothing is in flight any more.
    later = now() + 25 * 3_600_000
    set_runs_clock(monkeypatch, lambda: later)
    with monkeypatch.context() as patch:
        patch.setattr("content_sync.sync.catalog.run.restore", stops)
        report = house.call("go1_catalog", {"integration": "default", "full": True})
    assert report["status"] == "continued"
    name, event = house.invoked.pop()
    ended = house.call(name, event)
    assert ended["status"] == "succeeded"
    *_, old, _ = reports(house)
    # Whoever follows the one that was answered is told of the one that was asked for.
    assert (old["run_id"], old["replaced_by"]) == (report["run_id"], ended["run_id"])
    (failure,) = [row for row in old["problems"] if row["reason"] == "failed"]
    assert (old["status"], "left unfinished" in failure["message"]) == ("failed", True)
    assert house.courses()["36000000"]["status"] == "published"
    assert "cursor#" not in house.table_text()

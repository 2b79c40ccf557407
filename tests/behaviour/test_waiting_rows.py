"""Rows that wait: their order, their flags and their counts, over runs and invocations."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.service import Fault
from tests.behaviour.learning import (
    MAIL,
    STATS,
    counts,
    forced,
    forget_attempts,
    hide_all,
    hurry,
    ready,
    refusing,
    row,
    shown,
    start,
    unreadable,
)
from tests.helpers import GO1, at_home, attempts, known
from tests.house import House


def test_a_newer_row_is_not_lost_when_the_run_fails_and_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    assert house.run("go1", "stats")["counts"]["parked"] == 2
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True), row(2)])
    hurry(monkeypatch)
    house.sandbox.traffic.faults.append(Fault(STATS, status=503, body={}, times=1000, after=2))
    with pytest.raises(ContentSyncError):
        house.run("go1", "stats")
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "read", "sent", "unchanged", "replayed") == (2, 1, 1, 1)
    assert sorted(shown(house), key=str) == [(100, -1), (50, None)]


@pytest.mark.parametrize("seconds", [900, 1])
def test_changed_rows_that_waited_go_out_in_their_order(house: House, seconds: int) -> None:
    at_home(house)
    house.run("go1", "catalog")
    first, second = row(1, first=-90, last=-80, done=True), row(1, first=-10, last=-9)
    GO1.put_rows(house.sandbox, [first, second])
    assert house.run("go1", "stats", seconds=seconds)["counts"]["parked"] == 2
    known(house, MAIL)
    changed = row(1, first=-10, last=-2, done=True)
    GO1.put_rows(house.sandbox, [first, changed])
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "read", "sent", "unchanged", "replayed") == (2, 1, 1, 1)
    assert shown(house) == [(100, -80), (100, -2)]


@pytest.mark.parametrize("seconds", [900, 1])
@pytest.mark.parametrize("done", [True, False])
def test_a_second_attempt_never_overtakes_a_first_that_could_not_be_read(
    house: House, seconds: int, done: bool
) -> None:
    ready(house)
    rows = [row(1, first=-90, last=-80, done=True), row(1, first=-10, last=-2, done=done)]
    GO1.put_rows(house.sandbox, rows)
    house.sandbox.traffic.faults.append(unreadable())
    start(house, -100)
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "read", "failed", "parked") == (2, 1, 1)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "stats", seconds=seconds)
    expected = [(0, -100), (100, -80), (100, -2) if done else (50, None)]
    assert shown(house) == expected


def test_what_was_not_shown_is_not_forgotten_by_a_bad_run(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    fault = hide_all(house)
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 1
    forget_attempts(house)
    house.sandbox.traffic.faults.remove(fault)
    for bad in (unreadable(), refusing()):
        start(house, -100)
        house.sandbox.traffic.faults.append(bad)
        house.run("go1", "stats")
        house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "replayed", "confirmed") == (1, 1)
    assert (50, None) in shown(house)


def test_force_new_survives_an_unreadable_answer(house: House) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])

    def launches_only(body: Any) -> Any:
        return [one for one in body if one["progress"] < 100]

    hidden = Fault(STATS, times=1000, edit=launches_only)
    house.sandbox.traffic.faults.append(hidden)
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 1
    house.sandbox.traffic.faults[:] = [unreadable()]
    house.run("go1", "stats")
    house.sandbox.traffic.faults[:] = [hidden]
    for full in (False, True):
        house.run("go1", "stats", full=full)
    assert forced(house) == 1
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1


@pytest.mark.parametrize("seconds", [900, 1])
def test_what_full_could_not_send_is_tried_again(house: House, seconds: int) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2, done=True), row(3)])
    house.run("go1", "stats")
    forget_attempts(house)
    house.sandbox.traffic.faults.append(refusing())
    report = house.run("go1", "stats", full=True, seconds=seconds)
    assert counts(report, "read", "parked", "unchanged") == (3, 3, 0)
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "replayed", "confirmed") == (3, 3)
    assert sorted(one.progress for one in attempts(house)) == [50, 50, 100]


def test_what_full_could_not_send_and_stands_there_counts_as_replayed(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2), row(3)])
    house.run("go1", "stats")
    house.sandbox.traffic.faults.append(refusing())
    assert house.run("go1", "stats", full=True)["counts"]["parked"] == 3
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "read", "replayed", "confirmed", "unchanged") == (3, 3, 3, 3)
    assert house.operations("importExternalStatistics") == 1


@pytest.mark.parametrize("seconds", [900, 1])
def test_full_counts_right_where_something_cannot_be_read(house: House, seconds: int) -> None:
    ready(house)
    known(house, "other@example.com")
    GO1.put_rows(house.sandbox, [row(1), GO1.row("other@example.com", GO1.external_id(2))])
    house.run("go1", "stats")
    course = house.course(GO1.external_id(2))
    assert course is not None

    def spoiled(body: Any) -> Any:
        return [
            {**one, "progress": None} if one["courseId"] == course["_id"] else one for one in body
        ]

    house.sandbox.traffic.faults.append(Fault(STATS, edit=spoiled, times=1000))
    report = house.run("go1", "stats", full=True, seconds=seconds)
    assert counts(report, "read", "sent", "unchanged", "failed") == (2, 1, 0, 1)
    assert report["reasons"]["statistic_undelivered"] == 1


def test_a_halved_operation_that_is_always_out_of_time_ends(house: House) -> None:
    ready(house)
    mails = [f"learner{number}@example.com" for number in range(8)]
    known(house, *mails)
    GO1.put_rows(house.sandbox, [GO1.row(mail, GO1.external_id(1)) for mail in mails])
    house.sandbox.traffic.faults.append(refusing(times=3))
    report = house.run("go1", "stats", seconds=10)
    assert counts(report, "read", "confirmed") == (8, report["counts"]["sent"])
    assert report["counts"]["sent"] >= 7


def test_two_learners_whose_masked_addresses_are_the_same_are_told_apart(house: House) -> None:
    at_home(house, 3)
    rows = [
        GO1.row(mail, GO1.external_id(number))
        for mail in ("lea@example.com", "leo@example.com")
        for number in range(2)
    ]
    GO1.put_rows(house.sandbox, rows)
    house.run("go1", "catalog")
    house.run("go1", "stats")
    found = house.manage("parked", "go1")["rows"]
    assert {row["learner"] for row in found} == {"l***@example.com"}
    assert [len({row["person"] for row in found}), len(found)] == [2, 4]
    whole = house.manage("parked", "go1", show_addresses=True)["rows"]
    assert len({(row["learner"], row["person"]) for row in whole}) == 2

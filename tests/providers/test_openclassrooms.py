"""OpenClassrooms' windows and followed courses."""

import threading
import time
from typing import Any

import pytest

from content_sync.errors import InvalidSettings, RemoteUnavailable
from content_sync.providers.openclassrooms.api import PARALLEL, OpenClassroomsApi
from content_sync.state.lease import Lease
from content_sync.sync.statistics.reading import Intake
from sandbox.providers.openclassrooms.tenant import TENANT as OPENCLASSROOMS
from sandbox.service import Fault
from tests.behaviour.explaining import assert_judged, explain
from tests.helpers import (
    attempts,
    fill,
    known,
)
from tests.house import House


def following(house: House, numbers: range) -> list[str]:
    """Let learners follow a course; return their addresses, in the order in which they are told."""
    house.settle_in("openclassrooms")
    fill(house, 3, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    mails = [f"learner{number}@example.com" for number in numbers]
    known(house, *mails)
    course = OPENCLASSROOMS.external_id(0)
    OPENCLASSROOMS.put_rows(house.sandbox, [OPENCLASSROOMS.row(mail, course) for mail in mails])
    return mails


def test_openclassrooms_lists_may_come_whole(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    house.sandbox.services["openclassrooms"].whole_lists = True
    fill(house, 70, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 70


def test_an_unfollowed_course_is_still_closed(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    fill(house, 5, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    known(house, "a@example.com")
    row = OPENCLASSROOMS.row("a@example.com", OPENCLASSROOMS.external_id(2))
    OPENCLASSROOMS.put_rows(house.sandbox, [OPENCLASSROOMS.open_row(row)])
    house.run("openclassrooms", "stats")
    service = house.sandbox.services["openclassrooms"]
    service.unfollowed, service.followed = {12_000: [row]}, {}
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == 1
    assert [attempt.progress for attempt in attempts(house)] == [100]


def test_a_page_larger_than_an_operation_goes_out_in_several(
    house: House, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    house.sandbox.services["openclassrooms"].whole_lists = True
    fill(house, 10_020, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 10_020
    assert house.operations() == 2


@pytest.mark.parametrize(
    "refusal", [{"error": "invalid_scope"}, {"error": "access_denied"}, {"message": "no"}]
)
def test_a_login_that_is_refused_the_wide_scope_takes_the_narrow_one(
    house: House, monkeypatch: Any, refusal: dict[str, Any]
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    service = house.sandbox.services["openclassrooms"]
    service.scopes, service.refusal = frozenset({"learning_content"}), refusal
    house.settle_in("openclassrooms")
    fill(house, 3, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 3
    facts = {fact["fact"]: fact for fact in house.manage("check", "openclassrooms")["facts"]}
    assert facts["provider_login"]["ok"]
    assert "only with the scope learning_content" in facts["provider_login"]["detail"]
    # One that the secret names is taken as it is.
    with pytest.raises(InvalidSettings, match="scope in secret"):
        house.settle_in("openclassrooms", scope="learning_content organization")


def test_the_time_spent_goes_with_the_progress_that_is_sent(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    fill(house, 3, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    known(house, "a@example.com", "b@example.com")
    ten_hours = {"duration": "PT10H"}
    certified = {**ten_hours, "userIsCertified": True, "userCourseCompletionRate": 0.4}
    under_way = {**ten_hours, "userIsCertified": False, "userCourseCompletionRate": 0.399}
    OPENCLASSROOMS.put_rows(
        house.sandbox,
        [
            OPENCLASSROOMS.row("a@example.com", OPENCLASSROOMS.external_id(1)) | certified,
            OPENCLASSROOMS.row("b@example.com", OPENCLASSROOMS.external_id(1)) | under_way,
        ],
    )
    house.run("openclassrooms", "stats")
    found = sorted((attempt.progress, attempt.timeSpent) for attempt in attempts(house))
    assert found == [(39, 39 * 360_000), (100, 36_000_000)]


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"status": "archived"}, "withdrawn", "status"),
        ({"status": None}, "untouched", "missing_status"),
        ({"OpenClassroomsUrl": None}, "invalid", "missing_launch_url"),
        ({"OpenClassroomsUrl": "/x"}, "invalid", "invalid_launch_url"),
    ],
)
def test_each_judgement_of_a_course_is_explained(
    house: House, change: dict[str, Any], verdict: str, reason: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    assert_judged(house, OPENCLASSROOMS, change, verdict, reason)


def test_a_learner_whose_own_endpoint_fails_is_explained(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    fill(house, 12, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    name = OPENCLASSROOMS.external_id(1)
    OPENCLASSROOMS.put_rows(house.sandbox, [OPENCLASSROOMS.row("a@example.com", name)])
    fault = Fault(r"GET /openclassrooms/users/\d+/followed", status=403, body={}, times=100)
    house.sandbox.traffic.faults.append(fault)
    answer = explain(house, OPENCLASSROOMS, course=name, learner="a@example.com")
    assert "OpenClassrooms could not be asked for this learner" in answer["why"]


def test_a_learner_s_endless_courses_keep_nobody_waiting(house: House) -> None:
    mails = following(house, range(5))
    window = [{"id": OPENCLASSROOMS.external_id(1)}] * 20
    fault = Fault("GET /openclassrooms/.*/followed-courses", status=206, body=window, times=10_000)
    house.sandbox.traffic.faults.append(fault)
    report = house.run("openclassrooms", "stats")
    (problem,) = (one for one in report["problems"] if one["reason"] == "incomplete_crawl")
    assert "the same page again" in problem["message"]
    assert 10_000 - fault.times == 4 * len(mails)


def test_learners_of_the_next_window_are_asked_for_while_one_of_this_is_slow(
    house: House, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "10000")
    mails = following(house, range(100, 141))
    further, activity = threading.Event(), OpenClassroomsApi._activity

    def slow(api: Any, user: Any, open_courses: Any) -> Any:
        if user["email"] == mails[25]:
            further.set()
        assert user["email"] != mails[0] or further.wait(5), "nobody else is asked meanwhile"
        return activity(api, user, open_courses)

    monkeypatch.setattr(OpenClassroomsApi, "_activity", slow)
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == len(mails)


def test_several_learners_are_asked_for_side_by_side(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "10000")
    mails = following(house, range(2 * PARALLEL))
    together, activity = threading.Barrier(PARALLEL), OpenClassroomsApi._activity

    def meeting(api: Any, user: Any, open_courses: Any) -> Any:
        together.wait(5)
        return activity(api, user, open_courses)

    monkeypatch.setattr(OpenClassroomsApi, "_activity", meeting)
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == len(mails)


@pytest.mark.parametrize("event", [{}, {"mode": "plan"}])
def test_nobody_is_asked_for_when_a_run_has_ended(
    house: House, monkeypatch: Any, event: dict[str, str]
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "100")
    mails = following(house, range(100, 300))

    def fails(intake: Any, judgements: Any) -> None:
        raise RemoteUnavailable("it ends while learners are in line")

    monkeypatch.setattr(Intake, "take", fails)
    house.sandbox.traffic.counts.clear()
    with pytest.raises(RemoteUnavailable, match="in line"):
        house.run("openclassrooms", "stats", **event)
    asked = house.sandbox.traffic.counts["GET openclassrooms"]
    time.sleep(0.3)
    # But for those that were on their way: a window's learners would be done by now.
    assert house.sandbox.traffic.counts["GET openclassrooms"] <= asked + PARALLEL + 1
    assert asked < len(mails)


def test_nobody_is_asked_for_once_the_lease_is_given_back(house: House, monkeypatch: Any) -> None:
    """The invocation that goes on has the whole rate for itself."""
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "50")
    following(house, range(100, 300))
    counts, given_back = house.sandbox.traffic.counts, Lease.give_back
    asked: list[int] = []

    def gives_back(lease: Lease) -> None:
        given_back(lease)
        time.sleep(0.1)
        asked.append(counts["GET openclassrooms"])

    def invokes(_: object) -> None:
        time.sleep(0.4)
        asked.append(counts["GET openclassrooms"])

    monkeypatch.setattr(Lease, "give_back", gives_back)
    monkeypatch.setattr("content_sync.sync.execute.invoke_this_function", invokes)
    event = {"integration": "default"}
    assert house.call("openclassrooms_stats", event, seconds=8)["status"] == "continued"
    assert asked[-1] == asked[0] < 200


def test_two_calls_a_second_are_asked_and_no_more(house: House, monkeypatch: Any) -> None:
    monkeypatch.delenv("OPENCLASSROOMS_CALLS_PER_SECOND", raising=False)
    mails = following(house, range(5))
    came: list[float] = []
    house.sandbox.traffic.faults.append(
        Fault("GET /openclassrooms/", times=100, act=lambda _: came.append(time.monotonic()))
    )
    began = time.monotonic()
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == len(mails)
    assert len(came) >= 1 + len(mails)
    # A slow machine makes them later, and none earlier.
    assert all(moment - began > 0.5 * number - 0.01 for number, moment in enumerate(came))


def test_windows_that_are_asked_for_side_by_side_make_up_the_whole(house: House) -> None:
    house.settle_in("openclassrooms")
    fill(house, 137, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 137


def test_a_catalogue_that_grows_while_it_is_read_is_read_to_its_end_and_doubted(
    house: House,
) -> None:
    house.settle_in("openclassrooms")
    fill(house, 100, OPENCLASSROOMS)
    service = house.sandbox.services["openclassrooms"]

    def grow(_: Any) -> None:
        service.courses = [OPENCLASSROOMS.course(n, f"Course {n}") for n in range(145)]

    fault = Fault("GET /openclassrooms/courses", after=1, act=grow)
    house.sandbox.traffic.faults.append(fault)
    report = house.run("openclassrooms", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("partial", 145)
    (problem,) = (one for one in report["problems"] if "rows" in one["message"])
    assert "145 of 145 rows" in problem["message"]

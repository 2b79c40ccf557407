"""Go1's window, scroll and users."""

import threading
from typing import Any

import pytest

from content_sync.errors import InvalidSettings
from content_sync.providers.go1.api import Go1Api, _Addresses
from content_sync.providers.go1.lanes import PAGE_SIZE
from sandbox.service import Fault
from tests.helpers import GO1, at_home, fill, known, statuses
from tests.house import House


def test_a_scroll_that_expires_is_read_again_and_archives_nothing(house: House) -> None:
    house.settle_in("go1")
    fill(house, 400)
    house.run("go1", "catalog")
    longer = [GO1.course(index, f"Course {index}") for index in range(10_500)]
    GO1.put(house.sandbox, longer[300:])
    house.sandbox.traffic.faults.append(
        Fault(
            "scrollId=",
            after=5,
            times=1,
            act=lambda _: house.sandbox.services["go1"].expire_scrolls(),
        )
    )
    report = house.run("go1", "catalog", allow_archives=1000)
    assert report["status"] == "partial"
    assert report["counts"]["read"] == 10_200
    assert report["counts"]["archived"] == 0
    assert any("expired" in problem["message"] for problem in report["problems"])


def test_beyond_the_window_everything_is_read_and_gone_courses_are_archived(house: House) -> None:
    house.settle_in("go1")
    kinds = ("course", "video")
    courses = [
        {**GO1.course(index, f"Course {index}"), "type": kinds[index % 2]}
        for index in range(10_150)
    ]
    GO1.put(house.sandbox, courses)
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 10_150
    assert house.operations() == 3
    GO1.put(house.sandbox, courses[:-3])
    report = house.run("go1", "catalog")
    assert report["counts"] | {"read": 0} == report["counts"] | {"read": 0, "archived": 3}


def test_go1_without_a_users_listing_looks_each_up_once(house: House) -> None:
    house.sandbox.services["go1"].has_user_listing = False
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    rows = [GO1.row("learner@example.com", GO1.external_id(number)) for number in range(5)]
    GO1.put_rows(house.sandbox, rows)
    before = house.sandbox.traffic.counts["GET go1"]
    assert house.run("go1", "stats")["counts"]["sent"] == 5
    assert house.sandbox.traffic.counts["GET go1"] - before <= 3


def test_enrollments_are_read_while_the_users_are(house: House, monkeypatch: Any) -> None:
    house.settle_in("go1")
    fill(house, 10)
    house.run("go1", "catalog")
    mails = [f"learner{number}@example.com" for number in range(60)]
    known(house, *mails)
    courses = [GO1.external_id(number) for number in range(10)]
    GO1.put_rows(house.sandbox, [GO1.row(mail, course) for mail in mails for course in courses])
    further, enrollments, users = threading.Event(), Go1Api._enrollments, _Addresses._users

    def read(api: Any, filters: Any, offset: int, *scroll: Any) -> Any:
        if offset == 5 * PAGE_SIZE:
            further.set()
        return enrollments(api, filters, offset, *scroll)

    def slow(addresses: Any, *asked: Any) -> Any:
        assert further.wait(5), "only what the users are needed for is read"
        return users(addresses, *asked)

    monkeypatch.setattr(Go1Api, "_enrollments", read)
    monkeypatch.setattr(_Addresses, "_users", slow)
    assert house.run("go1", "stats")["counts"]["sent"] == 600


def test_children_and_unknown_statuses_are_not_asked_for(house: House) -> None:
    service = house.sandbox.services["go1"]
    service.admitted_statuses = frozenset({"completed", "in-progress"})
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    parent = GO1.row("learner@example.com", GO1.external_id(1))
    child = {**GO1.row("learner@example.com", GO1.external_id(2)), "parent_enrollment_id": 7}
    # So many that the listing outgrows its window and is split by status.
    others = [
        {**GO1.row("learner@example.com", GO1.external_id(3)), "status": "not-started"}
        for _ in range(10_050)
    ]
    GO1.put_rows(house.sandbox, [parent, child, *others])
    report = house.run("go1", "stats")
    assert (report["status"], report["counts"]["read"], report["counts"]["sent"]) == (
        "succeeded",
        1,
        1,
    )


def test_a_client_that_may_not_name_scopes_names_none(house: House) -> None:
    house.sandbox.services["go1"].admits_scopes = False
    assert house.settle_in("go1")["state"] == "active"
    # Wrong credentials are told apart from that, and asked once.
    before = house.sandbox.traffic.counts["POST go1"]
    with pytest.raises(InvalidSettings, match="refuses the login"):
        house.settle_in("go1", client_secret="wrong")
    assert house.sandbox.traffic.counts["POST go1"] - before == 1


def test_a_portal_without_an_account_needs_its_address(house: House) -> None:
    house.sandbox.services["go1"].has_account = False
    with pytest.raises(InvalidSettings, match="set portal_url in secret"):
        house.settle_in("go1")
    house.settle_in("go1", portal_url="https://ours.mygo1.com")
    fill(house, 1)
    house.run("go1", "catalog")
    url = house.courses()[GO1.external_id(0)]["item"]["launchUrl"]
    assert url == f"https://ours.mygo1.com/play/{GO1.external_id(0)}"


def test_an_object_without_a_type_is_left_as_it_is(house: House) -> None:
    courses = at_home(house, 3)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [{**courses[0], "type": None}, *courses[1:]])
    report = house.run("go1", "catalog")
    assert (report["counts"]["ignored"], report["counts"]["archived"]) == (1, 0)
    assert set(statuses(house).values()) == {"published"}

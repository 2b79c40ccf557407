"""Go1's window, scroll and users."""

from sandbox.service import Fault
from tests.helpers import GO1, at_home, fill, known
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
    assert house.operations() == 2
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

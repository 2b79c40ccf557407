"""Catalogue runs: what is archived, restored and doubted."""

from sandbox.providers.base import changed
from sandbox.service import Fault
from tests.helpers import GO1, at_home
from tests.house import House


def test_a_refused_restore_is_tried_again(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[1:])
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses)
    inactive = {"error": {"code": "integrationInactive", "message": "x"}}
    house.sandbox.traffic.faults.append(
        Fault("PUT /360learning/api/v2/courses/", status=400, body=inactive)
    )
    assert house.run("go1", "catalog")["counts"]["failed"] == 1
    assert house.run("go1", "catalog")["counts"]["restored"] == 1
    assert house.courses()["36000000"]["status"] == "published"


def test_an_archive_that_was_done_by_hand_counts_as_done(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    house.courses()["36000000"]["status"] = "archived"
    house.sandbox.learning360.failing_items["36000000"] = "already archived"
    GO1.put(house.sandbox, courses[1:])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)


def test_a_withdrawn_course_is_archived_beside_duplicates(house: House) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    courses[0] = {**courses[0], "published": False}
    GO1.put(house.sandbox, [*courses, courses[1]])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["withheld"]) == ("partial", 1)


def test_changed_course_keeps_its_place_among_others(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    courses[0] = changed(courses[0], ("description",), None)
    GO1.put(house.sandbox, courses)
    house.run("go1", "catalog")
    # "Replaced with the new data": an optional value that is gone is gone there, too.
    assert house.courses()["36000000"]["item"]["description"] == "<p>Authors: Ann Lee</p>"


def test_objects_without_ids_are_not_a_repeated_page(house: House) -> None:
    house.settle_in("go1")
    courses = [{**GO1.course(index, f"Course {index}"), "id": None} for index in range(150)]
    GO1.put(house.sandbox, courses)
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["invalid"]) == ("succeeded", 150)


def test_a_plan_restores_nothing_and_asks_for_nothing(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[1:])
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses)
    plan = house.run("go1", "catalog", mode="plan")
    assert (plan["status"], plan["counts"]["restored"]) == ("succeeded", 1)
    assert house.courses()["36000000"]["status"] == "archived"
    assert house.run("go1", "catalog")["counts"] == plan["counts"]

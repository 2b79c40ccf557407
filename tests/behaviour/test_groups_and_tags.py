"""Further groups and tags: what belongs to a course and not to its item."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.providers.base import changed
from sandbox.service import Fault
from tests.helpers import EDFLEX
from tests.house import House


def offer(house: House, number: int, *names: str) -> None:
    categories = [{"id": name, "name": name} for name in names]
    courses = [
        changed(EDFLEX.course(index, f"Course {index}"), ("attributes", "categories"), categories)
        for index in range(number)
    ]
    EDFLEX.put(house.sandbox, courses)


def tag_names(house: House, number: int) -> list[str]:
    tags = house.sandbox.learning360.tags
    course = house.courses()[EDFLEX.external_id(number)]
    return [tags[tag_id]["name"] for tag_id in course.get("tags", [])]


def test_categories_become_tags_and_manual_tags_are_replaced(house: House) -> None:
    platform = house.sandbox.learning360
    existing = platform.add_tag(" management ")
    house.settle_in("edflex", sync_tags=True)
    offer(house, 3, "Management", "Data")
    report = house.run("edflex", "catalog")
    assert report["counts"]["created"] == 3
    assert tag_names(house, 0) == [" management ", "Data"]
    assert len(platform.tags) == 2
    # What an administrator adds by hand goes at the next synchronization.
    house.courses()[EDFLEX.external_id(1)]["tags"].append(platform.add_tag("By hand"))
    plan = house.run("edflex", "catalog", mode="plan")
    assert plan["counts"]["updated"] == 1
    assert plan["changes"][0]["fields"]["tags"][1] == ["Management", "Data"]
    assert "By hand" in tag_names(house, 1)
    report = house.run("edflex", "catalog")
    assert (report["counts"]["updated"], report["counts"]["unchanged"]) == (1, 2)
    assert tag_names(house, 1) == [" management ", "Data"]
    assert existing in house.courses()[EDFLEX.external_id(1)]["tags"]
    writes = house.sandbox.traffic.counts["PUT 360learning"]
    assert house.run("edflex", "catalog")["counts"]["unchanged"] == 3
    assert house.sandbox.traffic.counts["PUT 360learning"] == writes


@pytest.mark.parametrize(
    ("categories", "names"),
    [
        (None, ["Management"]),
        ("Data", ["Management"]),
        ([{"name": "Data"}, {"id": 3}], ["Management"]),
        ([], []),
        ([{"attributes": {"title": {"default": "Data", "fr": "Données"}}}], ["Data"]),
    ],
)
def test_categories_that_cannot_be_read_leave_the_tags_alone(
    house: House, categories: Any, names: list[str]
) -> None:
    house.settle_in("edflex", sync_tags=True)
    offer(house, 1, "Management")
    house.run("edflex", "catalog")
    course = EDFLEX.course(0, "Course 0")
    EDFLEX.put(house.sandbox, [changed(course, ("attributes", "categories"), categories)])
    assert house.run("edflex", "catalog")["status"] == "succeeded"
    assert tag_names(house, 0) == names


def test_a_category_that_is_refused_is_one_problem(house: House) -> None:
    house.settle_in("edflex", sync_tags=True)
    offer(house, 3, "Management", "Data")
    long = "x" * 300
    house.sandbox.learning360.refused_tags.add(long)
    house.run("edflex", "catalog")
    courses = [
        EDFLEX.course(0, "Course 0"),
        changed(
            EDFLEX.course(1, "Course 1"),
            ("attributes", "categories"),
            [{"name": long}, {"name": "Law"}],
        ),
        changed(EDFLEX.course(2, "Course 2"), ("attributes", "categories"), [{"name": long}]),
    ]
    EDFLEX.put(house.sandbox, courses)
    report = house.run("edflex", "catalog")
    assert (report["status"], report["reasons"]) == ("partial", {"tag_refused": 1})
    # What was refused may stand for any of those that are there: none goes.
    assert [sorted(tag_names(house, number)) for number in range(3)] == [
        ["Management"],
        ["Data", "Law", "Management"],
        ["Data", "Management"],
    ]


def test_many_courses_that_were_deleted_by_hand_end_no_run(house: House) -> None:
    house.settle_in("edflex", sync_tags=True)
    offer(house, 40, "Management")
    house.run("edflex", "catalog")
    offer(house, 40, "Data")
    house.sandbox.traffic.faults += [
        Fault(f"courses/{course['_id']}/tags", status=404, body={}, times=1000)
        for course in list(house.courses().values())[:30]
    ]
    report = house.run("edflex", "catalog")
    assert (report["status"], report["reasons"]) == ("partial", {"tags_unreadable": 30})


def test_a_platform_that_fails_is_nobody_s_tags(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    house.settle_in("edflex", sync_tags=True)
    offer(house, 40, "Management")
    house.run("edflex", "catalog")
    house.sandbox.traffic.faults.append(Fault("/tags", status=500, body={}, times=100_000))
    with pytest.raises(ContentSyncError, match="is not available"):
        house.run("edflex", "catalog")
    house.sandbox.traffic.faults.clear()
    assert house.run("edflex", "catalog")["reasons"] == {}


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_course_whose_tags_cannot_be_read_is_one_problem(house: House, status: int) -> None:
    house.settle_in("edflex", sync_tags=True)
    offer(house, 3, "Management")
    house.run("edflex", "catalog")
    offer(house, 3, "Data")
    gone = house.courses()[EDFLEX.external_id(1)]["_id"]
    house.sandbox.traffic.faults.append(
        Fault(f"courses/{gone}/tags", status=status, body={}, times=1000)
    )
    report = house.run("edflex", "catalog")
    assert (report["status"], report["reasons"]) == ("partial", {"tags_unreadable": 1})
    assert report["problems"][0]["external_id"] == EDFLEX.external_id(1)
    assert tag_names(house, 0) == tag_names(house, 2) == ["Data"]
    assert tag_names(house, 1) == ["Management"]


def test_without_the_setting_tags_are_left_alone(house: House) -> None:
    house.settle_in("edflex")
    offer(house, 2, "Management")
    house.run("edflex", "catalog")
    assert house.sandbox.learning360.tags == {}
    assert tag_names(house, 0) == []


def test_tags_survive_running_out_of_time(house: House) -> None:
    house.settle_in("edflex", sync_tags=True)
    offer(house, 70, "Management")
    report = house.run("edflex", "catalog", seconds=10)
    assert report["counts"]["created"] == 70
    assert all(tag_names(house, number) == ["Management"] for number in range(70))


def shared(house: House, group: str) -> list[int]:
    platform = house.sandbox.learning360
    platform.advance()
    return [len(platform.shared.get((place, group), ())) for place in ("catalog", "library")]


def test_active_courses_stand_in_further_groups_until_those_leave_the_list(house: House) -> None:
    platform = house.sandbox.learning360
    sales, teams = platform.add_group("Sales"), platform.add_group("Teams")
    house.settle_in("edflex", extra_group_ids=[sales, teams])
    offer(house, 3)
    report = house.run("edflex", "catalog")
    assert report["counts"]["created"] == 3
    assert shared(house, sales) == shared(house, teams) == [3, 3]
    operations = house.operations()
    assert house.run("edflex", "catalog")["counts"]["unchanged"] == 3
    assert house.operations() == operations
    house.settle_in("edflex", extra_group_ids=[teams])
    plan = house.run("edflex", "catalog", mode="plan")
    assert [change["fields"] for change in plan["changes"]] == [{"groups": [sales, None]}] * 3
    assert shared(house, sales) == [3, 3]
    report = house.run("edflex", "catalog")
    assert report["counts"] == plan["counts"]
    assert report["counts"]["updated"] == 3
    assert report["counts"]["unchanged"] == 0
    assert (shared(house, sales), shared(house, teams)) == ([0, 0], [3, 3])


@pytest.mark.parametrize("may_look", [True, False])
def test_a_wrong_group_is_one_problem_with_the_number_of_courses(
    house: House, may_look: bool
) -> None:
    platform = house.sandbox.learning360
    if not may_look:
        platform.scopes = platform.scopes - {"groups:read"}
    sales = platform.add_group("Sales")
    house.settle_in("edflex", extra_group_ids=["f" * 24, sales])
    offer(house, 30)
    report = house.run("edflex", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("partial", 30)
    assert (report["counts"]["failed"], sum(report["reasons"].values())) == (0, 1)
    (problem,) = report["problems"]
    assert "f" * 24 in problem["message"]
    assert "30 courses" in problem["message"]
    assert shared(house, sales) == [30, 30]
    report = house.run("edflex", "catalog")
    assert (report["status"], report["counts"]["unchanged"]) == ("partial", 30)
    house.settle_in("edflex", extra_group_ids=[sales])
    assert house.run("edflex", "catalog")["status"] == "succeeded"


def test_a_group_that_was_deleted_is_forgotten_when_it_leaves_the_list(house: House) -> None:
    platform = house.sandbox.learning360
    sales = platform.add_group("Sales")
    house.settle_in("edflex", extra_group_ids=[sales])
    offer(house, 3)
    house.run("edflex", "catalog")
    del platform.groups[sales]
    house.settle_in("edflex")
    assert house.run("edflex", "catalog")["status"] == "succeeded"
    assert sales not in house.table_text()


def test_courses_that_a_group_refuses_are_named_one_by_one(house: House) -> None:
    platform = house.sandbox.learning360
    sales = platform.add_group("Sales")
    house.settle_in("edflex")
    offer(house, 30)
    house.run("edflex", "catalog")
    refused = [EDFLEX.external_id(number) for number in (1, 2)]
    for external_id in refused:
        platform.refused_contents.add(house.courses()[external_id]["_id"])
    house.settle_in("edflex", extra_group_ids=[sales])
    for _ in range(2):
        report = house.run("edflex", "catalog")
        assert {one["external_id"] for one in report["problems"]} == set(refused)
        assert report["counts"]["failed"] == 2

"""Catalogue runs: what is archived, restored and doubted."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.fields.instants import now
from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.table import Table
from content_sync.sync.catalog import run
from content_sync.sync.catalog.upserting import UpsertNote, Upserts
from content_sync.sync.parcels import Outcome
from sandbox.providers.base import changed
from sandbox.service import Fault
from tests.helpers import GO1, at_home, platform_writes, set_runs_clock, statuses
from tests.house import TABLE, House


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


HOUR = 3_600_000


def hours_later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Let the runs begin so many hours from now."""
    set_runs_clock(monkeypatch, lambda: now() + int(hours * HOUR))


def run_counting(house: House, *headings: str, **event: Any) -> tuple[Any, ...]:
    report = house.run("go1", "catalog", **event)
    return (report["status"], *(report["counts"][heading] for heading in headings))


@pytest.mark.parametrize("seconds", [900, 1])
def test_a_course_that_two_crawls_with_duplicates_miss_is_archived(
    house: House, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    assert run_counting(house, "archived", "withheld", seconds=seconds) == ("partial", 0, 1)
    # The same crawl again, at once: no second witness.
    hours_later(monkeypatch, 0.9)
    assert run_counting(house, "archived", "withheld") == ("partial", 0, 1)
    hours_later(monkeypatch, 1.1)
    assert run_counting(house, "archived", "withheld", seconds=seconds) == ("succeeded", 1, 0)
    assert statuses(house)["36000059"] == "archived"


def test_a_course_that_came_between_two_misses_is_missed_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    lacking = [*courses[:-1], courses[1]]
    for hours, listed, withheld in (
        (0, lacking, 1),
        (2, [*courses, courses[1]], 0),
        (4, lacking, 1),
        (4.5, lacking, 1),
    ):
        hours_later(monkeypatch, hours)
        GO1.put(house.sandbox, listed)
        assert run_counting(house, "archived", "withheld")[1:] == (0, withheld)
    hours_later(monkeypatch, 6)
    assert run_counting(house, "archived", "withheld") == ("succeeded", 1, 0)


def test_a_course_that_an_incomplete_crawl_saw_is_missed_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    assert run_counting(house, "withheld") == ("partial", 1)
    GO1.put(house.sandbox, courses)

    def longer(body: Any) -> Any:
        return {**body, "total": body["total"] + 1}

    hours_later(monkeypatch, 2)
    house.sandbox.traffic.faults.append(Fault(GO1.listing, edit=longer, times=1000))
    assert house.run("go1", "catalog")["reasons"] == {"incomplete_crawl": 1}
    house.sandbox.traffic.faults.clear()
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    hours_later(monkeypatch, 4)
    assert run_counting(house, "archived", "withheld") == ("partial", 0, 1)


def test_a_plan_is_no_witness(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    assert run_counting(house, "withheld", mode="plan") == ("partial", 1)
    hours_later(monkeypatch, 2)
    assert run_counting(house, "archived", "withheld") == ("partial", 0, 1)


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
    assert report["counts"]["invalid"] == 150
    assert report["reasons"] == {"missing_external_id": 150, "nothing_usable": 1}


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


def test_a_plan_names_archives_first_and_by_their_titles(house: House) -> None:
    courses = at_home(house, 150)
    house.run("go1", "catalog")
    renamed = [{**course, "title": f"New {number}"} for number, course in enumerate(courses)]
    GO1.put(house.sandbox, renamed[:-12])
    plan = house.run("go1", "catalog", mode="plan")
    assert plan["counts"]["archived"] == 12
    changes = plan["changes"]
    assert len(changes) == 100
    assert [change["action"] for change in changes] == ["archive"] * 12 + ["update"] * 88
    assert changes[0] | {} == {
        "external_id": GO1.external_id(138),
        "action": "archive",
        "title": "Course 138",
        "fields": {"status": ["published", "archived"]},
    }
    # What the brake withholds, the event in its message plans.
    GO1.put(house.sandbox, renamed[:-50])
    braked = house.run("go1", "catalog", mode="plan")
    assert braked["counts"]["withheld"] == 50
    assert "archive" not in {change["action"] for change in braked["changes"]}
    consented = house.run("go1", "catalog", mode="plan", allow_archives=50)
    archives = [change for change in consented["changes"] if change["action"] == "archive"]
    assert [change["title"] for change in archives] == [f"Course {n}" for n in range(100, 150)]
    assert set(statuses(house).values()) == {"published"}


def test_a_course_that_left_while_it_was_being_restored_is_archived(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    table = Table(TABLE)
    ledger = course_ledger(table, "go1#default")
    name = GO1.external_id(3)
    entry = ledger.get(name)
    assert entry is not None
    ledger.set(name, replace(entry, state="restoring"))
    for write in ledger.writes():
        table.write("go1#default", write)
    GO1.put(house.sandbox, [*raw[:3], *raw[4:]])
    assert house.run("go1", "catalog")["counts"]["archived"] == 1
    assert statuses(house)[name] == "archived"


def test_what_the_brake_withheld_is_listed_first_and_by_title(house: House) -> None:
    raw = at_home(house, 30)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [*raw[20:], GO1.course(90, "New")])
    for mode in ("plan", "apply"):
        house.run("go1", "catalog", mode=mode)
        entries = house.manage("report", "go1")["entries"]
        first = [(one["what"], one.get("title")) for one in entries[:20]]
        assert first == [("withheld", f"Course {number}") for number in range(20)]


def test_nothing_is_restored_by_a_run_that_could_read_nothing(house: House) -> None:
    """Whether secret and configuration agree is not known then, nor which platform it is."""
    at_home(house)
    house.run("go1", "catalog")
    table = Table(TABLE)
    ledger = course_ledger(table, "go1#default")
    name, entry = next(iter(ledger.items()))
    assert entry is not None
    ledger.set(name, replace(entry, state="restoring"))
    for write in ledger.writes():
        table.write("go1#default", write)
    house.sandbox.traffic.faults.append(
        Fault("GET /go1/v2/learning-objects", status=403, body={}, times=1000)
    )
    before = platform_writes(house)
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    assert platform_writes(house) == before


def test_what_goes_wrong_between_two_pages_loses_no_course(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house, 120)
    judge, left = run.judge, iter(range(70))

    def fails(*arguments: Any) -> Any:
        if next(left, None) is None:
            raise InvalidSettings("an engineer should look")
        return judge(*arguments)

    monkeypatch.setattr(run, "judge", fails)
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    monkeypatch.setattr(run, "judge", judge)
    house.run("go1", "catalog")
    assert len(house.courses()) == 120


def test_a_course_that_is_recorded_again_is_still_to_be_restored() -> None:
    ledger = {"c": CourseEntry("d", "a" * 24, state="restoring")}
    books: Any = SimpleNamespace(
        ledger=SimpleNamespace(get=ledger.get, set=ledger.__setitem__), left_archived=set()
    )
    report: Any = SimpleNamespace(count=lambda *_: pytest.fail("it is counted when it is restored"))
    note = UpsertNote("c", "create", "d", None)
    Upserts(report, books).record([Outcome(note, resource_id="a" * 24)])
    assert ledger["c"].state == "restoring"

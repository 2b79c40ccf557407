"""Reconciling courses, and everything after a loss."""

import pytest

from content_sync.errors import ContentSyncError
from content_sync.providers.registry import PROVIDERS
from sandbox.oracle import expect, faults
from sandbox.service import Fault
from tests.behaviour.learning import (
    ready,
    row,
    shown,
)
from tests.behaviour.reconciling import attempts, courses, reasons, reconcile, synchronized
from tests.helpers import GO1, at_home, fill, statuses, wipe
from tests.house import House

NAMES = sorted(PROVIDERS)


@pytest.mark.parametrize("provider", NAMES)
def test_everything_agrees_after_the_runs(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = synchronized(house, provider, monkeypatch, seed=5)
    answer = reconcile(house, provider)
    assert courses(answer).keys() == {"agreed"}
    assert courses(answer)["agreed"] == len(house.courses())
    assert attempts(answer) == {"agreed": stats["counts"]["sent"]}
    assert answer["differences"] == []
    assert (answer["mode"], answer["status"]) == ("plan", "succeeded")


@pytest.mark.parametrize("provider", NAMES)
def test_after_the_whole_table_is_lost_everything_ends_as_it_should(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = synchronized(house, provider, monkeypatch, seed=6)["counts"]["sent"]
    expected = expect(house.sandbox, provider)
    stood, did = len(house.courses()), len(house.sandbox.learning360.attempts)
    wipe(house)
    house.manage("activate", provider)
    planned = reconcile(house, provider)
    assert courses(planned)["found"] == stood
    assert attempts(planned) == {"found": sent}
    assert "course#" not in house.table_text()
    assert "learner#" not in house.table_text()
    applied = reconcile(house, provider, mode="apply")
    assert applied["counts"] == planned["counts"]
    again = reconcile(house, provider)
    assert courses(again) == {"agreed": stood}
    # An open attempt beside another one is left to the next run.
    left = attempts(again).get("found", 0)
    assert attempts(again).get("agreed", 0) + left == sent
    assert left < sent / 4
    report = house.run(provider, "catalog")
    assert (report["counts"]["created"], report["counts"]["updated"]) == (0, 0)
    house.run(provider, "stats")
    assert (len(house.courses()), len(house.sandbox.learning360.attempts)) == (stood, did)
    assert attempts(reconcile(house, provider)) == {"agreed": sent}
    assert faults(house.sandbox, expected, provider) == []


def test_what_was_done_by_hand_is_named_and_left_so(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[1:])
    house.run("go1", "catalog")
    withdrawn, hidden = GO1.external_id(0), GO1.external_id(1)
    assert statuses(house)[withdrawn] == "archived"
    house.courses()[withdrawn]["status"] = "published"
    house.courses()[hidden]["status"] = "archived"
    for mode in ("plan", "apply", "apply"):
        answer = reconcile(house, mode=mode)
        assert courses(answer) == {"agreed": 10, "archived_by_hand": 1, "published_by_hand": 1}
        (one,) = reasons(answer, "archived_by_hand")
        assert one["external_id"] == hidden
        assert "restore it there" in one["message"]
        (other,) = reasons(answer, "published_by_hand")
        assert other["external_id"] == withdrawn
    house.run("go1", "catalog")
    assert (statuses(house)[withdrawn], statuses(house)[hidden]) == ("published", "archived")


def test_a_course_that_was_deleted_by_hand_is_made_again_and_so_are_its_attempts(
    house: House,
) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True), row(2)])
    house.run("go1", "stats")
    platform, name = house.sandbox.learning360, GO1.external_id(1)
    course = house.courses()[name]
    del platform.courses[course["_id"]]
    del platform.course_ids[house.integration["_id"], name]
    for index in (platform.attempts, platform.by_course):
        for key in [key for key in index if course["_id"] in key]:
            del index[key]
    platform.by_user.clear()
    planned = reconcile(house)
    assert courses(planned) == {"agreed": 11, "missing": 1}
    assert "mode apply" in reasons(planned, "missing")[0]["message"]
    assert attempts(planned) == {"agreed": 1, "missing": 1}
    assert reconcile(house, mode="apply")["counts"] == planned["counts"]
    assert house.run("go1", "catalog")["counts"]["created"] == 1
    # The provider returns nothing: what was sent is sent again from the ledger alone.
    GO1.put_rows(house.sandbox, [])
    report = house.run("go1", "stats")
    assert (report["counts"]["replayed"], report["counts"]["confirmed"]) == (1, 1)
    (done, open_) = sorted(shown(house), reverse=True)
    assert (done[0], open_[0]) == (100, 50)
    assert attempts(reconcile(house)) == {"agreed": 2}


def test_a_new_course_is_missing_until_the_next_run(house: House) -> None:
    at_home(house)
    answer = reconcile(house)
    assert courses(answer) == {"missing": 12}
    assert "the next catalogue run creates it" in answer["differences"][0]["message"]
    assert courses(reconcile(house, mode="apply")) == {"missing": 12}
    assert house.run("go1", "catalog")["counts"]["created"] == 12


def test_orphans_are_named_and_with_consent_archived(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    wipe(house, "course#")
    GO1.put(house.sandbox, raw[3:])
    orphans = {GO1.external_id(number) for number in range(3)}
    for mode in ("plan", "apply"):
        answer = reconcile(house, mode=mode)
        assert answer["counts"]["courses"]["orphans"] == 3
        named = {one["course_id"] for one in reasons(answer, "orphan")}
        assert named == {house.courses()[name]["_id"] for name in orphans}
        assert "Course 0" in str(reasons(answer, "orphan"))
        assert set(statuses(house).values()) == {"published"}
    assert set(statuses(house).values()) == {"published"}
    reconcile(house, allow_archives=3)
    assert set(statuses(house).values()) == {"published"}
    answer = reconcile(house, mode="apply", allow_archives=2)
    assert len(reasons(answer, "orphan_archived")) == 2
    reconcile(house, mode="apply", allow_archives=3)
    archived = {name for name, status in statuses(house).items() if status == "archived"}
    assert archived == orphans
    assert courses(reconcile(house)) == {"agreed": 9}


def test_no_orphan_is_archived_by_a_listing_that_may_lack_something(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    wipe(house, "course#")
    GO1.put(house.sandbox, [])
    answer = reconcile(house, mode="apply", allow_archives=100)
    assert courses(answer) == {"orphans": 12}
    assert reasons(answer, "orphans_kept")
    assert answer["status"] == "partial"
    assert set(statuses(house).values()) == {"published"}


def test_a_course_of_another_integration_or_group_is_no_orphan(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    platform = house.sandbox.learning360
    template = next(iter(platform.courses.values()))
    for key, integration in (
        ("another platform", {"externalPlatform": "Another", "groupId": house.group_id}),
        ("another group", {"externalPlatform": "Go1", "groupId": platform.add_group("Other")}),
    ):
        integration_id = platform.new_id()
        platform.integrations[integration_id] = {"_id": integration_id, **integration}
        course_id = platform.new_id()
        item = template["item"] | {"externalId": key}
        platform.courses[course_id] = template | {
            "_id": course_id,
            "integrationId": integration_id,
            "item": item,
        }
    answer = reconcile(house, mode="apply", allow_archives=100)
    assert courses(answer) == {"agreed": 12}
    assert {one["status"] for one in platform.courses.values()} == {"published"}


def test_a_course_that_a_lost_ledger_left_archived_is_restored_when_it_comes_back(
    house: House,
) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[1:])
    house.run("go1", "catalog")
    wipe(house)
    house.manage("activate", "go1")
    assert courses(reconcile(house, mode="apply")) == {"found": 11}
    house.run("go1", "catalog")
    assert statuses(house)[GO1.external_id(0)] == "archived"
    GO1.put(house.sandbox, raw)
    report = house.run("go1", "catalog")
    assert report["counts"]["restored"] == 1
    assert set(statuses(house).values()) == {"published"}
    assert len(house.courses()) == 12


def test_the_list_tells_what_it_can_and_no_course_is_asked_for_twice(house: House) -> None:
    ready(house)
    fill(house, 40)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    traffic = house.sandbox.traffic
    traffic.recording = True
    # Two invocations in one second: each keeps to the rate by itself.
    house.sandbox.learning360.rate_limited = False
    reconcile(house)
    asked = [one.path for one in traffic.recorded if one.path.startswith("/360learning/api")]
    assert not [path for path in asked if "/integrations/" in path]
    assert sum(path.endswith("/courses/stats") for path in asked) == 2
    assert len(asked) <= 8
    wipe(house, "course#")
    traffic.recorded.clear()
    reconcile(house)
    asked = [one.path for one in traffic.recorded if one.path.startswith("/360learning/api")]
    lookups = [path for path in asked if "/integrations/" in path]
    assert (len(lookups), len(set(lookups))) == (40, 40)
    assert sum(path.endswith("/v2/courses") for path in asked) == 1
    assert len(asked) <= 48


@pytest.mark.parametrize("listing", ["empty", "without its title", "untyped"])
def test_an_administrator_s_archive_outlives_a_lost_ledger(house: House, listing: str) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    hidden = GO1.external_id(0)
    house.courses()[hidden]["status"] = "archived"
    wipe(house)
    house.manage("activate", "go1")
    then = {
        "empty": [],
        "without its title": [{**raw[0], "title": ""}, *raw[1:]],
        "untyped": [{**raw[0], "type": None}, *raw[1:]],
    }[listing]
    GO1.put(house.sandbox, then)
    answer = reconcile(house, mode="apply")
    if then:
        assert [one["external_id"] for one in reasons(answer, "archived_by_hand")] == [hidden]
    GO1.put(house.sandbox, raw)
    assert house.run("go1", "catalog")["counts"]["restored"] == 0
    assert statuses(house)[hidden] == "archived"


def test_what_is_archived_and_unlisted_is_named(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[1:])
    house.run("go1", "catalog")
    wipe(house, "course#")
    for _ in range(2):
        answer = reconcile(house, mode="apply")
        (one,) = reasons(answer, "archived_unlisted")
        assert one["course_id"] == house.courses()[GO1.external_id(0)]["_id"]
        assert '"Course 0" is archived' in one["message"]
    house.courses()[GO1.external_id(0)]["status"] = "published"
    reconcile(house, mode="apply")
    assert "left_archived" not in house.table_text()


def test_lookups_that_anybody_may_have_answered_let_nothing_be_forgotten(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    nobody = Fault(
        r"GET /360learning/api/v2/courses\?",
        edit=lambda body: [{**one, "externalPlatform": "x"} for one in body],
        times=100,
    )
    house.sandbox.traffic.faults.append(nobody)
    # Without the list each is looked up by itself: more calls, the same answer.
    assert courses(reconcile(house, mode="apply")) == {"agreed": 12}
    lookup = r"GET /360learning/.*/integrations/.*/courses"
    house.sandbox.traffic.faults.append(Fault(lookup, status=404, body={}, times=1000))
    with pytest.raises(ContentSyncError, match="does not know"):
        reconcile(house, mode="apply")
    body = {"error": {"code": "courseNotBelongToIntegration", "message": "no"}}
    house.sandbox.traffic.faults[-1] = Fault(lookup, status=400, body=body, times=1000)
    answer = reconcile(house, mode="apply")
    assert (answer["status"], courses(answer)) == ("partial", {"missing": 12})
    assert reasons(answer, "too_many_missing")
    house.sandbox.traffic.faults.clear()
    assert courses(reconcile(house)) == {"agreed": 12}

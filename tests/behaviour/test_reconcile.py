"""Reconciling: what stands at 360Learning, what the ledgers believe, what the provider offers."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidEvent
from content_sync.providers.registry import PROVIDERS
from content_sync.state.lease import Lease
from content_sync.state.table import Table
from sandbox.oracle import expect, faults
from sandbox.service import Fault
from sandbox.world import populate
from tests.behaviour.learning import (
    MAIL,
    STATS,
    forced,
    forget_attempts,
    ready,
    row,
    shown,
    start,
)
from tests.helpers import GO1, at_home, fill, known, statuses, wipe
from tests.house import TABLE, House

NAMES = sorted(PROVIDERS)


def reconcile(house: House, provider: str = "go1", *, seconds: float = 900, **more: Any) -> Any:
    """Reconcile, over as many invocations as it takes."""
    event = {"action": "reconcile", "provider": provider, "integration": "default", **more}
    answer = house.call("integrations", event, seconds=seconds)
    while answer["status"] == "continued":
        name, event = house.invoked.pop()
        answer = house.call(name, event, seconds=seconds)
    return answer


def courses(answer: Any) -> dict[str, int]:
    return {name: number for name, number in answer["counts"]["courses"].items() if number}


def attempts(answer: Any) -> dict[str, int]:
    return {name: number for name, number in answer["counts"]["attempts"].items() if number}


def reasons(answer: Any, reason: str) -> list[Any]:
    return [one for one in answer["differences"] if one["reason"] == reason]


@pytest.mark.parametrize("provider", NAMES)
def test_everything_agrees_after_the_runs(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=5, courses=40, enrollments=80)
    house.settle_in(provider)
    house.run(provider, "catalog")
    stats = house.run(provider, "stats")
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
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=6, courses=40, enrollments=80)
    expected = expect(house.sandbox, provider)
    house.settle_in(provider)
    house.run(provider, "catalog")
    sent = house.run(provider, "stats")["counts"]["sent"]
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


def test_attempts_that_are_gone_or_another_are_sent_again(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2), row(3, done=True)])
    house.run("go1", "stats")
    platform = house.sandbox.learning360
    gone, changed = house.course(GO1.external_id(1)), house.course(GO1.external_id(2))
    assert gone is not None
    assert changed is not None
    for (course_id, _), rows in platform.attempts.items():
        if course_id == gone["_id"]:
            platform.by_course[course_id].clear()
            platform.by_user[rows[0].userId].remove(rows[0])
            rows.clear()
        elif course_id == changed["_id"]:
            rows[0].progress = 7
    planned = reconcile(house)
    assert attempts(planned) == {"agreed": 1, "missing": 1, "differing": 1}
    assert {one["reason"] for one in planned["differences"]} == {
        "attempt_missing",
        "attempt_differing",
    }
    assert {one["learner"] for one in planned["differences"]} == {"l***@example.com"}
    assert MAIL not in str(planned)
    reconcile(house, mode="apply")
    GO1.put_rows(house.sandbox, [])
    report = house.run("go1", "stats")
    assert report["counts"]["confirmed"] == 2
    assert sorted(progress for progress, _ in shown(house)) == [50, 50, 100]
    assert attempts(reconcile(house)) == {"agreed": 3}


def test_launches_and_others_attempts_are_foreign_and_left(house: House) -> None:
    ready(house)
    start(house, -50, 4)
    start(house, -3, 5)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    before = shown(house)
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"agreed": 1, "foreign": 2}
    assert answer["differences"] == []
    wipe(house, "learner#")
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"found": 1, "foreign": 2}
    house.run("go1", "stats")
    assert shown(house) == before


def test_a_lost_ledger_beside_launches_leads_to_the_same_as_an_intact_one(house: House) -> None:
    """What START made is not taken for what was sent: the next change is met as ever."""
    ready(house)
    rows = [row(number) for number in range(1, 5)]
    GO1.put_rows(house.sandbox, rows)
    start(house, -30, 1)
    start(house, -1, 2)
    house.run("go1", "stats")
    start(house, -1, 3)
    wipe(house, "learner#", "mark#")
    reconcile(house, mode="apply")
    GO1.put_rows(house.sandbox, [row(number, done=True) for number in range(1, 5)])
    house.run("go1", "stats")
    expected = expect(house.sandbox, "go1")
    assert faults(house.sandbox, expected, "go1") == []


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


def test_it_goes_on_in_further_invocations(house: House) -> None:
    ready(house)
    house.sandbox.learning360.rate_limited = False
    fill(house, 260)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(number, done=True) for number in range(1, 80)])
    house.run("go1", "stats")
    wipe(house, "course#", "learner#")
    invocations = 0
    for mode in ("plan", "apply"):
        event = {"action": "reconcile", "provider": "go1", "mode": mode}
        answer = house.call("integrations", event, seconds=25)
        while answer["status"] == "continued":
            invocations += 1
            name, event = house.invoked.pop()
            assert (name, event["integration"], event["mode"]) == ("integrations", "default", mode)
            answer = house.call(name, event, seconds=25)
        assert courses(answer) == {"found": 260}
        assert attempts(answer) == {"found": 79}
        assert len(answer["differences"]) == 100
    assert invocations > 8
    again = reconcile(house)
    assert (courses(again), attempts(again)) == ({"agreed": 260}, {"agreed": 79})
    page = house.manage("report", "go1", kind="reconcile", run_id=answer["run_id"])
    assert (len(page["entries"]), page["more"]) == (260 + 79, False)


def test_the_list_tells_what_it_can_and_no_course_is_asked_for_twice(house: House) -> None:
    ready(house)
    fill(house, 40)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    traffic = house.sandbox.traffic
    traffic.recording = True
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


def test_runs_and_reconciling_keep_each_other_out(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    table = Table(TABLE)
    lease = Lease.take(table, "go1#default", "stats", holder="another", seconds=100)
    assert lease is not None
    assert reconcile(house)["status"] == "succeeded"
    with pytest.raises(Exception, match="a stats run of this integration is under way"):
        reconcile(house, mode="apply")
    lease.give_back()
    assert reconcile(house, mode="apply")["status"] == "succeeded"
    lease = Lease.take(table, "go1#default", "reconcile", holder="another", seconds=100)
    assert reconcile(house)["status"] == "skipped"


def test_a_missing_scope_is_named(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"courseStats:read"}
    with pytest.raises(Exception, match="courseStats:read"):
        reconcile(house)


def test_an_integration_that_is_not_active_is_refused(house: House) -> None:
    at_home(house)
    house.manage("deactivate", "go1")
    with pytest.raises(Exception, match="inactive: activate it first"):
        reconcile(house)


# What comes in between


def test_a_run_that_comes_in_between_lets_it_begin_from_the_start(house: House) -> None:
    at_home(house, 20)
    house.run("go1", "catalog")
    fill(house, 40)
    event = {"action": "reconcile", "provider": "go1", "mode": "apply", "allow_archives": 50}
    answer = house.call("integrations", event, seconds=20)
    created = None
    while answer["status"] == "continued":
        name, event = house.invoked.pop()
        cursor = Table(TABLE).get("go1#default", "cursor#reconcile")
        if created is None and "looked_up" in cursor["lists"] and not cursor["settled"]:
            created = house.run("go1", "catalog")["counts"]["created"]
        answer = house.call(name, event, seconds=20)
    assert created == 20
    assert answer["reasons"] == {"begun_from_start": 1}
    assert courses(answer) == {"agreed": 40}
    assert set(statuses(house).values()) == {"published"}


@pytest.mark.parametrize(("first", "second"), [("plan", "apply"), ("apply", "plan")])
def test_one_that_failed_is_not_gone_on_with_in_another_mode(
    house: House, first: str, second: str
) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    wipe(house, "course#", "learner#")
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    with pytest.raises(ContentSyncError, match="courses/stats"):
        reconcile(house, mode=first)
    house.sandbox.traffic.faults.clear()
    failed = house.manage("report", "go1", kind="reconcile")["report"]["run_id"]
    with pytest.raises(InvalidEvent, match=f"is in mode {first}"):
        reconcile(house, mode=second, run_id=failed)
    answer = reconcile(house, mode=second)
    assert (answer["mode"], answer["status"]) == (second, "succeeded")
    assert ("learner#" in house.table_text()) == (second == "apply")
    assert reconcile(house, mode="apply")["status"] == "succeeded"
    assert courses(reconcile(house)) == {"agreed": 12}


def test_what_an_earlier_one_found_out_is_not_told_again(house: House) -> None:
    ready(house)
    fill(house, 20)
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    with pytest.raises(ContentSyncError):
        reconcile(house)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "catalog")
    assert courses(reconcile(house)) == {"agreed": 20}


def test_an_unfinished_run_is_let_end_first(house: House) -> None:
    at_home(house, 120)
    report = house.call("go1_catalog", {"integration": "default"}, seconds=1)
    assert report["status"] == "continued"
    assert reconcile(house)["status"] == "succeeded"
    with pytest.raises(InvalidEvent, match="a catalog run of this integration is unfinished"):
        reconcile(house, mode="apply")
    house.invoked.clear()
    house.run("go1", "catalog")
    assert courses(reconcile(house, mode="apply")) == {"agreed": 120}


# What apply must not do


def test_a_retake_arrives_after_a_lost_ledger_whatever_launches_were_taken_over(
    house: House,
) -> None:
    """An import updates all open attempts: one attempt of the provider's stands there twice."""
    at_home(house)
    house.run("go1", "catalog")
    known(house, MAIL)
    start(house, -95)
    start(house, -94, path=("a" * 24, "b" * 24))
    GO1.put_rows(house.sandbox, [row(1, first=-90, last=-84)])
    house.run("go1", "stats")
    wipe(house, "learner#", "mark#")
    assert attempts(reconcile(house, mode="apply")) == {"found": 2}
    house.run("go1", "stats")
    done = row(1, first=-90, last=-60, done=True)
    GO1.put_rows(house.sandbox, [done])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [done, row(1, first=-40, last=-30, done=True)])
    assert house.run("go1", "stats")["counts"]["sent"] == 1
    assert sorted(shown(house)) == [(100, -60), (100, -60), (100, -30)]
    assert attempts(reconcile(house)) == {"agreed": 2}


def test_progress_there_that_an_older_ledger_does_not_know_is_left(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.run("go1", "stats")
    further, over = house.sandbox.learning360.attempts.values()
    further[0].progress = 80
    over[0].progress, over[0].completedAt = 100, over[0].lastActivityAt
    GO1.put_rows(house.sandbox, [])
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"agreed": 1, "differing": 1}
    assert "shows more than what was sent" in answer["differences"][0]["message"]
    house.run("go1", "stats")
    assert sorted(progress for progress, _ in shown(house)) == [80, 100]


def test_what_may_have_been_forced_is_not_forced_again(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, first=-30, last=-20, done=True)])
    start(house, -10)
    house.run("go1", "stats")
    assert forced(house) == 1
    before = shown(house)
    hidden = Fault(STATS, edit=lambda body: [x for x in body if x["progress"] < 100], times=1000)
    house.sandbox.traffic.faults.append(hidden)
    assert attempts(reconcile(house, mode="apply"))["differing"] == 1
    report = house.run("go1", "stats")
    assert (report["counts"]["sent"], report["counts"]["unconfirmed"]) == (0, 1)
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 0
    assert (shown(house), forced(house)) == (before, 1)


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


def test_a_strangers_completion_is_met_and_not_taken_over(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(2)])
    house.run("go1", "stats")
    start(house, -10)
    by_hand = house.sandbox.learning360.attempts[
        next(key for key in house.sandbox.learning360.attempts if key[0] == course_id(house, 1))
    ][0]
    by_hand.progress = 100
    assert attempts(reconcile(house, mode="apply")) == {"agreed": 1, "found": 1}
    GO1.put_rows(house.sandbox, [row(2), row(1, first=-40, last=-30, done=True)])
    report = house.run("go1", "stats")
    assert (report["status"], report["counts"]["unchanged"]) == ("succeeded", 2)


def course_id(house: House, number: int) -> str:
    course = house.course(GO1.external_id(number))
    assert course is not None
    return str(course["_id"])


def test_attempts_of_an_archived_course_are_left(house: House) -> None:
    raw = at_home(house, 12, launch_completes=True, launch_progress=0)
    house.run("go1", "catalog")
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.run("go1", "stats")
    GO1.put(house.sandbox, [raw[0], *raw[2:]])
    house.run("go1", "catalog")
    forget_attempts(house)
    answer = reconcile(house, mode="apply")
    told = {one["external_id"]: one["message"] for one in reasons(answer, "attempt_missing")}
    assert told[GO1.external_id(1)] == "its course is archived: it is left so"
    assert "the next statistics run sends it again" in told[GO1.external_id(2)]
    assert house.run("go1", "stats")["counts"]["replayed"] == 1
    assert attempts(reconcile(house)) == {"agreed": 1, "missing": 1}

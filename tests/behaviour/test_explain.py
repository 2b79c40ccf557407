"""`explain`: one of each verdict that a mapper, a ledger or 360Learning can give."""

from dataclasses import replace
from typing import Any

import pytest

from content_sync.errors import InvalidEvent
from content_sync.providers.registry import PROVIDERS as REGISTRY
from sandbox.service import Fault
from tests.behaviour.explaining import assert_judged
from tests.behaviour.explaining import explain as explain_for
from tests.behaviour.learning import (
    MAIL,
    STATS,
    forget_attempts,
    hurry,
    ready,
    refusing,
    row,
    start,
)
from tests.helpers import GO1, at_home, attempts, fill, wipe
from tests.house import House

NAME = GO1.external_id(1)


def explain(house: House, **about: Any) -> Any:
    return explain_for(house, GO1, **about)


def on(house: House, number: int = 1, mail: str = MAIL) -> tuple[str, str]:
    """The verdict on a learner's progress on a course, and why."""
    answer = explain(house, course=GO1.external_id(number), learner=mail)
    return answer["progress"]["verdict"], answer["why"]


# What mappers say of courses


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"published": False}, "withdrawn", "unpublished"),
        ({"type": "award"}, "withdrawn", "unsupported_type"),
        ({"type": None}, "untouched", "missing_type"),
        ({"title": " "}, "invalid", "missing_title"),
    ],
)
def test_each_judgement_of_a_course_with_its_rule(
    house: House, change: dict[str, Any], verdict: str, reason: str
) -> None:
    house.settle_in("go1")
    assert_judged(house, GO1, change, verdict, reason)


def test_a_course_that_cannot_be_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home(house)

    def fails(raw: Any) -> Any:
        raise KeyError

    monkeypatch.setitem(REGISTRY, "go1", replace(REGISTRY["go1"], to_course=fails))
    answer = explain(house, course=NAME)
    assert answer["course"]["judgement"]["reason"] == "unreadable"
    assert "an engineer should look" in answer["why"]


# What the provider has elsewhere


def test_what_go1_has_and_the_library_does_not(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    service = house.sandbox.services["go1"]
    GO1.put(house.sandbox, [raw[0], *raw[2:]])
    service.elsewhere = [raw[1]]
    answer = explain(house, course=NAME)
    assert answer["course"]["provider"]["asked"] == "by id and in its listing"
    assert answer["course"]["judgement"]["verdict"] == "not_listed"
    assert "Go1 knows it and does not list it for this account" in answer["why"]
    assert explain(house, course="36999999")["why"] == (
        "It is not at 360Learning: Go1 does not list it, and it was never sent."
    )


def test_a_provider_that_does_not_answer_is_no_reason_to_say_nothing(house: House) -> None:
    ready(house)
    house.sandbox.services["go1"].scopes = frozenset()
    answer = explain(house, course=NAME, learner=MAIL)
    assert answer["course"]["judgement"]["verdict"] == "unknown"
    assert "It is published at 360Learning: Go1 could not be asked (" in answer["course"]["why"]
    assert "it is active in the ledger" in answer["course"]["why"]
    assert "Go1 could not be asked for this learner" in answer["why"]


# What the ledger and 360Learning say of courses


def test_what_was_done_by_hand_at_360learning(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    platform, course = house.sandbox.learning360, house.courses()[NAME]
    course["status"] = "archived"
    assert "somebody archived it there by hand" in explain(house, course=NAME)["why"]
    course["status"] = "deleted"
    assert "somebody deleted it there" in explain(house, course=NAME)["why"]
    del platform.courses[course["_id"]]
    del platform.course_ids[house.integration["_id"], NAME]
    answer = explain(house, course=NAME)
    assert answer["course"]["at_360learning"] is None
    assert "somebody deleted it there or moved it; reconcile" in answer["why"]
    GO1.put(house.sandbox, raw[:11])
    gone = GO1.external_id(11)
    house.run("go1", "catalog")
    house.courses()[gone]["status"] = "published"
    assert "somebody published it there by hand" in explain(house, course=gone)["why"]


def test_a_course_that_360learning_refuses(house: House) -> None:
    raw = at_home(house)
    platform = house.sandbox.learning360
    platform.failing_items[NAME] = "the image is not reachable"
    house.run("go1", "catalog")
    assert (
        "the last run says: 360Learning: the image is not reachable"
        in (explain(house, course=NAME)["why"])
    )
    platform.failing_items.clear()
    house.run("go1", "catalog")
    platform.failing_items[NAME] = "the image is gone"
    GO1.put(house.sandbox, [raw[0], {**raw[1], "title": "Other"}, *raw[2:]])
    house.run("go1", "catalog")
    why = explain(house, course=NAME)["why"]
    assert "360Learning refused its latest change: the image is gone" in why


def test_archives_that_the_brake_withheld(house: House) -> None:
    raw = at_home(house, 30)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, raw[20:])
    house.run("go1", "catalog")
    assert "the last run withheld its archiving (brake)" in explain(house, course=NAME)["why"]


def test_a_course_that_the_ledger_lost(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    wipe(house, "course#")
    assert "the ledger does not know it; reconcile" in explain(house, course=NAME)["why"]


def test_a_scope_that_is_missing_is_said(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"courses:read", "users:read"}
    answer = explain(house, course=NAME, learner=MAIL)
    assert "courses:read" in answer["course"]["at_360learning"]
    assert "could not be looked for at 360Learning" in answer["course"]["why"]
    assert "users:read" in answer["learner"]["at_360learning"]["said"]


# What becomes of a learner's progress


def test_rows_that_a_rule_leaves_out(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1) | {"status": "not-started"}])
    verdict, why = on(house)
    assert verdict == "ignored"
    assert "Enrollments of the status not-started are left out" in why
    GO1.put_rows(house.sandbox, [row(1) | {"created_time": None, "updated_time": None}])
    verdict, why = on(house)
    assert verdict == "invalid"
    assert "no usable date" in why


def test_progress_that_changed_since(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True)])
    assert on(house) == (
        "due",
        "Go1 says 100 %, which changed since it was sent: the next statistics run that reads it "
        "sends it.",
    )
    GO1.put_rows(house.sandbox, [])
    verdict, why = on(house)
    assert verdict == "not_returned"
    assert "50 % were sent, and stay" in why


def test_progress_that_came_too_late(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, first=-20, last=-10, done=True)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, first=-90, last=-80, done=True)])
    verdict, why = on(house)
    assert (verdict, "cannot record it any more" in why) == ("before_first_attempt", True)


def test_what_360learning_shows_instead(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    attempts(house)[0].progress = 7
    verdict, why = on(house)
    assert verdict == "differing"
    assert "50 % were sent, as Go1 says, and 360Learning shows 7 %" in why
    forget_attempts(house)
    verdict, why = on(house)
    assert verdict == "missing"
    assert "360Learning shows no attempt" in why
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    verdict, why = on(house)
    assert (verdict, "its attempts could not be read" in why) == ("sent", True)


def test_a_launch_and_what_it_hides(house: House) -> None:
    ready(house)
    start(house, -1)
    verdict, why = on(house)
    assert verdict == "nothing"
    assert why.endswith("What stands at 360Learning was made there.")
    GO1.put_rows(house.sandbox, [row(1)])
    assert on(house)[0] == "due"
    house.run("go1", "stats")
    assert on(house)[0] == "shown"


def test_rows_that_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.sandbox.traffic.faults.append(Fault(STATS, edit=lambda body: [], times=100))
    house.run("go1", "stats")
    verdict, why = on(house)
    assert (verdict, "took it and did not show it since" in why) == ("unconfirmed", True)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "stats")
    assert on(house)[0] == "shown"
    house.sandbox.traffic.faults.append(refusing())
    GO1.put_rows(house.sandbox, [row(3)])
    house.run("go1", "stats")
    verdict, why = on(house, 3)
    assert (verdict, "tried again at each run" in why) == ("parked", True)
    house.sandbox.traffic.faults.clear()
    house.sandbox.traffic.faults.append(Fault(STATS, edit=lambda body: [{"_id": "x"}], times=100))
    GO1.put_rows(house.sandbox, [row(3), row(4)])
    house.run("go1", "stats")
    verdict, why = on(house, 4)
    assert (verdict, "could not be delivered since" in why) == ("undelivered", True)


# Who the learner is


def about(house: House, mail: str = MAIL) -> Any:
    return explain(house, learner=mail)["learner"]["at_360learning"]


def test_whom_360learning_knows(house: House) -> None:
    ready(house)
    platform = house.sandbox.learning360
    assert about(house)["said"] == "360Learning knows the learner"
    (user,) = platform.users_with(MAIL)
    user["mail"] = "Learner@Example.com"
    assert "in another case and named by id" in about(house)["said"]
    platform.add_user("LEARNER@example.com")
    said = about(house)
    assert (said["known"], "several users" in said["said"]) == (False, True)


@pytest.mark.parametrize(
    ("user", "how"),
    [
        ({"mail": MAIL, "status": "deleted"}, "deleted"),
        ({"mail": "Learner@example.org"}, "another_domain"),
        ({"mail": "learner1@example.com"}, "alike"),
        ({"mail": "", "username": MAIL}, "user_name"),
    ],
)
def test_near_misses(house: House, user: dict[str, str], how: str) -> None:
    at_home(house)
    house.sandbox.learning360.add_user(user.pop("mail"), **user)
    house.sandbox.learning360.add_user("somebody@example.net")
    said = about(house)
    assert said["known"] is False
    assert [one["how"] for one in said["near_misses"]] == [how]
    assert "@example" not in str(said).replace("***@example", "")


def test_a_learner_s_courses_are_told_one_by_one(house: House) -> None:
    ready(house)
    fill(house, 14)
    GO1.put_rows(house.sandbox, [row(1, done=True), row(2), row(13)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, done=True), row(3), row(13)])
    answer = explain(house, learner=MAIL)
    told = {one["external_id"]: one["verdict"] for one in answer["courses"]}
    assert told == {
        GO1.external_id(1): "shown",
        GO1.external_id(2): "not_returned",
        GO1.external_id(3): "due",
        GO1.external_id(13): "unknown_course",
    }
    assert answer["why"] == (
        "Go1 returns 3 rows of this learner, and 360Learning knows the learner."
    )


def test_a_learner_of_whom_go1_lists_no_users(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.sandbox.services["go1"].has_user_listing = False
    answer = explain(house, course=NAME, learner=MAIL)
    assert answer["learner"]["provider"]["asked"] == "in its listing of statistics"
    assert answer["progress"]["verdict"] == "due"


# The event


def test_paused_and_inactive_integrations_are_explained_too(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    house.manage("pause", "go1")
    assert "is paused: its schedules pass over it" in explain(house, course=NAME)["why"]
    house.manage("deactivate", "go1", allow_archives=100)
    answer = explain(house, course=NAME, learner=MAIL)
    assert "is inactive" in answer["why"]
    assert answer["course"]["at_360learning"] is None


def test_what_is_missing_in_the_event_is_said(house: House) -> None:
    at_home(house)
    with pytest.raises(InvalidEvent, match="the key course, an external id, or the key learner"):
        house.manage("explain", "go1")
    with pytest.raises(InvalidEvent, match="integration sales of go1 is unknown"):
        house.manage("explain", "go1", "sales", course="x")
    with pytest.raises(InvalidEvent) as refusal:
        house.manage("explain", "go1", learner="no address of anyone")
    assert "no address of anyone" not in str(refusal.value)
    with pytest.raises(InvalidEvent, match="the key course belongs to explain"):
        house.manage("check", "go1", course="x")


# What does not answer as it should


@pytest.mark.parametrize(
    "path",
    [r"users\?", r"users$", "courses/stats", r"courses/[0-9a-f]+$", "integrations/[0-9a-f]+/c"],
)
@pytest.mark.parametrize("answer", [{"status": 500}, {"status": 404}, {"body": [1]}])
def test_whatever_360learning_answers_the_rest_is_told(
    house: House, path: str, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    fault = Fault(rf"GET /360learning/api/v2/{path}", times=1000, **({"body": {}} | answer))
    house.sandbox.traffic.faults.append(fault)
    told = explain(house, course=NAME, learner=MAIL)
    assert told["progress"]["verdict"] in ("shown", "sent")
    assert "deleted" not in str(told)
    assert "is not at 360Learning" not in told["course"]["why"]


def test_a_configuration_that_is_no_more_explains_most(house: House) -> None:
    ready(house)
    house.sandbox.learning360.integrations.clear()
    assert (
        "No run can begin: the configuration of this integration was deleted"
        in (explain(house, course=NAME)["why"])
    )


def test_what_left_and_was_archived_or_deleted_by_hand(house: House) -> None:
    raw = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, [raw[0], *raw[2:]])
    course = house.courses()[NAME]
    course["status"] = "archived"
    assert explain(house, course=NAME)["why"].endswith("somebody archived it there already.")
    course["status"] = "deleted"
    assert "deleted it there or moved it already" in explain(house, course=NAME)["why"]


def test_a_learner_who_cannot_be_looked_for_is_not_called_unknown(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"users:read"}
    GO1.put_rows(house.sandbox, [row(1)])
    verdict, why = on(house)
    assert (verdict, "will be refused" in why) == ("due", False)
    assert about(house)["known"] is None


def test_a_completion_that_stands_for_what_the_provider_says_now(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    (one,) = attempts(house)
    one.progress, one.completedAt = 100, one.lastActivityAt
    verdict, why = on(house)
    assert verdict == "shown"
    assert why == ("Go1 says 50 %, and 360Learning shows a completion since it began, which stays.")

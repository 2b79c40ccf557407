"""`explain`: a course, one of each verdict; what does not answer; the event."""

from dataclasses import replace
from typing import Any

import pytest

from content_sync.errors import InvalidEvent
from content_sync.providers.registry import PROVIDERS as REGISTRY
from sandbox.service import Fault
from tests.behaviour.explaining import assert_judged, explain
from tests.behaviour.learning import (
    MAIL,
    hurry,
    ready,
    row,
)
from tests.helpers import GO1, at_home, wipe
from tests.house import House

NAME = GO1.external_id(1)


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

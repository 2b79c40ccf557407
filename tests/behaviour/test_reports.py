"""Reports: stored, listed, and without secrets or addresses."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidSettings
from sandbox.service import Fault
from tests.helpers import GO1, at_home
from tests.house import House


def test_runs_are_stored_and_listed(house: House) -> None:
    at_home(house)
    report = house.run("go1", "catalog")
    (listed,) = house.call("integrations", {"action": "list"})["integrations"]
    assert listed["last_runs"] == {"catalog": report, "stats": None}
    assert listed["integration_id"] == house.integration["_id"]
    # An event that names a run which ended is answered with its report.
    again = house.call("go1_catalog", {"integration": "default", "run_id": report["run_id"]})
    assert again == report


def test_a_failed_run_is_stored_with_its_sentence_and_no_secret(house: House, capsys: Any) -> None:
    at_home(house)
    echo = {"error": "invalid client_secret go1-secret"}
    house.sandbox.traffic.faults.append(
        Fault("POST /go1/oauth/token", status=401, body=echo, times=9)
    )
    with pytest.raises(InvalidSettings) as raised:
        house.run("go1", "catalog")
    (listed,) = house.call("integrations", {"action": "list"})["integrations"]
    report = listed["last_runs"]["catalog"]
    assert report["status"] == "failed"
    assert report["problems"][0]["message"] == str(raised.value)
    printed = capsys.readouterr()
    assert "go1-secret" not in f"{printed.out}{printed.err}{report}{raised.value}"


def test_an_unforeseen_fault_names_itself_and_nothing_else(house: House, monkeypatch: Any) -> None:
    at_home(house)

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("learner@example.com")

    monkeypatch.setattr("content_sync.sync.catalog.judging.course_item", broken)
    with pytest.raises(ContentSyncError, match=r"unforeseen fault \(KeyError\)") as raised:
        house.run("go1", "catalog")
    assert "learner" not in str(raised.value)


def test_reasons_are_counted_whole(house: House) -> None:
    courses = at_home(house, 130)
    for course in courses[:120]:
        course["title"] = " "
    for course in courses[120:123]:
        course["type"] = "award"
    GO1.put(house.sandbox, courses)
    report = house.run("go1", "catalog")
    # Of one reason 20 are named.
    assert len(report["problems"]) == 20
    assert report["reasons"] == {"missing_title": 120, "unsupported_type": 3}

"""`runs`: an integration's runs, the latest first, and what is under way."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from tests.helpers import at_home
from tests.house import House


def runs(house: House, **more: Any) -> Any:
    return house.manage("runs", "go1", **more)


def test_runs_of_all_kinds_the_latest_first(house: House) -> None:
    at_home(house)
    first = house.run("go1", "catalog")
    plan = house.run("go1", "catalog", mode="plan")
    second = house.run("go1", "stats")
    answer = runs(house)
    assert [run["run_id"] for run in answer["runs"]] == [
        report["run_id"] for report in (second, plan, first)
    ]
    assert (answer["page"], answer["more"], answer["under_way"]) == (1, False, [])
    assert answer["runs"][2]["counts"] == first["counts"]
    assert not {"problems", "changes"} & answer["runs"][1].keys()
    assert len(runs(house, kind="catalog")["runs"]) == 2
    assert runs(house, kind="reconcile")["runs"] == []


def test_pages_overlap_nowhere_and_leave_nothing_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.lifecycle.list_runs.RUNS_A_PAGE", 2)
    at_home(house)
    made = [house.run("go1", kind)["run_id"] for kind in ("catalog", "stats", "catalog", "stats")]
    pages = [runs(house, page=page) for page in (1, 2, 3)]
    assert [run["run_id"] for page in pages for run in page["runs"]] == made[::-1]
    assert [page["more"] for page in pages] == [True, False, False]


def test_a_run_under_way_tells_its_counts(house: House) -> None:
    at_home(house)
    house.sandbox.learning360.operation_seconds = 60
    report = house.call("go1_catalog", {"integration": "default"}, seconds=8)
    assert report["status"] == "continued"
    (one,) = runs(house)["under_way"]
    assert (one["run_id"], one["kind"], one["mode"]) == (report["run_id"], "catalog", "apply")
    assert one["counts"]["read"] == 12
    assert one["saved_at"] >= one["started_at"]
    house.sandbox.learning360.operation_seconds = 0.0
    for operation in house.sandbox.learning360.operations.values():
        operation.ends_at = 0.0
    function, event = house.invoked.pop()
    assert house.call(function, event)["status"] == "succeeded"
    assert runs(house)["under_way"] == []


def test_a_run_that_failed_is_not_under_way(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    house.sandbox.services["go1"].learning_objects.append({"id": 36000099})
    house.sandbox.learning360.scopes = frozenset()
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    answer = runs(house)
    assert answer["runs"][0]["status"] == "failed"
    assert answer["under_way"] == []


def test_an_unknown_integration_is_refused_by_name(house: House) -> None:
    at_home(house)
    with pytest.raises(ContentSyncError, match="there are default"):
        house.manage("runs", "go1", "other")

"""Verbs that run, `plan` and `sync`: what they ask for, wait for, and end in."""

from types import SimpleNamespace
from typing import Any

import pytest

from console.following import follow
from console.stack import FunctionFailed
from tests.console.conftest import Typed, printed
from tests.helpers import GO1, at_home, known, statuses
from tests.house import House

MAIL = "learner@example.com"


@pytest.mark.usefixtures("courses")
def test_a_plan_changes_nothing_and_says_what_would(house: House, typed: Typed) -> None:
    result = typed("plan", "go1", "--kind", "catalog")
    assert result.exit_code == 0, result.stderr
    assert "40 created" in result.stdout
    assert "create   36000000" in result.stdout
    assert "content-sync report go1/default --kind catalog --changes" in result.stderr
    assert house.courses() == {}


@pytest.mark.usefixtures("courses")
def test_a_sync_runs_both_kinds_one_after_the_other(house: House, typed: Typed) -> None:
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [GO1.row(MAIL, "36000001")])
    result = typed("sync", "go1")
    assert result.exit_code == 0, result.stderr
    assert "40 created" in result.stdout
    assert "1 sent" in result.stdout
    reports = printed(typed("sync", "go1", "--json"))["reports"]
    assert [report["kind"] for report in reports] == ["catalog", "stats"]
    assert reports[0]["counts"]["unchanged"] == 40


@pytest.mark.usefixtures("courses")
def test_a_sync_is_waited_for_over_all_its_invocations(
    house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.sandbox.learning360.operation_seconds = 60
    call, asleep = house.call, []

    def short(function: str, event: Any, **more: Any) -> Any:
        return call(function, event, seconds=8 if function == "go1_catalog" else 900)

    def sleep(_: float) -> None:
        asleep.append(1)
        for operation in house.sandbox.learning360.operations.values():
            operation.ends_at = 0.0
        function, event = house.invoked.pop()
        call(function, event)

    monkeypatch.setattr(house, "call", short)
    monkeypatch.setattr("console.following.time", SimpleNamespace(sleep=sleep))
    result = typed("sync", "go1", "--kind", "catalog")
    assert result.exit_code == 0, result.stderr
    assert len(asleep) == 1
    assert "40 created" in result.stdout


@pytest.mark.usefixtures("courses")
def test_a_sync_that_has_to_end_another_run_first_is_waited_for(
    house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = house.call
    left = call("go1_catalog", {"integration": "default"}, seconds=1)
    assert left["status"] == "continued"
    house.invoked.clear()

    def short(function: str, event: Any, **more: Any) -> Any:
        return call(function, event, seconds=1 if function == "go1_catalog" else 900)

    clock, asleep = iter(range(10_000)), []

    def sleep(_: float) -> None:
        asleep.append(1)
        for operation in house.sandbox.learning360.operations.values():
            operation.ends_at = 0.0
        if house.invoked and len(asleep) % 2:
            # What goes on has its report after a while only.
            call(*house.invoked.pop())

    monkeypatch.setattr(house, "call", short)
    times = SimpleNamespace(sleep=sleep, monotonic=lambda: next(clock))
    monkeypatch.setattr("console.following.time", times)
    result = typed("sync", "go1", "--kind", "catalog", "--full")
    assert result.exit_code == 0, result.stderr
    new, old = house.manage("runs", "go1", kind="catalog")["runs"]
    assert (old["run_id"], old["status"]) == (left["run_id"], "failed")
    assert (old["replaced_by"], new["status"]) == (new["run_id"], "succeeded")


def test_a_run_whose_successor_never_has_a_report_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(0, 10_000, 400))
    times = SimpleNamespace(sleep=lambda _: None, monotonic=lambda: next(clock))
    monkeypatch.setattr("console.following.time", times)
    asked: list[str] = []

    def manage(action: str, *, run_id: str, **names: Any) -> Any:
        asked.append(run_id)
        if run_id == "new":
            raise FunctionFailed("there is no such run")
        return {"report": {"run_id": "old", "status": "failed", "replaced_by": "new"}}

    stack: Any = SimpleNamespace(manage=manage)
    with pytest.raises(FunctionFailed, match="no such run"):
        follow(stack, {"kind": "catalog"}, {"run_id": "old", "status": "continued"}, lambda: None)
    assert asked == ["old", "new", "new", "new"]


def test_withheld_archives_ask_for_consent_and_get_it(
    house: House, typed: Typed, courses: list[Any]
) -> None:
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[:10])
    result = typed("sync", "go1", "--kind", "catalog")
    assert result.exit_code == 3
    assert "--allow-archives 30" in result.stderr
    listed = typed("report", "go1", "--problems")
    assert "Course 11" in listed.stdout
    result = typed("sync", "go1", "--kind", "catalog", "--allow-archives", "30")
    assert result.exit_code == 0, result.stdout
    assert list(statuses(house).values()).count("archived") == 30


@pytest.mark.parametrize(
    "words",
    [
        ("--kind", "catalog", "--since", "2026-01-01T00:00Z"),
        ("--kind", "stats", "--since", "2026-01-01"),
        ("--kind", "stats", "--since", "2026-02-01T00:00Z", "--until", "2026-01-01T00:00Z"),
        ("--kind", "stats", "--until", "yesterday"),
        ("--kind", "stats", "--allow-archives", "1"),
        ("--kind", "reconcile"),
        ("--kind", "catalogue"),
    ],
)
@pytest.mark.usefixtures("courses")
def test_options_that_make_no_sense_are_wrong_usage(typed: Typed, words: tuple[str, ...]) -> None:
    assert typed("sync", "go1", *words).exit_code == 2


def test_a_plan_says_that_what_waits_is_tried_again(house: House, typed: Typed) -> None:
    at_home(house, 2)
    GO1.put_rows(house.sandbox, [GO1.row("stranger@example.com", GO1.external_id(1))])
    house.run("go1", "catalog")
    house.run("go1", "stats")
    said = typed("plan", "go1", "--kind", "stats").stdout
    assert "1 that wait tried again" in said
    assert "replayed" not in said


@pytest.mark.usefixtures("courses")
def test_an_instant_without_its_zone_says_how_it_is_written(typed: Typed) -> None:
    result = typed("sync", "go1", "--kind", "stats", "--since", "2026-01-01T00:00")
    assert result.exit_code == 2
    assert "--since 2026-01-01T00:00: write a date, a time and a zone" in result.stderr


@pytest.mark.usefixtures("courses")
def test_a_run_that_fails_is_its_sentence(house: House, typed: Typed) -> None:
    house.put_secret("platforms/default", house.sandbox.platform_secret() | {"client_id": "wrong"})
    result = typed("sync", "go1", "--kind", "catalog")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "platforms/default" in result.stderr


@pytest.mark.usefixtures("courses")
def test_another_run_under_way_is_said(
    house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.state.lease.Lease.take", lambda *a, **m: None)
    result = typed("sync", "go1", "--kind", "catalog")
    assert result.exit_code == 1
    assert "is under way" in result.stderr


@pytest.mark.usefixtures("courses")
def test_who_stops_waiting_hears_what_goes_on_and_what_was_not_begun(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.verbs.sync._first_invocation", stopped)
    result = typed("sync", "go1")
    assert result.exit_code == 130
    assert "goes on without you" in result.stderr
    assert "content-sync sync go1/default --kind stats" in result.stderr

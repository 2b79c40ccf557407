"""Every verb: what it shows, what it prints as JSON, and how it ends."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.providers.base import changed
from tests.console.conftest import Typed
from tests.helpers import GO1, at_home, fill, known, statuses
from tests.house import House

MAIL = "learner@example.com"


@pytest.fixture(name="courses")
def _courses(house: House) -> list[Any]:
    return at_home(house, 40)


def printed(result: Any) -> Any:
    """What was printed as JSON, and nothing else."""
    return json.loads(result.stdout)


@pytest.mark.usefixtures("courses")
def test_status_is_a_line_for_each_integration(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    result = typed("status")
    assert result.exit_code == 0, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if "go1/default" in line]
    for word in ("active", "40", "just now"):
        assert word in line
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert printed(typed("status", "--json")) == house.manage("list", "go1")


def test_status_of_nothing_says_how_to_begin(typed: Typed) -> None:
    result = typed("status")
    assert result.exit_code == 0
    assert "content-sync setup" in result.stdout


def test_what_calls_for_somebody_is_exit_code_3(
    house: House, typed: Typed, courses: list[Any]
) -> None:
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[:10])
    house.run("go1", "catalog")
    result = typed("status")
    assert result.exit_code == 3
    assert "archives" in result.stdout


@pytest.mark.usefixtures("courses")
def test_check_shows_every_fact(house: House, typed: Typed) -> None:
    result = typed("check", "go1")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.count("ok ") == len(house.manage("check", "go1")["facts"])
    house.put_secret("platforms/default", house.sandbox.platform_secret() | {"client_id": "wrong"})
    result = typed("check", "go1", "--json")
    assert result.exit_code == 3
    assert printed(result)["ok"] is False


@pytest.mark.usefixtures("courses")
def test_an_only_integration_need_not_be_named_and_others_must(house: House, typed: Typed) -> None:
    assert typed("check").exit_code == 0
    group = house.sandbox.learning360.add_group("Second", parent=house.group_id)
    house.settle_in("go1", "second", group_id=group)
    result = typed("check")
    assert result.exit_code == 2
    assert "go1/default, go1/second" in result.stderr


@pytest.mark.parametrize("text", ["/", "go1/", "go1/a/b"])
def test_what_is_no_integration_is_wrong_usage(typed: Typed, text: str) -> None:
    result = typed("check", text)
    assert result.exit_code == 2
    assert "write it as go1" in result.stderr


@pytest.mark.parametrize("words", [("statsu",), ("check", "go1", "--jsn"), ("runs", "--page", "0")])
def test_wrong_usage_is_exit_code_2(typed: Typed, words: tuple[str, ...]) -> None:
    assert typed(*words).exit_code == 2


def test_a_verb_that_is_nearly_right_is_suggested(typed: Typed) -> None:
    assert "status" in typed("statsu").stderr


def test_a_refusal_is_one_sentence_on_standard_error(typed: Typed) -> None:
    result = typed("check", "go2")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "go2" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" in typed("check", "go2", "--debug").stderr


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
    monkeypatch.setattr("console.verbs.sync.time", SimpleNamespace(sleep=sleep))
    result = typed("sync", "go1", "--kind", "catalog")
    assert result.exit_code == 0, result.stderr
    assert len(asleep) == 1
    assert "40 created" in result.stdout


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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("explain", "go1", "--learner", "ann"), "write the learner's whole address"),
        (("setup", "go1/my portal"), "my portal is no name of an integration"),
        (("pause", "go1/a/b"), "go1/a/b is no integration"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    typed: Typed, words: tuple[str, ...], says: str
) -> None:
    result = typed(*words, answers=[])
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_an_unknown_provider_is_said_with_those_that_there_are(typed: Typed) -> None:
    result = typed("status", "go2")
    assert result.exit_code == 1
    assert "use one of" in result.stderr


def test_a_summary_with_something_to_decide_says_so_by_its_code(house: House, typed: Typed) -> None:
    courses = at_home(house, 20)
    house.run("go1", "catalog")
    result = typed("summary")
    assert (result.exit_code, "20 courses came" in result.stdout) == (0, True)
    GO1.put(house.sandbox, courses[:5])
    house.run("go1", "catalog")
    result = typed("summary")
    assert (result.exit_code, "1 with something to decide" in result.stdout) == (3, True)


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


def test_each_of_a_learner_s_courses_is_explained(house: House, typed: Typed) -> None:
    at_home(house, 3)
    known(house, "learner@example.com")
    rows = [GO1.row("learner@example.com", GO1.external_id(number)) for number in (1, 9)]
    GO1.put_rows(house.sandbox, rows)
    house.run("go1", "catalog")
    house.run("go1", "stats")
    said = " ".join(typed("explain", "go1", "--learner", "learner@example.com").stdout.split())
    assert "360Learning shows 100 %, as Go1 says" in said
    assert "unknown course" in said


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
def test_runs_and_reports(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    shown = typed("runs", "go1")
    assert shown.exit_code == 0
    assert "catalog" in shown.stdout
    assert "40 created" in " ".join(shown.stdout.split())
    assert printed(typed("runs", "go1", "--json")) == house.manage("runs", "go1")
    assert "40 created" in typed("report", "go1").stdout
    assert typed("report", "go1", "--kind", "nonsense").exit_code == 2
    assert typed("report", "go1", "--run", "nonsense").exit_code == 1


def test_a_report_as_csv_holds_every_entry(
    house: House, typed: Typed, courses: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.lifecycle.report.ENTRIES_A_PAGE", 7)
    evil = changed(courses[0], GO1.title, "=HYPERLINK(1)")
    GO1.put(house.sandbox, [evil, *courses[1:]])
    typed("plan", "go1", "--kind", "catalog")
    path = tmp_path / "changes.csv"
    result = typed("report", "go1", "--changes", "--csv", str(path))
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 40
    assert {row["action"] for row in rows} == {"create"}
    assert rows[0]["title"] == "'=HYPERLINK(1)"


@pytest.mark.usefixtures("courses")
def test_parked_rows_show_addresses_only_on_demand(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    assert "Nothing waits" in typed("parked", "go1").stdout
    GO1.put_rows(house.sandbox, [GO1.row(MAIL, "36000001")])
    house.run("go1", "stats")
    masked = typed("parked", "go1")
    assert masked.exit_code == 0
    assert MAIL not in masked.stdout
    assert MAIL in "".join(typed("parked", "go1", "--show-addresses", "--json").stdout.split())


@pytest.mark.usefixtures("courses")
def test_explain_is_a_sentence_and_what_it_rests_on(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    result = typed("explain", "go1", "--course", "36000001")
    assert result.exit_code == 0, result.stderr
    answer = house.manage("explain", "go1", course="36000001")
    assert " ".join(result.stdout.split()).startswith(answer["why"])
    assert typed("explain", "go1").exit_code == 2
    assert typed("explain", "go1", "--learner", MAIL).exit_code == 0


@pytest.mark.usefixtures("courses")
def test_pause_resume_activate(house: House, typed: Typed) -> None:
    assert "go1/default is paused" in typed("pause", "go1").stdout
    assert "go1/default is active" in typed("resume", "go1").stdout
    result = typed("activate", "go1")
    assert "go1/default is active" in result.stdout
    assert "content-sync plan go1/default" in result.stderr
    assert printed(typed("pause", "go1", "--json"))["state"] == "paused"


@pytest.mark.usefixtures("courses")
def test_deactivating_says_the_number_and_asks(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    result = typed("deactivate", "go1")
    assert result.exit_code == 2
    assert "40 courses" in result.stderr
    assert "--yes" in result.stderr
    result = typed("deactivate", "go1", answers=["n"])
    assert result.exit_code == 0
    assert "Nothing was changed" in result.stderr
    assert len(house.sandbox.learning360.integrations) == 1
    result = typed("deactivate", "go1", answers=["y"])
    assert "go1/default is inactive; 40 courses are archived" in result.stdout
    assert house.sandbox.learning360.integrations == {}


@pytest.mark.usefixtures("courses")
def test_reconcile_says_what_differs(house: House, typed: Typed) -> None:
    house.run("go1", "catalog")
    agreed = typed("reconcile", "go1")
    assert agreed.exit_code == 0, agreed.stderr
    assert "40 agreed" in agreed.stdout
    gone = house.course("36000001")
    assert gone is not None
    gone["status"] = "archived"
    differs = typed("reconcile", "go1")
    assert differs.exit_code == 3
    assert "1 archived_by_hand" in differs.stdout
    assert typed("reconcile", "go1", "--apply").exit_code == 0


def test_a_name_that_looks_like_markup_is_text(house: House, typed: Typed) -> None:
    at_home(house, 1)
    courses = fill(house, 1)
    GO1.put(house.sandbox, [changed(courses[0], GO1.title, "[bold]Title[/bold] [/red]")])
    result = typed("plan", "go1", "--kind", "catalog")
    assert result.exit_code == 0, result.stderr
    typed("sync", "go1", "--kind", "catalog")
    result = typed("explain", "go1", "--course", "36000000")
    assert "[bold]Title[/bold] [/red]" in " ".join(result.stdout.split())


@pytest.mark.usefixtures("courses")
def test_what_is_not_there_is_said(house: House, typed: Typed, tmp_path: Path) -> None:
    for name in ("go1/second", "edflex"):
        result = typed("status", name)
        assert result.exit_code == 1
        assert f"there is no integration {name}" in result.stderr
    house.run("go1", "catalog")
    result = typed("report", "go1", "--csv", str(tmp_path / "none" / "x.csv"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_log_lines_are_one_object_or_lines(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        '{"level": "INFO", "message": "m", "timestamp": "t", "run_id": "r1"}',
        "START r1",
        "r2",
    ]
    monkeypatch.setattr("console.stack.Stack.log_lines", lambda *_: iter(lines))
    assert [type(one) for one in printed(typed("logs", "--run", "r1", "--json"))["lines"]] == [
        dict,
        str,
    ]
    shown = typed("logs", "--run", "r1").stdout
    assert "INFO" in shown
    assert "r2" not in shown
    result = typed("logs", "--run", "nope")
    assert result.exit_code == 1
    assert "no log line of run nope" in result.stderr


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

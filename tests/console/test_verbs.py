"""Verbs that look and that change: what they show, print as JSON, and refuse."""

import csv
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers.base import changed
from tests.console.conftest import Typed, printed
from tests.helpers import GO1, at_home, fill, known
from tests.house import House

MAIL = "learner@example.com"


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

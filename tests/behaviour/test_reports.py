"""Reports: stored, listed, and without secrets or addresses."""

import io
import json
from collections import Counter
from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidEvent, InvalidSettings
from content_sync.observability import logger
from sandbox.service import Fault
from tests.helpers import GO1, at_home, fill, known
from tests.house import House


def test_runs_are_stored_and_listed(house: House) -> None:
    at_home(house)
    report = house.run("go1", "catalog")
    (listed,) = house.call("integrations", {"action": "list"})["integrations"]
    short = {name: value for name, value in report.items() if name != "problems"}
    short["last_success"] = report["finished_at"]
    assert listed["last_runs"] == {"catalog": short, "stats": None}
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
    report = house.manage("report", "go1", kind="catalog")["report"]
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


@pytest.mark.parametrize("seconds", [900, 1])
def test_the_complete_lists_stand_behind_a_report(house: House, seconds: float) -> None:
    courses = at_home(house, 330)
    house.run("go1", "catalog")
    assert house.manage("report", "go1")["entries"] == []
    nameless = [{**course, "title": None} for course in courses[:250]]
    strange = [{**GO1.course(number, "X"), "type": "event"} for number in range(900, 1500)]
    GO1.put(house.sandbox, [*nameless, *strange])
    report = house.run("go1", "catalog", seconds=seconds)
    assert len(report["problems"]) <= 100
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["more"]:
        page = house.manage("report", "go1", kind="catalog", page=len(pages) + 1)
        assert page["report"] == report
        pages.append(page)
    entries = [entry for page in pages for entry in page["entries"]]
    assert [len(page["entries"]) for page in pages] == [500, len(entries) - 500]
    assert Counter((entry["what"], entry["reason"]) for entry in entries) == {
        ("problem", "missing_title"): 250,
        ("problem", "brake"): 1,
        ("problem", "nothing_usable"): 1,
        ("left_out", "unsupported_type"): 600,
        ("withheld", "brake"): 80,
    }
    withheld = {entry["external_id"] for entry in entries if entry["what"] == "withheld"}
    assert withheld == {GO1.external_id(number) for number in range(250, 330)}
    # An earlier run is asked for by its id, also when the integration is no more.
    GO1.put(house.sandbox, courses)
    house.run("go1", "catalog")
    assert house.manage("report", "go1")["entries"] == []
    house.manage("deactivate", "go1", allow_archives=330)
    again = house.manage("report", "go1", run_id=report["run_id"], page=2)
    assert again["entries"] == pages[1]["entries"]


def test_a_report_that_is_not_there_is_said(house: House) -> None:
    at_home(house)
    for event in ({}, {"kind": "stats"}, {"run_id": "x"}):
        with pytest.raises(InvalidEvent, match="there is no report of any"):
            house.manage("report", "go1", **event)
    with pytest.raises(InvalidEvent, match="is unknown, there are default"):
        house.manage("report", "go1", "north")


def test_reasons_that_repeat_the_provider_s_words_stay_few(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    row = GO1.row("learner@example.com", GO1.external_id(1))
    GO1.put_rows(house.sandbox, [{**row, "status": f"odd {number}"} for number in range(150)])
    report = house.run("go1", "stats")
    assert report["counts"]["ignored"] == 150
    assert len(report["reasons"]) <= 102
    assert report["reasons"]["other"] == 51


def test_a_plan_is_kept_with_every_change_archives_first(house: House) -> None:
    courses = at_home(house, 700)
    house.run("go1", "catalog")
    renamed = [{**course, "title": f"New {number}"} for number, course in enumerate(courses)]
    GO1.put(house.sandbox, [*renamed[:640], *(GO1.course(n, f"Added {n}") for n in (900, 901))])
    state = house.table_text(reports=False)
    plan = house.run("go1", "catalog", mode="plan")
    assert house.table_text(reports=False) == state
    first = house.manage("report", "go1")
    assert first["report"]["run_id"] == plan["run_id"]
    second = house.manage("report", "go1", page=2)
    entries = [*first["entries"], *second["entries"]]
    assert (first["more"], second["more"]) == (True, False)
    assert [one["action"] for one in entries] == [
        *["archive"] * 60,
        *["update"] * 640,
        *["create"] * 2,
    ]
    assert entries[0] == {
        "what": "change",
        "action": "archive",
        "external_id": GO1.external_id(640),
        "title": "Course 640",
        "fields": {"status": ["published", "archived"]},
    }
    assert entries[60]["fields"] == {"name": ["Course 0", "New 0"]}
    assert entries[-1]["title"] == "Added 901"
    # What runs say of themselves is about runs: a plan is none.
    listed = house.call("integrations", {"action": "list"})["integrations"][0]
    assert listed["last_runs"]["catalog"]["run_id"] != plan["run_id"]


def test_a_plan_of_statistics_is_kept_with_masked_learners(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    rows = [GO1.row("learner@example.com", GO1.external_id(number)) for number in range(5)]
    GO1.put_rows(house.sandbox, rows)
    house.run("go1", "stats", mode="plan")
    entries = house.manage("report", "go1", kind="stats")["entries"]
    assert [(one["action"], one["learner"]) for one in entries] == [
        ("send", "l***@example.com")
    ] * 5
    assert "learner@" not in house.table_text()


def test_a_plan_of_long_texts_is_kept_all_the_same(house: House) -> None:
    courses = at_home(house, 120)
    house.run("go1", "catalog")
    long = {"description": "é" * 30_000, "image": f"https://images.example.com/{'x' * 3000}"}
    topics = [{"value": f"{number} " + "y" * 600} for number in range(60)]
    GO1.put(
        house.sandbox,
        [
            {**course, "title": "t" * 2000, "attributes": {"topics": topics}, **long}
            for course in courses
        ],
    )
    plan = house.run("go1", "catalog", mode="plan")
    assert len(plan["changes"]) == 100
    old, new = plan["changes"][0]["fields"]["description"]
    assert (len(old) < 500, len(new)) == (True, 500)
    assert len(plan["changes"][0]["fields"]["subjects"][1]) == 20
    stored = house.manage("report", "go1")
    assert stored["report"]["run_id"] == plan["run_id"]
    assert len(stored["entries"]) == 120
    assert max(map(len, house.table_text().splitlines())) < 400_000


def test_progress_on_an_unknown_course_names_whose_it_is_masked(house: House) -> None:
    at_home(house, 2)
    house.run("go1", "catalog")
    row = GO1.row("learner@example.com", GO1.external_id(77))
    GO1.put_rows(house.sandbox, [row, row])
    assert house.run("go1", "stats")["counts"]["unknown_course"] == 1
    entries = house.manage("report", "go1", kind="stats")["entries"]
    assert [one for one in entries if one["reason"] == "unknown_course"] == [
        {
            "what": "left_out",
            "external_id": GO1.external_id(77),
            "reason": "unknown_course",
            "learner": "l***@example.com",
        }
    ]


def test_what_comes_instead_of_a_course_s_id_is_not_kept(house: House) -> None:
    """It may be anything, an address among others; the id is asked for where it is needed."""
    house.settle_in("go1")
    fill(house, 2)

    def named(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [result | {"resourceId": "somebody@example.com"} for result in results]

    house.sandbox.traffic.faults.append(Fault("operations/.*/results", edit=named))
    assert house.run("go1", "catalog")["counts"]["created"] == 2
    assert "somebody" not in house.table_text()
    known(house, "learner@example.com")
    GO1.put_rows(house.sandbox, [GO1.row("learner@example.com", GO1.external_id(1))])
    counts = house.run("go1", "stats")["counts"]
    assert (counts["sent"], counts["confirmed"]) == (1, 1)


def test_every_log_line_of_a_run_says_whose_it_is(house: House) -> None:
    house.settle_in("pluralsight")
    stream = io.StringIO()
    (handler,) = logger.handlers
    before = handler.setStream(stream)
    try:
        report = house.run("pluralsight", "stats")
    finally:
        handler.setStream(before)
    logged = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"Pluralsight refuses fields", "pluralsight stats succeeded"} <= {
        line["message"] for line in logged
    }
    for line in logged:
        assert (line["run_id"], line["provider"], line["integration"], line["kind"]) == (
            report["run_id"], "pluralsight", "default", "stats",
        )  # fmt: skip

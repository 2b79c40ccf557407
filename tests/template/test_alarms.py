"""Alarms watch what is published, say what to do, and are explained."""

import contextlib
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from content_sync.errors import LoginRefused
from content_sync.fields.instants import now, to_iso
from content_sync.providers.registry import PROVIDERS
from content_sync.state.table import Put, Table
from sandbox.service import Fault
from tests.helpers import GO1, at_home, known
from tests.house import TABLE, House
from tests.template.simulation import Template
from tests.template.test_template import FUNCTIONS, TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
ALARMS = {
    name: resource["Properties"]
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
OURS = {name: one for name, one in ALARMS.items() if one["Namespace"] == "ContentSync"}


def published(house: House, function: str, event: Any) -> list[dict[str, Any]]:
    """What an invocation publishes, as CloudWatch reads it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        house.call(function, event)
    return [json.loads(line) for line in out.getvalue().splitlines() if line.startswith("{")]


def values(lines: list[dict[str, Any]], metric: str) -> list[float]:
    return [line[metric][0] for line in lines if metric in line]


# What they watch went with an exception, or is another provider's: see the tests of each.
ELSEWHERE = {"RunFailedAlarm", "LoginRefusedAlarm", "LoginEndingAlarm"}
HOUR, DAY = 3600, 86_400
# Statistic, period, how many of them, threshold, and what missing data are.
SETTINGS = {
    "DeadLettersAlarm": ("Maximum", 300, 1, ">", 0, "notBreaching"),
    "RunFailedAlarm": ("Sum", HOUR, 1, ">", 0, "notBreaching"),
    "NoRunAlarm": ("Maximum", DAY, 1, ">", 26, "breaching"),
    "WithheldAlarm": ("Maximum", DAY, 1, ">", 0, "notBreaching"),
    "PartialAlarm": ("Maximum", DAY, 1, ">", 72, "notBreaching"),
    "UnconfirmedAlarm": ("Maximum", DAY, 2, ">", 0, "notBreaching"),
    "LoginRefusedAlarm": ("Sum", HOUR, 1, ">", 0, "notBreaching"),
    "LoginEndingAlarm": ("Minimum", DAY, 1, "<", 4, "notBreaching"),
    "ParkedGrowingAlarm": ("Sum", DAY, 3, ">", 0, "notBreaching"),
    "LongRunAlarm": ("Maximum", HOUR, 1, ">", 6 * HOUR, "notBreaching"),
    "SchedulesAlarm": ("Sum", DAY, 2, "<", 12, "breaching"),
}


def test_alarms_are_set_as_they_are_explained() -> None:
    signs = {"GreaterThanThreshold": ">", "LessThanThreshold": "<"}
    told = {
        name: (
            one["Statistic"],
            one["Period"],
            one["EvaluationPeriods"],
            signs[one["ComparisonOperator"]],
            one["Threshold"],
            Template(TEMPLATE).resolved(one["TreatMissingData"]),
        )
        for name, one in ALARMS.items()
    }
    assert told == SETTINGS
    disabled = Template(TEMPLATE, SchedulesState="DISABLED")
    assert disabled.resolved(ALARMS["NoRunAlarm"]["TreatMissingData"]) == "notBreaching"


def test_metrics_have_the_dimensions_that_are_searched_for_also_as_deployed() -> None:
    """In an environment as the template makes it: Powertools would add the service's name."""
    variables = Template(TEMPLATE).resolved(
        {**TEMPLATE["Globals"]["Function"]["Environment"]["Variables"], "STATE_TABLE": "t"}
    )
    says = (
        "from content_sync.observability import measure;"
        "measure({'provider': 'go1', 'integration': 'd', 'kind': 'stats'}, parked_rows=1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", says],
        env={**variables, "PYTHONPATH": str(ROOT / "shared")},
        capture_output=True,
        text=True,
        check=True,
    )
    (measured,) = json.loads(done.stdout)["_aws"]["CloudWatchMetrics"]
    assert measured["Namespace"] == "ContentSync"
    assert measured["Dimensions"] == [["stack", "provider", "integration", "kind"], ["stack"]]


def test_that_schedules_fire_is_told_where_nothing_is_active(house: House) -> None:
    (line,) = [one for one in published(house, "go1_catalog", {}) if "_aws" in one]
    assert (line["hours_since_run"], line["stack"]) == ([0.0], "content-sync")
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stack"]]


@pytest.mark.parametrize("name", sorted(OURS.keys() - ELSEWHERE))
def test_what_an_alarm_watches_is_published_of_the_stack(
    house: House, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_NAME", "my-stack")
    metric = OURS[name]["MetricName"]
    courses = at_home(house, 20)
    known(house, "a@example.com")
    GO1.put_rows(house.sandbox, [GO1.row("a@example.com", "36000001")])
    lines = published(house, "go1_catalog", {"integration": "default"})
    lines += published(house, "go1_stats", {"integration": "default"})
    # A tenth left at once, more than the brake admits.
    GO1.put(house.sandbox, courses[:5])
    lines += published(house, "go1_catalog", {"integration": "default"})
    lines += published(house, "go1_catalog", {})
    house.sandbox.learning360.scopes = frozenset()
    with pytest.raises(Exception, match="scope"):
        published(house, "go1_catalog", {"integration": "default"})
    assert values(lines, metric), metric
    for line in (line for line in lines if metric in line):
        (measured,) = line["_aws"]["CloudWatchMetrics"]
        assert measured["Namespace"] == "ContentSync"
        assert ["stack"] in measured["Dimensions"]
        assert line["stack"] == "my-stack"


def test_a_run_that_failed_is_published(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    at_home(house, 1)
    house.sandbox.learning360.scopes = frozenset()
    with pytest.raises(Exception, match="scope"):
        house.call("go1_catalog", {"integration": "default"})
    assert '"run_failed":[1.0]' in capsys.readouterr().out


def test_withheld_archives_are_more_than_the_threshold(house: House) -> None:
    courses = at_home(house, 20)
    published(house, "go1_catalog", {"integration": "default"})
    GO1.put(house.sandbox, courses[:5])
    (withheld,) = values(published(house, "go1_catalog", {"integration": "default"}), "withheld")
    assert withheld == 15 > OURS["WithheldAlarm"]["Threshold"]


def test_the_age_of_a_run_is_told_by_who_dispatches(house: House) -> None:
    at_home(house, 3)
    ages = values(published(house, "go1_catalog", {}), "hours_since_run")
    assert len(ages) == 3, "of both kinds, and of the stack: the other's schedule may not fire"
    assert max(ages) < 0.1, "of one that never ran, since its activation"
    published(house, "go1_catalog", {"integration": "default"})
    table, long_ago = Table(TABLE), to_iso(now() - 30 * 3_600_000)
    ((sk, report),) = table.query("go1#default", "run#catalog#")
    table.write("go1#default", Put(sk, {**report, "finished_at": long_ago}))
    age = max(values(published(house, "go1_stats", {}), "hours_since_run"))
    assert age == pytest.approx(30, abs=0.1)
    assert age > OURS["NoRunAlarm"]["Threshold"]
    # A failed one did not come to its end.
    table.write("go1#default", Put(sk, {**report, "status": "failed"}))
    ages = values(published(house, "go1_catalog", {}), "hours_since_run")
    assert max(ages) < 0.1


def test_that_the_age_cannot_be_told_fails_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from content_sync.errors import AwsUnavailable

    at_home(house, 1)

    def fails(*_: Any, **__: Any) -> Any:
        raise AwsUnavailable("not now")

    monkeypatch.setattr("content_sync.sync.dispatch.last_report", fails)
    assert house.call("go1_catalog", {}) == {"dispatched": ["default"]}


def test_a_refused_login_is_told_apart_from_other_failures(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    at_home(house, 1)
    refusal = {"error": "invalid_client"}
    house.sandbox.traffic.faults.append(
        Fault("POST /go1/oauth/token", status=401, body=refusal, times=9)
    )
    with pytest.raises(LoginRefused):
        house.call("go1_catalog", {"integration": "default"})
    assert '"login_refused":[1.0]' in capsys.readouterr().out
    house.sandbox.traffic.faults.clear()
    house.sandbox.learning360.scopes = frozenset()
    with pytest.raises(Exception, match="scope"):
        house.call("go1_catalog", {"integration": "default"})
    assert "login_refused" not in capsys.readouterr().out


def test_progress_that_begins_to_wait_is_told_as_growth(house: House) -> None:
    at_home(house, 3)
    published(house, "go1_catalog", {"integration": "default"})
    mails = ["a@example.com", "b@example.com"]
    GO1.put_rows(house.sandbox, [GO1.row(mail, GO1.external_id(1)) for mail in mails])

    def stats(**event: Any) -> tuple[list[float], list[float]]:
        lines = published(house, "go1_stats", {"integration": "default", **event})
        return values(lines, "parked_rows"), values(lines, "parked_growth")

    assert stats(mode="plan") == ([], [])
    assert stats() == ([2], [2])
    assert stats() == ([2], [0])
    known(house, "a@example.com")
    # What one integration lost must not hide what another gained.
    assert stats() == ([1], [0])


def test_how_long_a_run_goes_on_is_told_by_each_of_its_invocations(house: House) -> None:
    at_home(house, 130)
    house.take_time()
    house.sandbox.learning360.operation_seconds = 30
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert house.call("go1_catalog", {"integration": "default"}, seconds=1)["status"]
    event = house.invoked[-1][1]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=7), tick=True):
        lines = published(house, "go1_catalog", event)
    (seconds,) = values(lines, "run_seconds")
    assert seconds > OURS["LongRunAlarm"]["Threshold"]


def test_as_many_schedules_are_expected_to_fire_as_there_are() -> None:
    alarm = ALARMS["SchedulesAlarm"]
    firings = sum(
        len(schedule.times)
        for provider in PROVIDERS.values()
        for schedule in provider.schedules.values()
    )
    assert alarm["Threshold"] == firings
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    group = {"Ref": "Schedules"}
    assert alarm["Dimensions"] == [{"Name": "ScheduleGroup", "Value": group}]
    groups = [
        event["Properties"]["GroupName"]
        for properties in FUNCTIONS.values()
        for event in properties.get("Events", {}).values()
    ]
    assert groups == [group] * (2 * len(PROVIDERS))


def test_the_dashboard_shows_what_is_published(house: House) -> None:
    body = Template(TEMPLATE).resolved(TEMPLATE["Resources"]["Dashboard"]["Properties"])
    widgets = json.loads(body["DashboardBody"])["widgets"]
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        place = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not taken & place, widget["properties"]["title"]
        assert all(x < 24 for x, _ in place)
        taken |= place
    alarms = {arn.rpartition(":")[2] for arn in widgets[0]["properties"]["alarms"]}
    assert alarms == {Template(TEMPLATE).resolved(one["AlarmName"]) for one in ALARMS.values()}
    searches = [
        one["expression"] for widget in widgets[1:] for (one,) in widget["properties"]["metrics"]
    ]
    searched = {re.findall(r'MetricName="(\w+)"', one)[0] for one in searches}
    assert all('stack="content-sync"' in one for one in searches)
    assert all("{ContentSync,stack,provider,integration,kind}" in one for one in searches)
    at_home(house, 3)
    lines = published(house, "go1_catalog", {"integration": "default"})
    lines += published(house, "go1_stats", {"integration": "default"})
    lines += published(house, "go1_stats", {})
    told = {name for line in lines for name in line}
    # How else a run may end, and another provider's.
    assert searched <= told | {"run_partial", "run_failed", "login_days_left"}
    measured = next(line for line in lines if "created" in line)["_aws"]["CloudWatchMetrics"][0]
    assert ["stack", "provider", "integration", "kind"] in measured["Dimensions"]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_to_do_and_tells_when_it_is_over(name: str) -> None:
    alarm = ALARMS[name]
    assert "content-sync " in alarm["AlarmDescription"]
    assert alarm["AlarmActions"] == alarm["OKActions"]
    topic = "arn:aws:sns:eu-west-3:123456789012:alarms"
    for arn, mail in ((topic, ""), ("", "a@example.com"), (topic, "a@example.com"), ("", "")):
        told = Template(TEMPLATE, AlarmTopicArn=arn, AlarmEmail=mail, AlarmTopic="the-topic")
        expected = [*([arn] if arn else []), *(["the-topic"] if mail else [])]
        assert told.resolved(alarm["AlarmActions"]) == expected, "both, where there are both"
    named = alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Alarms")[2]
    assert re.search(rf"^### {named}\n\n.+\*\*Do:\*\*", section.partition("\n## ")[0], re.M | re.S)

"""Alarms watch what is published, say what to do, and are explained."""

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from content_sync.fields.instants import now, to_iso
from content_sync.state.table import Put, Table
from tests.helpers import GO1, at_home, known
from tests.house import TABLE, House
from tests.template.test_template import TEMPLATE

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


@pytest.mark.parametrize("name", OURS)
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
    if metric == "run_failed":
        return  # What it printed went with the exception; see below.
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
    (age,) = values(published(house, "go1_catalog", {}), "hours_since_run")
    assert age < 0.1, "of one that never ran, since its activation"
    published(house, "go1_catalog", {"integration": "default"})
    table, long_ago = Table(TABLE), to_iso(now() - 30 * 3_600_000)
    ((sk, report),) = table.query("go1#default", "run#catalog#")
    table.write("go1#default", Put(sk, {**report, "finished_at": long_ago}))
    (age,) = values(published(house, "go1_catalog", {}), "hours_since_run")
    assert age == pytest.approx(30, abs=0.1)
    assert age > OURS["NoRunAlarm"]["Threshold"]
    # A failed one did not come to its end.
    table.write("go1#default", Put(sk, {**report, "status": "failed"}))
    (age,) = values(published(house, "go1_catalog", {}), "hours_since_run")
    assert age < 0.1


def test_that_the_age_cannot_be_told_fails_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from content_sync.errors import AwsUnavailable

    at_home(house, 1)

    def fails(*_: Any, **__: Any) -> Any:
        raise AwsUnavailable("not now")

    monkeypatch.setattr("content_sync.sync.dispatch.last_report", fails)
    assert house.call("go1_catalog", {}) == {"dispatched": ["default"]}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_to_do_and_tells_when_it_is_over(name: str) -> None:
    alarm = ALARMS[name]
    assert "content-sync " in alarm["AlarmDescription"]
    assert alarm["AlarmActions"] == alarm["OKActions"]
    assert alarm["AlarmActions"]["Fn::If"][0] == "TellsSomebody"
    named = alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Alarms")[2]
    assert re.search(rf"^\| `{named}` \|", section.partition("\n## ")[0], re.MULTILINE)

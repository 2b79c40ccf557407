"""What the page says of costs is what the program publishes and the template has."""

import re
from pathlib import Path
from typing import Any

from content_sync.providers.openclassrooms.api import CALLS_PER_SECOND
from content_sync.providers.registry import PROVIDERS
from tests.benchmarks import costs
from tests.benchmarks.plain import plain
from tests.helpers import at_home
from tests.house import House
from tests.template.test_alarms import ALARMS, published
from tests.template.test_template import TEMPLATE

PAGE = (
    (Path(__file__).parents[2] / "docs" / "deploy.md").read_text().partition("## What it costs")[2]
)


def row(name: str) -> tuple[float, str]:
    """A row's dollars and its arithmetic."""
    found = re.search(rf"^\| \**{name}\** \| \**\$([\d.]+)\** \| (.*)\|$", PAGE, re.MULTILINE)
    assert found, name
    return float(found[1]), found[2].strip()


def metrics_of(house: House, function: str, event: dict[str, str]) -> int:
    """How many metrics an invocation publishes of an integration; of kinds, each is one."""
    return sum(
        len(measured["Metrics"])
        for line in published(house, function, event)
        if "_aws" in line
        for measured in line["_aws"]["CloudWatchMetrics"]
    )


def test_metrics_are_those_that_are_published(house: House) -> None:
    at_home(house, 3)
    runs = [
        metrics_of(house, f"go1_{kind}", {"integration": "default"})
        for kind in ("catalog", "stats")
    ]
    # One is of the stack as a whole.
    ages = metrics_of(house, "go1_catalog", {}) - 1
    assert {"catalog": runs[0], "stats": runs[1]} == costs.METRICS
    assert ages == costs.AGES
    told = f"{runs[0]} of a catalogue run, {runs[1]} of a statistics run, and {ages} ages whenever"
    assert told in " ".join(PAGE.split())
    hours = sum(runs) + 2 * ages
    dollars, arithmetic = row("metrics of the stack as a whole")
    assert arithmetic.startswith(f"({runs[0]} + {runs[1]} + {2 * ages}) in about two hours a day")
    assert abs(dollars - 2 * hours * 30 * costs.METRIC_HOUR) < 0.05


def test_a_metric_counts_in_each_hour_in_which_it_is_told() -> None:
    # OpenClassrooms runs in one hour of the day, Go1 in four, three of which are for statistics.
    assert costs.metric_hours("openclassrooms") == 12 + 15 + 4
    assert costs.metric_hours("go1") == 12 + 3 * 15 + 4 * 4


def test_alarms_are_those_of_the_template() -> None:
    dollars, arithmetic = row("alarms")
    assert arithmetic.startswith(f"{len(ALARMS)} at")
    assert dollars == round(len(ALARMS) * 0.10, 2)


def test_sums_are_right() -> None:
    each = ("its secret", "DynamoDB, kept and backed up", "logs")
    stack = ("alarms", "metrics of the stack as a whole", "the platform's secret")
    assert row("Each integration")[0] == round(sum(row(name)[0] for name in each), 2)
    assert row("The stack")[0] == round(sum(row(name)[0] for name in stack), 2)
    assert list(costs.fixed(PAGE)) == [row("Each integration")[0], row("The stack")[0]]


def cells(line: str) -> list[str]:
    """A table's cells, without what makes numbers readable."""
    return [re.sub("[$,]", "", cell).strip() for cell in line.strip("|\n ").split(" | ")]


def test_what_the_work_costs_follows_from_what_was_measured() -> None:
    measured = PAGE.partition("<!-- costs -->\n")[2].partition("<!-- end of costs -->")[0]
    first, second = (
        [cells(line) for line in table.splitlines() if not line.startswith("| ---")]
        for table in measured.strip().split("\n\n")[:2]
    )
    each, stack = costs.fixed(PAGE)
    months = {}
    shown = {one.display_name: name for name, one in PROVIDERS.items()}
    for name, seconds, _requests, units, hours, compute, dynamodb, metrics, whole in first[1:]:
        assert int(hours) == costs.metric_hours(shown[name])
        assert abs(float(metrics) - int(hours) * 30 * costs.METRIC_HOUR) < 0.01
        read, written = re.split(r" ", units)
        # The page's seconds and units are rounded.
        assert abs(float(compute) - float(seconds) * 30 * 0.0000133334) < 0.01
        dollars = (int(read) * 0.125 + int(written) * 0.625) * 30 / 1_000_000
        assert abs(float(dynamodb) - dollars) < 0.01
        parts = float(compute) + float(dynamodb) + float(metrics)
        assert abs(float(whole) - (each + parts)) < 0.02
        months[name] = float(whole)
    assert sorted(months) == sorted(one.display_name for one in PROVIDERS.values())
    names = second[0][1:]
    assert [cells[0] for cells in second[1:]] == ["1", "10", "1000"]
    for many, *dollars in second[1:]:
        for name, month in zip(names, dollars, strict=True):
            assert abs(float(month) - (stack + int(many) * months[name])) < 0.01 * int(many)


def test_the_page_s_assumptions_are_the_program_s() -> None:
    assert TEMPLATE["Parameters"]["MemorySize"]["Default"] == costs.GIGABYTES * 1024
    assert plain("openclassrooms").learners_a_second == CALLS_PER_SECOND


def test_a_day_is_what_its_runs_take_in_proportion_to_what_was_measured() -> None:
    def measured(kind: str, size: int, seconds: float) -> dict[str, Any]:
        named = {"provider": "go1", "kind": kind, "case": "changed", "latency_ms": 50}
        work = {"seconds": seconds, "requests": 100, "read_units": 10, "write_units": 20}
        return named | work | {"size": size}

    small, near = measured("stats", 1_000, 99.0), measured("stats", 20_000, 3.0)
    beyond = measured("stats", 1_000_000, 99.0)
    rows = [small, near, beyond, measured("catalog", 10_000, 2.0)]
    day = costs.runs(rows, "go1", "changed", a_day=True)
    # A catalogue, and three times ten times the statistics, with a call for each learner whom the
    # listing does not tell, eight side by side.
    beyond = 20_000 - 10_000
    seconds = 0.5 + 2 + 3 * (0.5 + 30 + beyond * 0.05 / 8)
    assert day == costs.Work(seconds, 3100 + 3 * beyond, 310, 620)
    unmeasured = next(name for name in PROVIDERS if name != "go1")
    assert costs.runs(rows, unmeasured, "changed", a_day=True) is None

"""What the page says of costs is what the program publishes and the template has."""

import re
from pathlib import Path

from tests.helpers import at_home
from tests.house import House
from tests.template.test_alarms import ALARMS, published

PAGE = (
    (Path(__file__).parents[2] / "docs" / "deploy.md").read_text().partition("## What it costs")[2]
)
METRIC_HOUR = 0.30 / 730


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
    dollars, arithmetic = row("its metrics")
    assert (
        f"{runs[0]} of a catalogue run, {runs[1]} of a statistics run, and {ages} ages"
        in arithmetic
    )
    hours = sum(runs) + 2 * ages
    assert f"({runs[0]} + {runs[1]} + {2 * ages}) metric-hours" in arithmetic
    assert dollars == round(hours * 30 * METRIC_HOUR, 2)
    assert abs(row("metrics of the stack as a whole")[0] - 2 * hours * 30 * METRIC_HOUR) < 0.05


def test_alarms_are_those_of_the_template() -> None:
    dollars, arithmetic = row("alarms")
    assert arithmetic.startswith(f"{len(ALARMS)} at")
    assert dollars == round(len(ALARMS) * 0.10, 2)


def test_sums_are_right() -> None:
    each = (
        "its secret",
        "its metrics",
        "Lambda",
        "DynamoDB, requests",
        "DynamoDB, kept and backed up",
        "logs",
    )
    stack = ("alarms", "metrics of the stack as a whole", "the platform's secret")
    integration, fixed = row("Each integration")[0], row("The stack")[0]
    assert integration == round(sum(row(name)[0] for name in each), 2)
    assert fixed == round(sum(row(name)[0] for name in stack), 2)
    for many, said in re.findall(
        r"^\| ([\d,]+) \| \$2.36 \+ .*?= \*\*\$([\d.]+)\*\*", PAGE, re.MULTILINE
    ):
        total = fixed + int(many.replace(",", "")) * integration
        assert abs(float(said) - total) < 0.5

"""What an integration costs a month, from a measured day: the figures of docs/deploy.md.

Prices are AWS's lists for us-east-1 of 2025, without free tiers:
https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/dynamodb/pricing/on-demand/
and https://aws.amazon.com/cloudwatch/pricing/ (a metric counts in the hours in which it is told).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from content_sync.providers.registry import PROVIDERS
from tests.benchmarks.plain import plain

COURSES, LEARNERS = 10_000, 20_000
# Ten attempts a learner, as in all of the benchmark's data.
SIZES = {"catalog": COURSES, "stats": 10 * LEARNERS}
LATENCY = 50
DAYS = 30
# Of each function, as the template has it.
GIGABYTES = 1.0
# What begins with an invocation: the handler's import and its clients.
SECONDS_TO_BEGIN = 0.5
GB_SECOND, READ, WRITE = 0.0000133334, 0.125 / 1_000_000, 0.625 / 1_000_000
METRIC_HOUR = 0.30 / 730
# What a run of each kind tells of its integration, and what each firing tells of it: ages.
METRICS = {"catalog": 12, "stats": 15}
AGES = 4
MANY = (1, 10, 1000)

Row = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """What some runs take.

    Attributes:
        seconds: Of one function, from its first import to its last answer.
        requests: To the provider and to 360Learning.
        read_units: Of DynamoDB.
        write_units: Of DynamoDB.
    """

    seconds: float = 0.0
    requests: float = 0.0
    read_units: float = 0.0
    write_units: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.seconds + other.seconds,
            self.requests + other.requests,
            self.read_units + other.read_units,
            self.write_units + other.write_units,
        )

    def times(self, number: float) -> "Work":
        """Return so many times the work."""
        return Work(
            *(number * one for one in (self.seconds, self.requests)),
            *(number * one for one in (self.read_units, self.write_units)),
        )

    @property
    def compute(self) -> float:
        """Return what Lambda takes for it, in dollars."""
        return self.seconds * GIGABYTES * GB_SECOND

    @property
    def units(self) -> float:
        """Return what DynamoDB takes for it, in dollars."""
        return self.read_units * READ + self.write_units * WRITE


def tables(rows: list[Row], page: str) -> Iterator[str]:
    """Yield the lines of the figures.

    Args:
        rows: Of `build/benchmarks.json`.
        page: The page, with the sums of what does not depend on the work.
    """
    each, stack = fixed(page)
    metrics = {name: metric_hours(name) * DAYS * METRIC_HOUR for name in PROVIDERS}
    days = {
        name: work + weekly(rows, name).times(1 / 7)
        for name in sorted(PROVIDERS)
        if (work := runs(rows, name, "changed", a_day=True)) is not None
    }
    yield (
        "| Provider | seconds a day | requests a day | units read and written a day "
        "| metric-hours a day | Lambda | DynamoDB | metrics | with the above |"
    )
    yield "| --- |" + " ---: |" * 8
    for name, work in days.items():
        month = work.times(DAYS)
        yield (
            f"| {_title(name)} | {work.seconds:,.0f} | {work.requests:,.0f} "
            f"| {work.read_units:,.0f}, {work.write_units:,.0f} | {metric_hours(name)} "
            f"| ${month.compute:.2f} | ${month.units:.2f} | ${metrics[name]:.2f} "
            f"| ${each + metrics[name] + cost(month):.2f} |"
        )
    yield ""
    yield "| Integrations | " + " | ".join(_title(name) for name in days) + " |"
    yield "| --- |" + " ---: |" * len(days)
    for many in MANY:
        months = (
            stack + many * (each + metrics[name] + cost(work.times(DAYS)))
            for name, work in days.items()
        )
        yield f"| {many:,} | " + " | ".join(f"${month:,.2f}" for month in months) + " |"
    firsts = [one for name in days if (one := runs(rows, name, "first")) is not None]
    yield ""
    yield (
        f"The first two runs cost ${min(map(cost, firsts)):.2f} to ${max(map(cost, firsts)):.2f} "
        "once."
    )


def weekly(rows: list[Row], provider: str) -> Work:
    """Return what the reading of all statistics takes, where else only a part is read."""
    return _measured(rows, provider, "stats", "whole", SIZES["stats"]) or Work()


def metric_hours(provider: str) -> int:
    """Return in how many hours of a day CloudWatch counts a metric of an integration, summed up."""
    schedules = PROVIDERS[provider].schedules
    hours = {kind: {time.hour for time in one.times} for kind, one in schedules.items()}
    ages = AGES * len(set().union(*hours.values()))
    return sum(METRICS[kind] * len(found) for kind, found in hours.items()) + ages


def runs(rows: list[Row], provider: str, case: str, *, a_day: bool = False) -> Work | None:
    """Return what the runs of both kinds take, once or as often as on a day; None if unmeasured."""
    whole = Work()
    for kind, size in SIZES.items():
        measured = _measured(rows, provider, kind, case, size)
        if measured is None:
            return None
        firings = len(PROVIDERS[provider].schedules[kind].times) if a_day else 1
        whole += measured.times(firings)
    return whole


def _measured(rows: list[Row], provider: str, kind: str, case: str, size: int) -> Work | None:
    """Return what one run takes: as measured at the size that is nearest, in proportion."""
    wanted = {"provider": provider, "kind": kind, "case": case, "latency_ms": LATENCY}
    found = [row for row in rows if wanted.items() <= row.items() and row["size"] <= size]
    if not found:
        return None
    row = max(found, key=lambda row: int(row["size"]))
    # A provider with fewer courses has no more.
    has = plain(provider).courses if kind == "catalog" else None
    times = (has or size) / row["size"]
    seconds, calls = times * row["seconds"], 0
    if kind == "stats":
        seconds = max(seconds, LEARNERS / plain(provider).learners_a_second)
        if (listed := plain(provider).listed_learners) is not None:
            calls = max(0, LEARNERS - listed)
            seconds += calls * LATENCY / 1000 / plain(provider).parallel
    return Work(
        SECONDS_TO_BEGIN + seconds,
        times * row["requests"] + calls,
        times * row["read_units"],
        times * row["write_units"],
    )


def fixed(page: str) -> Sequence[float]:
    """Return what each integration and the stack cost, whatever they do, as the page says."""
    return [
        float(re.findall(rf"^\| \*\*{name}\*\* \| \*\*\$([\d.]+)\*\*", page, re.MULTILINE)[0])
        for name in ("Each integration", "The stack")
    ]


def cost(work: Work) -> float:
    """Return what some work costs, in dollars."""
    return work.compute + work.units


def _title(name: str) -> str:
    return PROVIDERS[name].display_name

"""Puts the latest figures into docs/benchmarks.md and docs/deploy.md: `make bench-page`.

Only what stands between a page's two marks is written; the words around it are somebody's.
"""

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from console.page.charts import without_scripts
from sandbox.local_aws import ROOT
from tests.benchmarks.costs import tables
from tests.benchmarks.judging import missed, not_linear, own

PAGE = ROOT / "docs" / "benchmarks.md"
COSTS = ROOT / "docs" / "deploy.md"
CHART = ROOT / "docs" / "images" / "benchmarks.svg"
RESULTS = ROOT / "build" / "benchmarks.json"
COLD = ROOT / "build" / "coldstarts.json"
PEERS = ("script", "dlt", "singer")
# Told apart by people who do not see all colours (Okabe and Ito).
COLOURS = ("#0072b2", "#e69f00", "#56b4e9", "#cc79a7")
# Where bars begin: the axis is logarithmic, and what is faster than the floor is to be seen, too.
SHORTEST_BAR = 0.3
KINDS = {"catalog": "Catalogues", "stats": "Statistics"}

Row = dict[str, Any]


def main() -> int:
    """Write page and chart; return the exit code."""
    rows = json.loads(RESULTS.read_text())
    cold = json.loads(COLD.read_text()) if COLD.exists() else {}
    put(PAGE, "figures", figures(rows, cold))
    put(COSTS, "costs", tables(rows, COSTS.read_text()))
    CHART.write_text(chart(rows))
    print("written:", *(path.relative_to(ROOT) for path in (PAGE, COSTS, CHART)))
    return 0


def put(page: Path, name: str, lines: Iterable[str]) -> None:
    """Put lines between a page's two marks of a name.

    Raises:
        ValueError: The page has none.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page.name} has no marks of {name}")
    made = "\n".join(lines)
    page.write_text(f"{before}{begin}\n{made}\n{end}{after}")


def figures(rows: list[Row], cold: Row) -> Iterator[str]:
    """Yield the lines of the figures."""
    yield (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {machine()}. Each row tells the medians of "
        f"{_times(len(row['runs']) for row in rows)} with differing seeds, in which the "
        "contenders took turns."
    )
    yield ""
    yield "![Unchanged runs at 50 ms, as times of the floor](images/benchmarks.svg)"
    for kind, heading in KINDS.items():
        for latency in sorted({row["latency_ms"] for row in rows}, reverse=True):
            chosen = [r for r in rows if (r["kind"], r["latency_ms"]) == (kind, latency)]
            if chosen:
                yield from ("", f"### {heading}, {latency} ms an answer", "")
                yield from table(chosen)
    faults = [*(fault for row in rows for fault in missed(row)), *not_linear(rows)]
    yield from ("", f"### Targets that are missed: {len(faults)}", "")
    yield from (f"- {fault}" for fault in faults)
    if cold:
        yield from ("", "### Cold starts", "")
        yield from cold_starts(cold)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one table."""
    yield (
        "| provider | size | case | ours, s | AWS, s | floor, s | ours : floor | script, s "
        "| dlt, s | singer, s | processor, s | peak MB | requests | DynamoDB KB "
        "| units written, read |"
    )
    yield "| --- | ---: | --- |" + " ---: |" * 12
    order = {"first": 0, "unchanged": 1, "changed": 2}
    for row in sorted(rows, key=lambda r: (r["provider"], r["size"], order[r["case"]])):
        peers = (row["peers"].get(peer) for peer in PEERS)
        cells = [
            row["provider"],
            f"{row['size']:,}",
            row["case"],
            f"{own(row):.2f}",
            f"{row['aws_seconds']:.2f}",
            f"{row['floor_seconds']:.2f}",
            f"{own(row) / row['floor_seconds']:.2f}",
            *(_against(seconds, own(row)) for seconds in peers),
            f"{row['cpu_seconds']:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['requests']:,.0f}",
            f"{row['dynamodb_bytes'] / 1000:,.0f}",
            f"{row['write_units']:,.0f}, {row['read_units']:,.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _against(seconds: float | None, mine: float) -> str:
    """Return a peer's seconds, marked where it is the faster one."""
    if seconds is None:
        return "–"
    return f"**{seconds:.2f}**" if seconds <= mine else f"{seconds:.2f}"


def cold_starts(cold: Row) -> Iterator[str]:
    """Yield what a cold start takes."""
    yield "| handler | import, s | its packages' alone, s | ratio | modules |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for row in cold["imports"]:
        ratio = row["seconds"] / row["packages_seconds"]
        yield (
            f"| {row['function']} | {row['seconds']:.3f} | {row['packages_seconds']:.3f} "
            f"| {ratio:.2f} | {row['modules']} |"
        )
    first = cold["first"]
    yield ""
    yield (
        f"First invocation of `{first['function']}` in AWS's runtime interface emulator, from the "
        f"request to the answer: {first['compiled']:.2f} s with the layer compiled "
        f"({first['layer_mb']:.1f} MB), {first['sources']:.2f} s without "
        f"({first['sources_mb']:.1f} MB)."
    )


def chart(rows: list[Row]) -> str:
    """Return a chart of the daily case: unchanged runs at the highest latency."""
    latency = max(row["latency_ms"] for row in rows)
    daily = [r for r in rows if (r["case"], r["latency_ms"]) == ("unchanged", latency)]
    daily = [r for r in daily if len(r["peers"]) == len(PEERS)]
    largest = {(r["provider"], r["kind"]): r for r in sorted(daily, key=lambda r: r["size"])}
    chosen = [largest[key] for key in sorted(largest)]
    longest = max((max(row["peers"].values()) / row["floor_seconds"] for row in chosen), default=1)
    bars = pygal.Bar(
        width=1000,
        height=420,
        logarithmic=True,
        js=[],
        disable_xml_declaration=True,
        legend_at_bottom=True,
        x_label_rotation=25,
        y_title="times the floor",
        range=(SHORTEST_BAR, 1.1 * longest),
        style=Style(colors=COLOURS, background="#ffffff", plot_background="#ffffff", opacity="1"),
    )
    bars.x_labels = [f"{row['provider']} {row['kind']}" for row in chosen]
    bars.add("content-sync", [round(own(row) / row["floor_seconds"], 2) for row in chosen])
    for peer in PEERS:
        of_peer = [round(row["peers"][peer] / row["floor_seconds"], 2) for row in chosen]
        bars.add(peer, of_peer)
    bars.add_xml_filter(without_scripts)
    drawn: str = bars.render(is_unicode=True)
    return f"{drawn.strip()}\n"


def machine() -> str:
    """Return what machine this is, as far as it matters."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return (
        f"{os.cpu_count()} shared cores ({platform.machine()}, {_processor()}), {memory:.0f} GB, "
        f"{python}, on which the program, the simulated services and the local AWS ran at once"
    )


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _times(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    if found == [1]:
        return "one run"
    return f"{found[0]} runs" if len(found) == 1 else f"{found[0]} to {found[-1]} runs"


if __name__ == "__main__":
    sys.exit(main())

"""Puts the latest figures into docs/benchmarks.md and docs/deploy.md: `make bench-page`.

Only what stands between a page's two marks is written; the words around it are somebody's. The
rows with all their runs are kept beside the page, for the next figures to be held against, until
the same scene is measured anew.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from console.page.charts import without_scripts
from sandbox.local_aws import ROOT
from tests.benchmarks.costs import tables
from tests.benchmarks.judging import faster_with_aws, missed, own, title

PAGE = ROOT / "docs" / "benchmarks.md"
COSTS = ROOT / "docs" / "deploy.md"
CHARTS = ROOT / "docs" / "images"
RESULTS = ROOT / "build" / "benchmarks.json"
COLD = ROOT / "build" / "coldstarts.json"
KEPT = ROOT / "docs" / "benchmarks.json"
PEERS = ("script", "dlt", "singer")
# Of fewer runs a median tells too little to be kept.
FEWEST_RUNS = 3
# Told apart by people who do not see all colours (Okabe and Ito).
COLOURS = ("#0072b2", "#999999", "#e69f00", "#56b4e9", "#cc79a7")
# Where bars begin: the axis is logarithmic, and what is faster than the floor is to be seen, too.
SHORTEST_BAR = 0.3
KINDS = {"catalog": "Catalogues", "stats": "Statistics"}
CASES = ("first", "unchanged", "changed", "whole")
DRAWN = CASES[:3]

Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """What was measured.

    Attributes:
        rows: One for each scene and case.
        cold: The cold starts; empty where they were not measured.
    """

    rows: list[Row]
    cold: Row

    @classmethod
    def read(cls, path: Path) -> "Figures":
        """Return the figures that are kept in a file; none where there is no file."""
        if not path.exists():
            return cls([], {})
        return cls(**json.loads(path.read_text()))

    def renewed(self, rows: Iterable[Row], cold: Row) -> "Figures":
        """Return these figures, with those that were measured since in the place of the same."""
        enough = [row for row in rows if len(row["runs"]) >= FEWEST_RUNS]
        return Figures(merged(self.rows, enough), cold or self.cold)

    def write(self, path: Path) -> None:
        """Keep them in a file, a row a line."""
        rows = ",\n".join(json.dumps(row) for row in self.rows)
        path.write_text(f'{{"rows": [\n{rows}\n],\n"cold": {json.dumps(self.cold)}}}\n')


def main() -> int:
    """Write pages, chart and what is kept; return the exit code."""
    cold = json.loads(COLD.read_text()) if COLD.exists() else {}
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    measured = Figures.read(KEPT).renewed(rows, cold)
    put(PAGE, "figures", figures(measured))
    put(COSTS, "costs", tables(measured.rows, COSTS.read_text()))
    for case in DRAWN:
        (CHARTS / drawing(case)).write_text(chart(measured.rows, case))
    measured.write(KEPT)
    print("written:", *(path.relative_to(ROOT) for path in (PAGE, COSTS, CHARTS, KEPT)))
    return 0


def merged(rows: Iterable[Row], newer: Iterable[Row]) -> list[Row]:
    """Return rows in their order, each newer one in the place of that of the same scene and case.

    Args:
        rows: What was measured before.
        newer: What was measured since.
    """
    latest = {title(row): row for row in [*rows, *newer]}
    return sorted(latest.values(), key=lambda r: (r["kind"], *_place(r), r["latency_ms"]))


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


def figures(measured: Figures) -> Iterator[str]:
    """Yield the lines of the figures."""
    rows, cold = measured.rows, measured.cold
    yield (
        f"Measured {_sittings(rows)}, on which the program, the simulated services and the local "
        "AWS ran at once. Each row tells the medians of "
        f"{_times(len(row['runs']) for row in rows)}, on data of seeds that were drawn for the "
        "sitting; [benchmarks.json](benchmarks.json) has each run."
    )
    yield ""
    for case in DRAWN:
        said = f"{case.capitalize()} runs of the largest size with all peers, as times of the floor"
        yield f"![{said}](images/{drawing(case)})"
    yield from ("", "### On how many rows a peer is faster", "")
    yield from overview(rows)
    for kind, heading in KINDS.items():
        for latency in sorted({row["latency_ms"] for row in rows}, reverse=True):
            chosen = [r for r in rows if (r["kind"], r["latency_ms"]) == (kind, latency)]
            if chosen:
                yield from ("", f"### {heading}, {latency} ms an answer", "")
                yield from table(chosen)
    yield from ("", "### Processor time and memory, beside the peers'", "")
    yield from resources(rows)
    misses: dict[str, list[str]] = {}
    for miss in missed(rows, cold):
        misses.setdefault(miss.what, []).append(miss.said)
    yield from ("", f"### Targets that are missed: {sum(map(len, misses.values()))}", "")
    yield from (f"- {what}: {'; '.join(said)}" for what, said in misses.items())
    counted = list(faster_with_aws(rows))
    yield from ("", f"### Were AWS's seconds ours, a peer were also faster on: {len(counted)}", "")
    yield from (f"- {one}" for one in counted)
    if cold:
        yield from ("", "### Cold starts", "")
        yield from cold_starts(cold)


def overview(rows: list[Row]) -> Iterator[str]:
    """Yield on how many rows each peer is faster, and the floor's target is missed, as a table."""
    yield f"| | case | {' | '.join(PEERS)} | a peer | beyond the floor's target |"
    yield "| --- | --- |" + " ---: |" * (len(PEERS) + 2)
    latencies = sorted({row["latency_ms"] for row in rows}, reverse=True)
    for kind, heading in KINDS.items():
        for latency in latencies:
            for case in CASES:
                chosen = [
                    r
                    for r in rows
                    if (r["kind"], r["latency_ms"], r["case"]) == (kind, latency, case)
                ]
                if chosen:
                    yield f"| {heading}, {latency} ms | {case} | {_counted(chosen)} |"
    for latency in latencies:
        chosen = [row for row in rows if row["latency_ms"] == latency]
        yield f"| All, {latency} ms | | {_counted(chosen)} |"


def _counted(rows: list[Row]) -> str:
    """Return the cells of one line of the overview."""
    targets = [[miss.target for miss in missed([row], {})] for row in rows]
    beside = {peer: sum(peer in row["peers"] for row in rows) for peer in PEERS}
    faster = [f"{sum(peer in one for one in targets)} of {many}" for peer, many in beside.items()]
    faster.append(f"{sum(not beside.keys().isdisjoint(one) for one in targets)} of {len(rows)}")
    floor = f"{sum('floor' in one for one in targets)} of {len(rows)}"
    return " | ".join([*faster, floor if rows[0]["latency_ms"] else "–"])


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one table."""
    yield (
        "| provider | size | case | ours, s | from – to | AWS, s | floor, s | ours : floor "
        "| script, s | ours : script | dlt, s | ours : dlt | singer, s | ours : singer "
        "| processor, s | peak MB | requests | DynamoDB KB | units written, read |"
    )
    yield "| --- | ---: | --- |" + " ---: |" * 16
    for row in sorted(rows, key=_place):
        mine = own(row)
        runs = [run["ours"] - run["aws"] for run in row["runs"]]
        cells = [
            row["provider"],
            f"{row['size']:,}",
            row["case"],
            f"{mine:.2f}",
            f"{min(runs):.2f} – {max(runs):.2f}",
            f"{row['aws_seconds']:.2f}",
            f"{row['floor_seconds']:.2f}",
            f"{mine / row['floor_seconds']:.2f}",
            *(cell for peer in PEERS for cell in _against(row["peers"].get(peer), mine)),
            f"{row['cpu_seconds']:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['requests']:,.0f}",
            f"{row['dynamodb_bytes'] / 1000:,.0f}",
            f"{row['write_units']:,.0f}, {row['read_units']:,.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def resources(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the table of what processor and memory every contender takes, without latency."""
    names = ("ours", *PEERS)
    yield (
        "| provider | kind | size | case | "
        + " | ".join(f"{name}, s" for name in names)
        + " | "
        + " | ".join(f"{name}, MB" for name in names)
        + " |"
    )
    yield "| --- | --- | ---: | --- |" + " ---: |" * 2 * len(names)
    for row in sorted(rows, key=lambda r: (r["kind"], *_place(r))):
        if row["latency_ms"]:
            continue
        spent = {"ours": row["cpu_seconds"]} | row["peers_cpu_seconds"]
        peaks = {"ours": row["peak_mb"]} | row["peers_peak_mb"]
        cells = [row["provider"], row["kind"], f"{row['size']:,}", row["case"]]
        cells += [f"{spent[name]:.2f}" if name in spent else "–" for name in names]
        cells += [f"{peaks[name]:.0f}" if name in peaks else "–" for name in names]
        yield f"| {' | '.join(cells)} |"


def _place(row: Row) -> tuple[Any, ...]:
    return row["provider"], row["size"], CASES.index(row["case"])


def _against(seconds: float | None, mine: float) -> tuple[str, str]:
    """Return a peer's seconds and our ratio to them, which is marked where the peer is faster."""
    if seconds is None:
        return "–", "–"
    ratio = f"{mine / seconds:.2f}"
    return f"{seconds:.2f}", f"**{ratio}**" if mine >= seconds else ratio


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
    yield "| layer | first invocation, s | MB |"
    yield "| --- | ---: | ---: |"
    yield f"| compiled, as it is built | {first['compiled']:.2f} | {first['layer_mb']:.1f} |"
    yield f"| without compiled files | {first['sources']:.2f} | {first['sources_mb']:.1f} |"
    yield ""
    yield (
        f"The first invocation is `{first['function']}`'s in AWS's runtime interface emulator, "
        "from the request to the answer: it looks for active integrations and finds none, so that "
        "it is the start of the process, the import, and one call to DynamoDB."
    )


def drawing(case: str) -> str:
    """Return the file of a case's chart."""
    return f"benchmarks-{case}.svg"


def chart(rows: list[Row], case: str) -> str:
    """Return a chart of a case, at the highest latency that was measured."""
    latency = max(row["latency_ms"] for row in rows)
    shown = [r for r in rows if (r["case"], r["latency_ms"]) == (case, latency)]
    shown = [r for r in shown if len(r["peers"]) == len(PEERS)]
    largest = {(r["kind"], r["provider"]): r for r in sorted(shown, key=lambda r: r["size"])}
    chosen = [largest[key] for key in sorted(largest)]
    series = {
        "content-sync": [own(row) for row in chosen],
        "with AWS": [row["seconds"] for row in chosen],
        **{peer: [row["peers"][peer] for row in chosen] for peer in PEERS},
    }
    times = {
        name: [round(one / row["floor_seconds"], 2) for one, row in zip(ones, chosen, strict=True)]
        for name, ones in series.items()
    }
    longest = max((one for ones in times.values() for one in ones), default=1)
    bars = pygal.Bar(
        width=1000,
        height=420,
        logarithmic=True,
        js=[],
        no_prefix=True,
        disable_xml_declaration=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
        x_label_rotation=25,
        title=f"{case}, {latency} ms an answer",
        y_title="times the floor",
        range=(SHORTEST_BAR, 1.1 * longest),
        style=Style(colors=COLOURS, background="#ffffff", plot_background="#ffffff", opacity="1"),
    )
    bars.x_labels = [f"{row['provider']} {row['kind']}" for row in chosen]
    for name, ones in times.items():
        bars.add(name, ones)
    bars.add_xml_filter(without_scripts)
    drawn: str = bars.render(is_unicode=True)
    return f"{drawn.strip()}\n"


def _sittings(rows: Iterable[Row]) -> str:
    """Return when, of which commits and on which machines rows were measured."""
    told = [row["sitting"] for row in rows]
    days = sorted({one["on"] for one in told})
    commits = ", ".join(sorted({f"`{one['commit']}`" for one in told}))
    machines = "; ".join(sorted({one["machine"] for one in told}))
    when = f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    return f"{when} of {commits}, on {machines}"


def _times(numbers: Iterable[int]) -> str:
    found = sorted(set(numbers))
    if found == [1]:
        return "one run"
    return f"{found[0]} runs" if len(found) == 1 else f"{found[0]} to {found[-1]} runs"


if __name__ == "__main__":
    sys.exit(main())

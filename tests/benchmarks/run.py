"""`make bench`: what runs cost, beside what users would write instead and the bare requests.

Usage: python -m tests.benchmarks.run [--provider NAME ...] [--kind KIND ...] [--latency MS ...]
       [--size NUMBER ...] [--repeats NUMBER] [--seed NUMBER] [--no-cold] [--quick]

Every figure of a row comes from the same runs on the same machine: the contenders take turns, the
order differs from run to run, and so does the seed of the data. A row tells the medians. Only
ratios mean something, since machines differ. Rows are put into build/benchmarks.json, where those
of other providers, kinds, sizes and latencies stay.

Exits with 1 when a target is missed that the figures which are kept in docs/ miss already, or by no
more than a row differs by without reason, and with 2 when another one is, when a row became slower
beside most contenders or takes more of anything else, or could not be measured. make itself knows
one code for both, 2: the last line says which it was.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from content_sync.providers.registry import PROVIDERS as REGISTRY
from sandbox.local_aws import ROOT, local_aws
from sandbox.providers import PROVIDERS
from tests.benchmarks import coldstart, settling
from tests.benchmarks.judging import missed, show, slower, told_apart
from tests.benchmarks.page import (
    CASES,
    COLD,
    FEWEST_RUNS,
    KEPT,
    RESULTS,
    Figures,
    cold_starts,
    merged,
)
from tests.benchmarks.plain import plain
from tests.benchmarks.sitting import Sitting
from tests.benchmarks.world import ATTEMPTS_A_LEARNER, PEERS

QUICK_CASES = CASES[:2]
LATENCIES = (0, 50)
SIZES = {"catalog": (1_000, 10_000, 100_000), "stats": (2_000, 20_000, 1_000_000)}
QUICK_SIZES = {"catalog": (1_000,), "stats": (2_000,)}
# Beyond these dlt and Singer are left out, so that one sitting takes hours, and not a day.
MOST_BESIDE = {"catalog": 100_000, "stats": 20_000}
NO_WORSE, WORSE = 1, 2
SUMMARIES = {
    0: "every target holds",
    NO_WORSE: "no worse than the figures in docs/benchmarks.md, which miss as much",
    WORSE: "WORSE than the figures in docs/benchmarks.md, or not measured: see above",
}

Measured = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """What is measured together.

    Attributes:
        provider: Its name.
        kind: `catalog` or `stats`.
        size: How many courses, or statistics.
        latency: Of every answer, in milliseconds.
    """

    provider: str
    kind: str
    size: int
    latency: int

    @property
    def courses(self) -> int:
        """Return how many courses there are."""
        return self.size if self.kind == "catalog" else max(self.size // 50, 10)

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}, {self.size:,} at {self.latency} ms"

    @property
    def cases(self) -> tuple[str, ...]:
        """Return its cases: to read the whole is one of its own only where else a part is read."""
        filters = self.kind == "stats" and REGISTRY[self.provider].filters_by_time
        return CASES if filters else CASES[:3]

    @property
    def contenders(self) -> tuple[str, ...]:
        """Return who runs; the floor submits what the script sent, and so comes after it."""
        peers = PEERS if self.size <= MOST_BESIDE[self.kind] else ("floor", "script")
        return ("ours", *(peer for peer in peers if peer != "floor"), "floor")


def main() -> int:
    """Measure, print, write; return the exit code."""
    options = _options()
    sitting = Sitting() if options.seed is None else Sitting(options.seed)
    rows: list[Measured] = []
    unmeasured: list[str] = []
    for scene in _scenes(options):
        try:
            cases = QUICK_CASES if options.quick else scene.cases
            for row in measure(scene, options.repeats, sitting, cases):
                print(show(row), flush=True)
                rows.append(row)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            unmeasured.append(f"{scene}: {error}")
            print(f"NOT MEASURED  {unmeasured[-1]}", flush=True)
        _write(rows)
    cold: Measured = {}
    if options.cold:
        cold = {"imports": coldstart.imports(), "first": coldstart.first_invocations("go1_stats")}
        COLD.write_text(json.dumps(cold, indent=1) + "\n")
        print("\n".join(cold_starts(cold)))
    print(f"\nwritten to {RESULTS.relative_to(ROOT)}")
    told, code = verdict(Figures(rows, cold), Figures.read(KEPT), unmeasured)
    print(*told, sep="\n")
    return code


def verdict(
    measured: Figures, kept: Figures, unmeasured: Iterable[str] = ()
) -> tuple[list[str], int]:
    """Return what there is to be said of figures, and the exit code.

    Args:
        measured: What was measured now.
        kept: What is kept in docs/.
        unmeasured: What could not be measured.
    """
    misses = list(missed(measured.rows, measured.cold))
    new, known = told_apart(misses, list(missed(kept.rows, kept.cold)))
    worse = [
        *(f"SLOWER  {sentence}" for sentence in slower(measured.rows, kept.rows)),
        *(f"MISSED  {miss}" for miss in new),
        *(f"NOT MEASURED  {scene}" for scene in unmeasured),
    ]
    told = [*(f"MISSED, NO WORSE  {miss}" for miss in known), *worse]
    code = WORSE if worse else NO_WORSE if known else 0
    return [*told, SUMMARIES[code]], code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--provider", nargs="+", choices=sorted(PROVIDERS), default=sorted(PROVIDERS)
    )
    parser.add_argument("--kind", nargs="+", choices=tuple(SIZES), default=tuple(SIZES))
    parser.add_argument("--latency", nargs="+", type=int)
    parser.add_argument("--size", nargs="+", type=int)
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--seed", type=int, help="of the first data, to measure on the same again")
    parser.add_argument("--cold", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quick", action="store_true", help="small, once, at 50 ms")
    options = parser.parse_args()
    options.latency = options.latency or ((50,) if options.quick else LATENCIES)
    options.repeats = options.repeats or (1 if options.quick else FEWEST_RUNS)
    return options


def _scenes(options: argparse.Namespace) -> Iterator[Scene]:
    for kind in options.kind:
        sizes = options.size or (QUICK_SIZES if options.quick else SIZES)[kind]
        for provider in options.provider:
            most = _most(provider, kind)
            for size in sorted({size if most is None else min(size, most) for size in sizes}):
                for latency in options.latency:
                    yield Scene(provider, kind, size, latency)


def _most(provider: str, kind: str) -> int | None:
    """Return how many courses or statistics a provider has at most."""
    if kind == "catalog":
        return plain(provider).courses
    learners = plain(provider).learners
    return None if learners is None else learners * ATTEMPTS_A_LEARNER


def measure(scene: Scene, repeats: int, sitting: Sitting, cases: tuple[str, ...]) -> list[Measured]:
    """Return a row for each case: the medians of several runs."""
    runs: dict[str, list[Measured]] = {case: [] for case in cases}
    for number in range(repeats):
        for case, one in one_run(scene, number, sitting.seed + number, cases).items():
            runs[case].append(one)
    return [_row(scene, case, ones, sitting) for case, ones in runs.items() if ones]


def _row(scene: Scene, case: str, runs: list[Measured], sitting: Sitting) -> Measured:
    def median(contender: str, name: str) -> float:
        return statistics.median(one[contender][name] for one in runs)

    peers = [one for one in scene.contenders if one not in ("ours", "floor")]
    ours = {
        name: median("ours", name)
        for name in (
            "seconds",
            "aws_seconds",
            "cpu_seconds",
            "peak_mb",
            "requests",
            "bulk_operations",
            "write_units",
            "read_units",
        )
    }
    return {
        "provider": scene.provider,
        "kind": scene.kind,
        "case": case,
        "size": scene.size,
        "latency_ms": scene.latency,
        "parallel": plain(scene.provider).parallel,
        **ours,
        "dynamodb_bytes": median("ours", "bytes_written") + median("ours", "bytes_read"),
        "floor_seconds": median("floor", "seconds"),
        "floor_requests": median("floor", "requests"),
        "peers": {peer: median(peer, "seconds") for peer in peers},
        "peers_cpu_seconds": {peer: median(peer, "cpu_seconds") for peer in peers},
        "peers_peak_mb": {peer: median(peer, "peak_mb") for peer in peers},
        "runs": [
            {who: round(one[who]["seconds"], 3) for who in scene.contenders}
            | {"aws": round(one["ours"]["aws_seconds"], 3)}
            for one in runs
        ],
        "sitting": sitting.told(),
    }


def one_run(scene: Scene, number: int, seed: int, cases: tuple[str, ...]) -> dict[str, Measured]:
    """Return what each contender measured in each case, on data of one seed."""
    measured: dict[str, Measured] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "aws").mkdir()
        aws = stack.enter_context(local_aws(folder / "aws"))
        where = stack.enter_context(
            settling.world(
                scene.provider,
                courses=scene.courses,
                statistics=scene.size if scene.kind == "stats" else 0,
                seed=seed,
                latency=scene.latency,
            )
        )
        environment = settling.settle(aws, where["secrets"])
        event = {"action": "activate", "provider": scene.provider}
        settling.program(environment, "integrations", event)
        if scene.kind == "stats":
            _ours(environment, scene.provider, "catalog")
        for case in cases:
            if case == "changed":
                settling.post(f"{where['url']}/_benchmark/change?kind={scene.kind}")
            if case == "whole":
                # After which the program reads everything.
                settling.post(f"{where['url']}/_benchmark/gain")
                _ours(environment, scene.provider, "catalog")
            jobs = _jobs(scene, where, folder, whole=case == "whole")
            measured[case] = {}
            for contender in _in_turn(scene.contenders, number):
                settling.requests_since_last(where["url"])
                if contender == "ours":
                    one = _ours(environment, scene.provider, scene.kind)
                else:
                    one = settling.peer(contender, jobs[contender])
                counts = settling.requests_since_last(where["url"])
                one["requests"] = sum(counts.values())
                one["bulk_operations"] = _submitted(scene, counts, logins=one.get("invocations", 1))
                measured[case][contender] = one
            _must_agree(scene, settling.get(f"{where['url']}/_benchmark/arrived"))
    return measured


def _in_turn(contenders: tuple[str, ...], number: int) -> list[str]:
    """Return the contenders in an order that differs from run to run; the floor comes last."""
    *others, floor = contenders
    start = number % len(others)
    return [*others[start:], *others[:start], floor]


def _ours(environment: dict[str, str], provider: str, kind: str) -> Measured:
    """Run the program over as many invocations as it takes; return what they took together."""
    event: Any = {"integration": "default"}
    total: Measured = {"invocations": 0}
    while True:
        one = settling.program(environment, f"{provider}_{kind}", event)
        total["invocations"] += 1
        for name, value in one.items():
            if isinstance(value, int | float):
                before = total.get(name, 0)
                total[name] = max(before, value) if name == "peak_mb" else before + value
        status = one["result"]["status"]
        if status != "continued":
            break
        (event,) = one["continued"]
    if status != "succeeded":
        raise RuntimeError(f"{provider}_{kind}: {json.dumps(one['result'])[:2000]}")
    return total


def _submitted(scene: Scene, counts: dict[str, int], *, logins: int) -> int:
    """Return how many bulk operations were submitted; a login is a POST, too."""
    if scene.kind == "catalog":
        return counts.get("PUT 360learning", 0)
    return counts.get("POST 360learning", 0) - logins


def _jobs(scene: Scene, where: dict[str, Any], folder: Path, *, whole: bool) -> dict[str, Path]:
    """Write the peers' jobs."""
    jobs = {}
    for peer in PEERS:
        job = {
            "provider": scene.provider,
            "kind": scene.kind,
            "platform": where["secrets"]["platforms/default"],
            "secret": where["secrets"][f"integrations/{scene.provider}/default"],
            "integration": where["integrations"][peer],
            # What the floor submits is what the script sent.
            "state": str(folder / ("script" if peer == "floor" else peer)),
            "courses": scene.courses,
            "parallel": plain(scene.provider).parallel,
            "operation_seconds": where["operation_seconds"],
            "latency_seconds": scene.latency / 1000,
            "whole": whole,
        }
        jobs[peer] = folder / f"{peer}.job"
        jobs[peer].write_text(json.dumps(job))
    return jobs


def _must_agree(scene: Scene, arrived: dict[str, dict[str, int]]) -> None:
    """Check that everybody delivered the same: a peer that sends less would win for nothing."""
    names = {"courses": scene.kind == "catalog", "titles": scene.kind == "catalog"}
    names |= dict.fromkeys(("attempts", "last", "progress"), scene.kind == "stats")
    wanted = [name for name, counts in names.items() if counts]
    found = {who: [counts.get(name, 0) for name in wanted] for who, counts in arrived.items()}
    contenders = {who for who in found if who in scene.contenders or who not in PEERS}
    whole = [found[who] for who in sorted(contenders)]
    if any(one != whole[0] for one in whole) or not any(whole[0]):
        raise RuntimeError(f"{asdict(scene)}: not everybody delivered the same: {found}")


def _write(rows: list[Measured]) -> None:
    """Put rows into the file, in the place of those of the same scene and case."""
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    RESULTS.write_text(json.dumps(merged(before, rows), indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())

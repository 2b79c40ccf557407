"""`make bench`: what runs cost, a catalogue beside a plain script and the bare requests.

Every figure of a row comes from the same run on the same machine; only ratios mean something, since
machines differ. Rows go to build/benchmarks.json. The services take a latency of 0 and 50 ms for
every answer; a bulk operation takes 0.2 s whatever it holds.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from content_sync.providers.go1.api import PARALLEL
from sandbox.local_aws import ROOT, local_aws
from tests.benchmarks import statistics
from tests.benchmarks.settling import peer, program, reset, settle, stop

COURSES = 10_000
LATENCIES = (0, 50)
REPEATS = 3


def main() -> None:
    """Measure, print and write all rows."""
    rows = [row for latency in LATENCIES for row in measure(latency)]
    show_catalogue(rows)
    sizes = statistics.SIZES[:-1] if os.environ.get("QUICK") else statistics.SIZES
    print(f"\n{statistics.HEADING}")
    for size in sizes:
        for provider in statistics.PROVIDERS:
            for row in statistics.measure(provider, size):
                print(statistics.show(row), flush=True)
                rows.append(row)
    for latency in LATENCIES:
        for provider in statistics.PROVIDERS:
            row = statistics.beside_script(provider, latency)
            rows.append(row)
            print(
                f"{provider}, {row['size']} statistics, first run, {latency} ms: "
                f"{row['seconds']:.1f} s, of which reads of 360Learning "
                f"{row['seconds_of_reads']:.1f} s; a script that reads nothing back "
                f"{row['peers']['script']:.1f} s"
            )
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "benchmarks.json").write_text(json.dumps(rows, indent=1) + "\n")
    print("\nwritten to build/benchmarks.json")


def show_catalogue(rows: list[dict[str, Any]]) -> None:
    """Print the catalogue's rows."""
    print(
        f"\n{'case':<10}{'latency':>8}{'seconds':>9}{'cpu':>7}{'peak MB':>9}{'requests':>10}"
        f"{'floor':>8}{'script':>8}{'to floor':>10}{'script to us':>14}"
    )
    for row in rows:
        script = row["peers"]["script"]
        print(
            f"{row['case']:<10}{row['latency_ms']:>8}{row['seconds']:>9.2f}"
            f"{row['cpu_seconds']:>7.2f}{row['peak_mb']:>9.0f}{row['requests']:>10}"
            f"{row['floor_seconds']:>8.2f}{script:>8.2f}"
            f"{row['seconds'] / row['floor_seconds']:>10.2f}{script / row['seconds']:>14.2f}"
        )


def measure(latency: int) -> list[dict[str, Any]]:
    """The rows of one latency: the median of several runs, each of all three in turn."""
    runs: dict[str, list[dict[str, Any]]] = {"first": [], "unchanged": []}
    for number in range(REPEATS):
        print(f"latency {latency} ms, run {number + 1} of {REPEATS}", flush=True)
        for case, row in one_run(latency).items():
            runs[case].append(row)
    return [sorted(rows, key=lambda row: row["seconds"])[REPEATS // 2] for rows in runs.values()]


def one_run(latency: int) -> dict[str, dict[str, Any]]:
    """A first and an unchanged synchronization by the program, the script and the floor."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "aws").mkdir()
        aws = stack.enter_context(local_aws(folder / "aws"))
        server, where = start_sandbox(latency)
        stack.callback(stop, server)
        secrets = folder / "secrets.json"
        secrets.write_text(json.dumps(where["secrets"]))
        environment = settle(aws, where["secrets"])
        program(environment, "integrations", {"action": "activate", "provider": "go1"})
        rows = {}
        for case in ("first", "unchanged"):
            reset(where["url"])
            measured = program(environment, "go1_catalog", {"integration": "default"})
            requests = reset(where["url"])
            assert measured["result"]["status"] == "succeeded", measured["result"]
            assert case == "first" or requests.get("PUT 360learning", 0) == 0, requests
            script = peer("peer_script", str(secrets), str(folder / "script-state.json"))
            state = json.loads((folder / "script-state.json").read_text())
            body = folder / "body.json"
            body.write_text(json.dumps({"input": list(state.values())}))
            bodies = [str(body)] if case == "first" else []
            floor = peer("floor", str(secrets), str(PARALLEL), *bodies)
            rows[case] = {
                "provider": "go1",
                "case": case,
                "size": COURSES,
                "latency_ms": latency,
                "parallel": PARALLEL,
                "seconds": measured["seconds"],
                "cpu_seconds": measured["cpu_seconds"],
                "peak_mb": measured["peak_mb"],
                "requests": sum(requests.values()),
                "floor_seconds": floor["seconds"],
                "peers": {"script": script["seconds"]},
            }
        return rows


def start_sandbox(latency: int) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    """The sandbox in a process of its own, and where it is."""
    command = [sys.executable, "-m", "sandbox", "--courses", str(COURSES), "--enrollments", "0"]
    server = subprocess.Popen(
        [*command, "--latency", str(latency)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    return server, json.loads(server.stdout.readline())


if __name__ == "__main__":
    main()

"""What a statistics run costs, by size: time, memory, and what it writes to DynamoDB.

Four runs one after the other: the first, one in which nothing changed, one in which 500 statistics
went on, and one after the learners' items were lost. Each invocation is a process of its own and
has 900 s.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox.local_aws import ROOT, LocalAws, local_aws
from tests.benchmarks.settling import peer, program, reset, settle, stop
from tests.house import TABLE

PROVIDERS = ("go1", "coursera")
# So many for the run beside a plain script.
BESIDE = 20_000
SIZES = (10_000, 100_000, 1_000_000)


def measure(provider: str, size: int, latency: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the rows of one provider and size."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "aws").mkdir()
        aws = stack.enter_context(local_aws(folder / "aws"))
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.large",
            provider,
            str(size),
            str(latency),
        ]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        stack.callback(stop, server)
        assert server.stdout is not None
        where = json.loads(server.stdout.readline())
        environment = settle(aws, where["secrets"])
        program(environment, "integrations", {"action": "activate", "provider": provider})
        run(environment, f"{provider}_catalog")
        for case in ("first", "unchanged", "changed", "ledger lost"):
            if case == "changed":
                post(f"{where['url']}/_benchmark/change")
            if case == "ledger lost":
                lose_learners(aws)
            reset(where["url"])
            row = run(environment, f"{provider}_stats")
            requests = reset(where["url"])
            row |= {"provider": provider, "size": size, "case": case, "latency_ms": latency}
            row["requests"] = sum(requests.values())
            yield row


def run(environment: dict[str, str], function: str) -> dict[str, Any]:
    """One run over as many invocations as it takes: peaks are the highest, the rest is added up."""
    event: dict[str, Any] = {"integration": "default"}
    whole: dict[str, Any] = {}
    slices = 0
    while True:
        measured = program(environment, function, event)
        slices += 1
        for name, value in measured.items():
            if isinstance(value, float | int):
                peaks = name in ("peak_mb", "spool_mb", "busiest_partition_kilobytes")
                whole[name] = (
                    max(whole.get(name, 0), value) if peaks else whole.get(name, 0) + value
                )
        result = measured["result"]
        if result["status"] != "continued":
            assert result["status"] == "succeeded", result
            return {**whole, "slices": slices, "counts": result["counts"]}
        (event,) = measured["continued"]


def beside_script(provider: str, latency: int) -> dict[str, Any]:
    """A first run beside a plain script, the platform emptied in between."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "aws").mkdir()
        aws = stack.enter_context(local_aws(folder / "aws"))
        command = [sys.executable, "-m", "tests.benchmarks.large", provider, str(BESIDE)]
        server = subprocess.Popen(
            [*command, str(latency)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        stack.callback(stop, server)
        assert server.stdout is not None
        where = json.loads(server.stdout.readline())
        environment = settle(aws, where["secrets"])
        program(environment, "integrations", {"action": "activate", "provider": provider})
        run(environment, f"{provider}_catalog")
        reset(where["url"])
        ours = run(environment, f"{provider}_stats")
        requests = reset(where["url"])
        post(f"{where['url']}/_benchmark/forget_attempts")
        (folder / "secrets.json").write_text(json.dumps(where["secrets"]))
        files = [str(folder / name) for name in ("secrets.json", "state.json")]
        script = peer("peer_statistics", provider, *files)["seconds"]
        reads = requests.get("GET 360learning", 0)
        return {
            "provider": provider,
            "size": BESIDE,
            "case": "first",
            "latency_ms": latency,
            "seconds": ours["seconds"],
            "cpu_seconds": ours["cpu_seconds"],
            "reads_of_360learning": reads,
            # What these reads take at the 45 a second that we allow ourselves.
            "seconds_of_reads": reads / 45,
            "peers": {"script": script},
        }


def lose_learners(aws: LocalAws) -> None:
    """Remove all learners' items, as a lost table would."""
    client = aws.client("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName=TABLE, ProjectionExpression="pk, sk")
    keys = [
        {"pk": item["pk"], "sk": item["sk"]}
        for page in pages
        for item in page["Items"]
        if item["sk"]["S"].startswith("learner#")
    ]
    for start in range(0, len(keys), 25):
        requests = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + 25]]
        client.batch_write_item(RequestItems={TABLE: requests})


def post(url: str) -> None:
    """Send an empty POST."""
    urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()


def show(row: dict[str, Any]) -> str:
    """Return a row as a line of the printed table."""
    return (
        f"{row['provider']:<9}{row['size']:>9}{row['case']:>12}{row['slices']:>7}"
        f"{row['seconds']:>9.1f}{row['cpu_seconds']:>8.1f}{row['peak_mb']:>9.0f}"
        f"{row['spool_mb']:>9.0f}"
        f"{row['requests']:>10}{row['kilobytes_written']:>12.0f}{row['write_units']:>9}"
        f"{row['kilobytes_read']:>11.0f}{row['busiest_partition_kilobytes']:>10.0f}"
    )


HEADING = (
    f"{'provider':<9}{'size':>9}{'case':>12}{'slices':>7}{'seconds':>9}{'cpu':>8}{'peak MB':>9}"
    f"{'disk MB':>9}{'requests':>10}{'KB written':>12}{'units':>9}{'KB read':>11}{'busiest':>10}"
)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(*(beside_script(sys.argv[1], latency) for latency in (0, 50)), sep="\n")
        sys.exit()
    print(HEADING)
    for measured_row in measure(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:])):
        print(show(measured_row), measured_row["counts"], flush=True)

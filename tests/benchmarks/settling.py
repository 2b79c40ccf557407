"""What a measurement needs: a world, a table with secrets, and measured processes."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.local_aws import ENVIRONMENTS, ROOT, LocalAws
from tests.house import PREFIX, TABLE, create_table

SECONDS = 3600


@contextmanager
def world(
    provider: str, *, courses: int, statistics: int, seed: int, latency: int
) -> Iterator[dict[str, Any]]:
    """Serve a world in a process of its own; yield where it is."""
    command = [sys.executable, "-m", "tests.benchmarks.world", provider]
    command += map(str, (courses, statistics, seed, latency))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def settle(aws: LocalAws, secrets: dict[str, Any]) -> dict[str, str]:
    """Make table and secrets; return the environment of the handlers."""
    environment = aws.environment | {"STATE_TABLE": TABLE, "SECRETS_PREFIX": PREFIX}
    environment["PYTHONPATH"] = f"{ROOT / 'shared'}{os.pathsep}{ROOT}"
    # What is measured is the program, not the rate at which a service is known to be asked.
    environment["OPENCLASSROOMS_CALLS_PER_SECOND"] = "10000"
    create_table(aws.client("dynamodb"))
    for name, content in secrets.items():
        aws.client("secretsmanager").create_secret(
            Name=f"{PREFIX}/{name}", SecretString=json.dumps(content)
        )
    return environment


def program(environment: dict[str, str], function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return what one invocation of a function measured and said."""
    command = [sys.executable, "-m", "tests.benchmarks.program", function, json.dumps(event)]
    return _measured(command, environment)


def peer(
    name: str, job: Path, *, python: Path = ENVIRONMENTS / "peers" / "bin" / "python"
) -> dict[str, Any]:
    """Return what a measured run of a contender said, in the environment of the peers."""
    module = name if name == "floor" else f"peer_{name}"
    command = [str(python), "-m", f"tests.benchmarks.{module}", str(job)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return _measured(command, kept)


def _measured(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed:\n{done.stderr[-3000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return measured


def get(url: str) -> Any:
    """Return what the world says."""
    with urllib.request.urlopen(url) as answer:
        return json.loads(answer.read())


def post(url: str) -> None:
    """Tell the world something."""
    urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()


def requests_since_last(url: str) -> dict[str, int]:
    """Return the requests since the last call; count anew."""
    counts: dict[str, int] = get(f"{url}/_sandbox/traffic")
    post(f"{url}/_sandbox/traffic/reset")
    return counts


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Cold starts: what a handler's import takes beside its packages', and its first invocation.

The first invocation runs in AWS's own runtime interface emulator, whose binary SAM's command line
brings along, with the layer as it is built: compiled, and without the compiled files. It lets the
function look for integrations of which there are none.
"""

import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.local_aws import ENVIRONMENTS, ROOT, LocalAws, local_aws
from sandbox.process import free_port, running
from tests.benchmarks import settling

PROCESSES = 7
STARTS = 5
# What no handler can do without; the HTTP client is urllib3, which comes with boto3.
PACKAGES = """
import boto3, pydantic
from pydantic import BaseModel
from aws_lambda_powertools import Logger, Metrics
boto3.client("dynamodb")
"""
HANDLER = """
import importlib.util
spec = importlib.util.spec_from_file_location("app", "functions/{}/app.py")
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""
TIMED = """
import time
began = time.perf_counter()
{}
import sys
print(time.perf_counter() - began, len(sys.modules))
"""
READY_SECONDS = 20

Row = dict[str, Any]


def functions() -> list[str]:
    """Return the names of all functions."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


def imports() -> list[Row]:
    """Return, for each handler, how long its import takes and how long its packages' does."""
    names = functions()
    taken: dict[str, list[tuple[float, int]]] = {name: [] for name in ("", *names)}
    for _ in range(PROCESSES):
        for name in taken:
            taken[name].append(_imported(HANDLER.format(name) if name else PACKAGES))
    packages = statistics.median(seconds for seconds, _ in taken[""])
    rows = []
    for name in names:
        seconds = statistics.median(one for one, _ in taken[name])
        rows.append(
            {
                "function": name,
                "seconds": seconds,
                "packages_seconds": packages,
                "modules": taken[name][0][1],
                "packages_modules": taken[""][0][1],
            }
        )
    return rows


def _imported(code: str) -> tuple[float, int]:
    seconds, modules = in_a_fresh_process(TIMED.format(code)).split()
    return float(seconds), int(modules)


def in_a_fresh_process(code: str) -> str:
    """Return what some code prints in a process as Lambda starts it, with the layer's sources."""
    environment = {
        **os.environ,
        "PYTHONPATH": "shared",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # As Lambda says it: clients are made while the function is initialized.
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def first_invocations(function: str) -> Row:
    """Return how long a function's first invocation takes, and how large its layer is."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        layer = folder / "layer"
        built_for = {**os.environ, "LAYER_ARCHITECTURE": "host"}
        built_for["LAYER_CACHE"] = str(ROOT / "build" / "layers")
        subprocess.run(
            [sys.executable, "layer.py", str(layer)],
            cwd=ROOT / "shared",
            env=built_for,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        sources = folder / "sources"
        shutil.copytree(layer, sources, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "aws").mkdir()
        with local_aws(folder / "aws") as aws:
            environment = settling.settle(aws, {})
            taken: dict[str, list[float]] = {"compiled": [], "sources": []}
            for _ in range(STARTS):
                for name, where in (("compiled", layer), ("sources", sources)):
                    taken[name].append(_first(function, where, folder, aws, environment))
        return {
            "function": function,
            **{name: statistics.median(seconds) for name, seconds in taken.items()},
            "layer_mb": _size(layer),
            "sources_mb": _size(sources),
        }


def _first(
    function: str, layer: Path, folder: Path, aws: LocalAws, environment: dict[str, str]
) -> float:
    with emulated(function, layer, folder, environment) as url:
        body = json.dumps({}).encode()
        began = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=60) as answer:
            said = json.loads(answer.read())
        seconds = time.perf_counter() - began
    if said != {"dispatched": []}:
        raise RuntimeError(f"{function} answered {said}")
    return seconds


@contextlib.contextmanager
def emulated(
    function: str, layer: Path, folder: Path, environment: dict[str, str]
) -> Iterator[str]:
    """Let the emulator wait for a function's first invocation; yield the URL that invokes it."""
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    (binary,) = (
        (ENVIRONMENTS / "sam")
        .resolve()
        .glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    )
    # SAM makes it executable where it uses it.
    emulator = folder / "emulator"
    if not emulator.exists():
        shutil.copy(binary, emulator)
        emulator.chmod(0o755)
    port, runtime = free_port(), free_port()
    python = ENVIRONMENTS / "runtime" / "bin" / "python"
    command = [
        str(emulator),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{runtime}",
        str(python),
        "-m",
        "awslambdaric",
        "app.lambda_handler",
    ]
    inside = environment | {
        "PYTHONPATH": f"{layer}{os.pathsep}{ROOT / 'functions' / function}",
        # As in Lambda, where the layer cannot be written to.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(ROOT / "functions" / function),
    }
    with running(command, environment=inside, log=folder / "emulator.log"):
        until = time.monotonic() + READY_SECONDS
        while not settling.listens(port):
            if time.monotonic() > until:
                raise RuntimeError((folder / "emulator.log").read_text()[-2000:])
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    for row in imports():
        print(json.dumps(row))
    print(json.dumps(first_invocations("go1_stats")))

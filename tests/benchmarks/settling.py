"""What all benchmarks need: a table with secrets, and measured processes."""

import json
import os
import subprocess
import sys
import urllib.request
from typing import Any

from sandbox.local_aws import ROOT, LocalAws
from tests.house import PREFIX, TABLE, create_table


def stop(server: "subprocess.Popen[str]") -> None:
    """End the sandbox."""
    server.terminate()
    server.wait()


def settle(aws: LocalAws, secrets: dict[str, Any]) -> dict[str, str]:
    """Make table and secrets; return the environment of the handlers."""
    environment = aws.environment | {"STATE_TABLE": TABLE, "SECRETS_PREFIX": PREFIX}
    environment["PYTHONPATH"] = f"{ROOT / 'shared'}{os.pathsep}{ROOT}"
    create_table(aws.client("dynamodb"))
    for name, content in secrets.items():
        aws.client("secretsmanager").create_secret(
            Name=f"{PREFIX}/{name}", SecretString=json.dumps(content)
        )
    return environment


def program(environment: dict[str, str], function: str, event: dict[str, Any]) -> dict[str, Any]:
    """A measured invocation."""
    command = [sys.executable, "-m", "tests.benchmarks.program", function, json.dumps(event)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def peer(module: str, *arguments: str) -> dict[str, float]:
    """A measured run of the script or the floor."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def reset(url: str) -> dict[str, int]:
    """Count requests anew; returns those until now."""
    with urllib.request.urlopen(f"{url}/_sandbox/traffic") as answer:
        counts: dict[str, int] = json.loads(answer.read())
    request = urllib.request.Request(f"{url}/_sandbox/traffic/reset", method="POST")
    urllib.request.urlopen(request).close()
    return counts

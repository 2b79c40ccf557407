"""What every contender but the program has in common: its job, and how it delivers.

None of it is the program's: the peers run with packages of their own.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks.memory import peak_mb

MOST_ITEMS = 10_000
POLL_SECONDS = 0.2
TIMEOUT = 60


@dataclass(frozen=True)
class Job:
    """One synchronization.

    Attributes:
        provider: Its name.
        kind: `catalog` or `stats`.
        platform: The platform's secret.
        secret: The provider's secret.
        integration: The id of the contender's configuration at 360Learning.
        state: A file, or a folder, in which the contender keeps what it wants to know next time.
        courses: How many courses the provider has.
        parallel: How many requests the provider is asked side by side.
        operation_seconds: How long a bulk operation takes.
        latency_seconds: How long every answer takes beside its making.
    """

    provider: str
    kind: str
    platform: dict[str, str]
    secret: dict[str, str]
    integration: str
    state: str
    courses: int
    parallel: int
    operation_seconds: float
    latency_seconds: float


def job() -> Job:
    """Return the job that the command line names."""
    return Job(**json.loads(Path(sys.argv[1]).read_text()))


def measured(work: Callable[[], float | None]) -> None:
    """Do the work; print its seconds, its processor's seconds and its memory as JSON.

    Args:
        work: Returns the peak memory of a process that it had beside this one, if it had one. Of
            several that run at once the sum is what a machine must have.
    """
    began, cpu = time.perf_counter(), _cpu()
    beside = work()
    seconds, spent = time.perf_counter() - began, _cpu() - cpu
    peak = peak_mb() + (beside or 0.0)
    print(json.dumps({"seconds": seconds, "cpu_seconds": spent, "peak_mb": peak}))


def _cpu() -> float:
    """Return the seconds of processor time of this process and of those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


class Platform:
    """360Learning's bulk endpoints, as anybody would call them."""

    def __init__(self, given: Job) -> None:
        self.api = f"{given.platform['base_url']}/api/v2"
        self.http = requests.Session()
        login = {"grant_type": "client_credentials"}
        login |= {key: given.platform[key] for key in ("client_id", "client_secret")}
        answer = self.http.post(f"{self.api}/oauth2/token", json=login, timeout=TIMEOUT)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.http.headers["360-api-version"] = "v2.0"
        self.method, path = {"catalog": ("PUT", "courses"), "stats": ("POST", "stats")}[given.kind]
        self.endpoint = f"{self.api}/bulk/integrations/{given.integration}/{path}"

    def deliver(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Submit at most 10,000 items, wait, and return those that were accepted."""
        answer = self.http.request(
            self.method, self.endpoint, json={"input": items}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        operation = f"{self.api}/bulk/operations/{answer.headers['Location'].rpartition('/')[2]}"
        while self._get(operation)["status"] not in ("completed", "error"):
            time.sleep(POLL_SECONDS)
        results = self._get(f"{operation}/results")
        return [result["input"] for result in results if result["status"] == "success"]

    def _get(self, url: str) -> Any:
        answer = self.http.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def key_of(item: dict[str, Any]) -> str:
    """Return what an item is known by."""
    if "externalId" in item:
        return str(item["externalId"])
    return f"{item['userIdentifier']['value']} {item['courseIdentifier']['value']}"

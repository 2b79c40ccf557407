"""What every contender but the program has in common: its job, and how it delivers.

None of it is the program's: the peers run with packages of their own.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks.memory import peak_mb

MOST_ITEMS = 10_000
OVERLAP_MILLISECONDS = 3_600_000
# A poll is asked for little: the first soon, and each wait somewhat longer than the one before.
POLL_SECONDS, POLLS_GROW = 0.05, 1.1
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
        whole: Whether all is read, also where a provider could be asked for what happened since.
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
    whole: bool = False


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
    """360Learning's bulk endpoints, as anybody would call them: with a login when it is needed."""

    def __init__(self, given: Job) -> None:
        self.api = f"{given.platform['base_url']}/api/v2"
        self.secret = given.platform
        self.method, path = {"catalog": ("PUT", "courses"), "stats": ("POST", "stats")}[given.kind]
        self.endpoint = f"{self.api}/bulk/integrations/{given.integration}/{path}"

    @cached_property
    def http(self) -> requests.Session:
        """Return a session that is logged in."""
        login = {"grant_type": "client_credentials"}
        login |= {key: self.secret[key] for key in ("client_id", "client_secret")}
        http = requests.Session()
        answer = http.post(f"{self.api}/oauth2/token", json=login, timeout=TIMEOUT)
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        http.headers["360-api-version"] = "v2.0"
        return http

    def deliver(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Submit at most 10,000 items, wait, and return those that were accepted."""
        answer = self.http.request(
            self.method, self.endpoint, json={"input": items}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        operation = f"{self.api}/bulk/operations/{answer.headers['Location'].rpartition('/')[2]}"
        pause = POLL_SECONDS
        while self._get(operation)["status"] not in ("completed", "error"):
            time.sleep(pause)
            pause *= POLLS_GROW
        results = self._get(f"{operation}/results")
        return [result["input"] for result in results if result["status"] == "success"]

    def _get(self, url: str) -> Any:
        answer = self.http.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()


def since_of(given: Job, since: int | None) -> int | None:
    """Return from when on is read, of when was last read."""
    return None if since is None or given.whole else since - OVERLAP_MILLISECONDS


def key_of(item: dict[str, Any]) -> str:
    """Return what an item is known by."""
    if "externalId" in item:
        return str(item["externalId"])
    return f"{item['userIdentifier']['value']} {item['courseIdentifier']['value']}"

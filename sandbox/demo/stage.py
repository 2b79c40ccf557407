"""The stage: the sandbox, a local AWS with the stack on it, and how both are used."""

import json
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import oracle
from sandbox.demo.telling import Teller
from sandbox.local_aws import ROOT, STACK, LocalAws
from sandbox.process import running
from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox
from sandbox.world import World

CONSOLE_STARTS_SECONDS = 30


class DemoFailure(Exception):
    """Something did not work; the text says what."""


@dataclass(frozen=True)
class Stage:
    """Where the story plays.

    Attributes:
        sandbox: The providers and 360Learning.
        world: Ids in it.
        aws: The local AWS.
        table: The state table's name.
        teller: Who tells it.
        gone: By provider, the courses that left it since they were sent.
    """

    sandbox: Sandbox
    world: World
    aws: LocalAws
    table: str
    teller: Teller
    gone: dict[str, set[str]] = field(default_factory=dict)

    def replay(self, function: str, event: str, **more: Any) -> Any:
        """Replay a file of events/, as anybody can by hand, with other keys where they are given.

        Raises:
            DemoFailure: The function failed.
        """
        content = json.loads((ROOT / "events" / f"{event}.json").read_text())
        payload = json.dumps({**content, **more}).encode()
        answer = self.aws.client("lambda").invoke(
            FunctionName=f"{STACK}-{function.replace('_', '-')}", Payload=payload
        )
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise DemoFailure(f"{function} with events/{event}.json: {result.get('errorMessage')}")
        return result

    def run(self, provider: str, kind: str) -> dict[str, Any]:
        """Run to the end, over as many invocations as it takes; return the report."""
        function = f"{provider}_{kind}"
        report: dict[str, Any] = self.replay(function, function)
        while report["status"] == "continued":
            time.sleep(1)
            names = {"provider": provider, "kind": kind}
            report = self.replay("integrations", "integrations_report", **names)["report"]
        return report

    def run_all(self, kind: str, title: str, *, but: Collection[str] = ()) -> list[dict[str, Any]]:
        """Run one kind for all providers at the same time, as their schedules nearly are."""
        names = [provider for provider in PROVIDERS if provider not in but]
        with self.teller.step(title, self._progress), ThreadPoolExecutor(len(names)) as pool:
            return list(pool.map(lambda provider: self.run(provider, kind), names))

    def _progress(self) -> str:
        platform = self.sandbox.learning360
        attempts = sum(map(len, list(platform.attempts.values())))
        return f"{len(platform.courses):,} courses, {attempts:,} attempts"

    def typed(self, *words: str) -> str:
        """Type a line of content-sync, and return what it prints.

        Raises:
            DemoFailure: It failed; that something needs a decision is no failure.
        """
        done = subprocess.run(
            [sys.executable, "-m", "console", *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 3):
            raise DemoFailure(f"content-sync {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """Return what content-sync needs to find the stack."""
        return self.aws.environment | {"CONTENT_SYNC_STACK": STACK}

    @contextmanager
    def console(self, folder: Path) -> Iterator[str]:
        """Serve the page until the block ends; its address is given."""
        log = folder / "console.log"
        command = [sys.executable, "-m", "console", "console", "--no-browser"]
        with running(command, environment=self.environment, log=log):
            until = time.monotonic() + CONSOLE_STARTS_SECONDS
            while time.monotonic() < until:
                lines = log.read_text().splitlines()
                if address := next((line for line in lines if line.startswith("http://")), ""):
                    yield address
                    return
                time.sleep(0.1)
            raise DemoFailure(f"content-sync console did not begin to serve: see {log}")

    def faults(self) -> list[str]:
        """Return how what stands at 360Learning differs from what the providers' data call for."""
        return [
            fault
            for provider in PROVIDERS
            for fault in oracle.faults(
                self.sandbox,
                oracle.expect(self.sandbox, provider),
                provider,
                gone=self.gone.get(provider, set()),
            )
        ]

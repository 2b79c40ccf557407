"""What goes wrong: faults of services and of AWS, kills anywhere, other runs in between, time."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from content_sync.fields import instants
from content_sync.web.http import HttpClient
from sandbox.service import Fault
from tests.helpers import set_runs_clock

MINUTE = 60.0
# Of all calls to AWS while it is moody: some of what fails is tried again in vain.
AWS_FAULTS = (0.05, 0.05, 0.4)
AWS_CODES = (
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "TransactionInProgressException",
)
CANCELLED = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


class Killed(BaseException):
    """Nothing in the program may catch it."""


class Weather:
    """What a storm does to the program.

    What happens at a call depends on the seed, the turn and the call's place among those of its
    kind, so that it is the same whichever thread comes first. Processes are killed, and stopped for
    others, at calls of the run itself.

    Args:
        seed: What it depends on.
        patch: Takes back what is done to the program.

    Attributes:
        chance: Of the turn.
        counts: How often each kind of thing went wrong.
        between: Called at one place of a run, as if its process were stopped meanwhile.
    """

    def __init__(self, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.chance = random.Random()
        self.counts: dict[str, int] = {}
        self.between: Callable[[], None] | None = None
        self._moody = 0.0
        self._kill_in = self._pause_in = 0
        self._dead = False
        self._ahead = 0.0
        self._aside = 0
        self._seed, self._turn = seed, 0
        self._places: dict[str, int] = {}
        self._blow(patch)

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self._moody, self._dead = 0.0, False
        self._kill_in = self._pause_in = 0
        self.between = None

    def turn(self, *, kills: bool, between: Callable[[], None] | None) -> None:
        """Decide what goes wrong in the next invocation."""
        self.calm()
        self._turn += 1
        self._places = {}
        self.chance = random.Random(f"{self._seed} weather {self._turn}")
        self._moody = self.chance.choice(AWS_FAULTS) if self.chance.random() < 0.4 else 0.0
        self._kill_in = self.chance.randint(1, 40) if kills else 0
        self.between = between
        self._pause_in = self.chance.randint(1, 30) if between else 0

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let the storm itself look at things: nothing happens to it."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    def pass_time(self, seconds: float) -> None:
        """Let time go by, as far as leases and runs tell it."""
        self._ahead += seconds

    def faults(self, provider: str) -> list[Fault]:
        """Return what services do wrong during the next invocation."""
        return [self._fault(provider) for _ in range(self.chance.choice((0, 0, 1, 1, 2, 4)))]

    def _fault(self, provider: str) -> Fault:
        chance = self.chance
        match = chance.choice((f" /{provider}/", " /360learning/", "POST /360learning/.*bulk", ""))
        kind: dict[str, Any] = chance.choice(
            (
                {"status": chance.choice((500, 502, 503, 504)), "body": "<html>down</html>"},
                {"status": 429, "body": {}, "headers": {"Retry-After": chance.choice("01")}},
                {"status": 401, "body": {}},
                {"status": 200, "body": "<html>a proxy's</html>"},
                {"status": 404, "body": "nobody here"},
                {"drop": "before"},
                {"drop": "after"},
                {"truncate": True},
            )
        )
        self._count(f"service {next(iter(kind))} {kind.get('status', '')}".strip())
        times = chance.choice((1, 1, 1, 2, 6, 40))
        return Fault(match, after=chance.randint(0, 25), times=times, **kind)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def _blow(self, patch: pytest.MonkeyPatch) -> None:
        wait, real_now = time.sleep, instants.now
        patch.setattr("time.sleep", lambda seconds: wait(min(seconds, 0.002)))
        clock = SimpleNamespace(time=lambda: time.time() + self._ahead)
        patch.setattr("content_sync.state.lease.time", clock)
        set_runs_clock(patch, lambda: real_now() + int(self._ahead * 1000))
        call, exchange = BaseClient._make_api_call, HttpClient._exchange  # type: ignore[attr-defined]

        def call_aws(client: Any, operation: str, parameters: Any) -> Any:
            return self._through(
                operation,
                lambda: call(client, operation, parameters),
                lambda chance: self._aws_fault(chance, operation),
            )

        def call_service(client: HttpClient, *arguments: Any) -> Any:
            return self._through("http", lambda: exchange(client, *arguments), lambda chance: None)

        patch.setattr(BaseClient, "_make_api_call", call_aws)
        patch.setattr(HttpClient, "_exchange", call_service)

    def _through(
        self,
        kind: str,
        act: Callable[[], Any],
        fault: Callable[[random.Random], Exception | None],
    ) -> Any:
        """Let something be done, or not, or not be told that it was."""
        if self._aside:
            return act()
        if self._dead:
            raise Killed
        self._places[kind] = place = self._places.get(kind, 0) + 1
        chance = random.Random(f"{self._seed} {self._turn} {kind} {place}")
        after = chance.random() < 0.5
        dies = False
        if threading.current_thread() is threading.main_thread():
            self._pause_in -= 1
            if self._pause_in == 0 and self.between is not None:
                between, self.between = self.between, None
                self._count("another run in between")
                between()
            self._kill_in -= 1
            dies = self._kill_in == 0
        if dies and not after:
            self._die()
        failure = fault(chance)
        if failure is not None and chance.random() < 0.7:
            raise failure
        done = act()
        if dies:
            self._die()
        if failure is not None:
            raise failure
        return done

    def _die(self) -> None:
        self._dead = True
        self._count("kill")
        raise Killed

    def _aws_fault(self, chance: random.Random, operation: str) -> Exception | None:
        if chance.random() >= self._moody:
            return None
        self._count(f"aws {operation}")
        endpoint = "https://dynamodb.example"
        if operation == "TransactWriteItems" and chance.random() < 0.5:
            reasons = [{"Code": chance.choice(CANCELLED)}]
            response: Any = {"Error": {"Code": "TransactionCanceledException"}}
            return ClientError(response | {"CancellationReasons": reasons}, operation)
        return chance.choice(
            (
                ClientError({"Error": {"Code": chance.choice(AWS_CODES)}}, operation),
                EndpointConnectionError(endpoint_url=endpoint),
                ReadTimeoutError(endpoint_url=endpoint),
            )
        )

"""The command line over the whole house: its functions are the handlers, its AWS is moto."""

import contextlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from console import verbs  # noqa: F401
from console.app import app
from console.session import Session
from console.stack import ConsoleError, FunctionFailed, Stack
from content_sync.errors import ContentSyncError
from tests.console.scene import Scene
from tests.helpers import at_home
from tests.house import REGION, House, handler, house

Typed = Callable[..., Result]

# The handlers stand in this process, once; the page asks them from several threads.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class HouseStack(Stack):
    """A stack whose functions are called where they stand; events and answers go through JSON."""

    house: House

    def call(self, function: str, event: Any) -> Any:
        try:
            handler(function)
        except FileNotFoundError:
            raise ConsoleError(f"there is no function {self.name}-{function} here") from None
        try:
            # Metrics go to standard output, as Lambda wants them.
            with _ONE_AT_A_TIME, contextlib.redirect_stdout(io.StringIO()):
                answer = self.house.call(function, json.loads(json.dumps(event)))
        except ContentSyncError as error:
            raise FunctionFailed(str(error)) from None
        return json.loads(json.dumps(answer))


def stack_of(house: House, name: str = "content-sync") -> HouseStack:
    """A house as the command line reaches it."""
    return HouseStack(name, boto3.Session(region_name=REGION), None, house)


@pytest.fixture(name="month", scope="module")
def _month() -> Iterator[Scene]:
    """Some days of two integrations, the last of which calls for a decision; only to look at."""
    with pytest.MonkeyPatch.context() as monkeypatch, house(monkeypatch) as built:
        scene = Scene(built, days=6)
        scene.play()
        scene.shrink(12)
        yield scene


def printed(result: Any) -> Any:
    """What was printed as JSON, and nothing else."""
    return json.loads(result.stdout)


@pytest.fixture(name="courses")
def _courses(house: House) -> list[Any]:
    return at_home(house, 40)


@pytest.fixture(name="typed")
def _typed(house: House, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What comes of a command line; `answers` are typed by somebody at a terminal."""

    def reached(cls: type[Stack], name: str, **_: Any) -> Stack:
        return stack_of(house, name)

    monkeypatch.setattr(Stack, "reached", classmethod(reached))
    for module in ("console.verbs.sync", "console.following"):
        monkeypatch.setattr(f"{module}.POLL_SECONDS", 0.01)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")

    def typed(*words: str, answers: list[str] | None = None) -> Result:
        monkeypatch.setattr(
            Session, "interactive", property(lambda self: answers is not None and not self.as_json)
        )
        text = "".join(f"{line}\n" for line in answers or ())
        return CliRunner().invoke(app, list(words), input=text)

    return typed

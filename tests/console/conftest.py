"""The command line over the whole house: its functions are the handlers, its AWS is moto."""

import contextlib
import io
import json
from collections.abc import Callable
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
from tests.house import House, handler

Typed = Callable[..., Result]


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
            with contextlib.redirect_stdout(io.StringIO()):
                answer = self.house.call(function, json.loads(json.dumps(event)))
        except ContentSyncError as error:
            raise FunctionFailed(str(error)) from None
        return json.loads(json.dumps(answer))


@pytest.fixture(name="typed")
def _typed(house: House, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What comes of a command line; `answers` are typed by somebody at a terminal."""
    session = boto3.Session(region_name="eu-west-3")

    def reached(cls: type[Stack], name: str, **_: Any) -> Stack:
        return HouseStack(name, session, None, house)

    monkeypatch.setattr(Stack, "reached", classmethod(reached))
    monkeypatch.setattr("console.verbs.sync.POLL_SECONDS", 0.01)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")

    def typed(*words: str, answers: list[str] | None = None) -> Result:
        monkeypatch.setattr(
            Session, "interactive", property(lambda self: answers is not None and not self.as_json)
        )
        text = "".join(f"{line}\n" for line in answers or ())
        return CliRunner().invoke(app, list(words), input=text)

    return typed

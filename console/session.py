"""One call of the command line: where it reaches, how it shows and asks."""

import difflib
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import typer
from rich.console import Console
from rich.text import Text

from console.stack import Json, Stack

# Exit codes.
DONE, FAILED, WRONG_USAGE, NEEDS_DECISION = 0, 1, 2, 3


# Of an integration, which also is part of its secret's.
NAME = re.compile(r"[A-Za-z0-9_.+=@-]{1,128}")


class UsageError(Exception):
    """What was typed is not enough, or too much: exit code 2."""


class Target(NamedTuple):
    """One integration."""

    provider: str
    integration: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.integration}"


@dataclass(frozen=True)
class Session:
    """What a verb works with.

    Attributes:
        stack: The stack.
        out: Where answers go.
        notes: Where everything else goes: progress, questions, what comes next.
        as_json: Whether to print what a function answered, and nothing else.
    """

    stack: Stack
    out: Console
    notes: Console
    as_json: bool

    @property
    def interactive(self) -> bool:
        """Tell whether somebody can answer."""
        return sys.stdin.isatty() and not self.as_json

    def answer(self, content: Json, show: Callable[[Console, Any], None]) -> None:
        """Print an answer, as JSON or for people."""
        if self.as_json:
            self.out.print(json.dumps(content, indent=2, ensure_ascii=False), soft_wrap=True)
        else:
            show(self.out, content)

    def note(self, *lines: str | Text) -> None:
        """Say something beside the answer."""
        for line in lines:
            self.notes.print(line)

    def target(self, text: str | None) -> Target:
        """Return the integration that was named, or the only one that there is.

        Raises:
            UsageError: None was named, and there is not just one.
        """
        if text:
            return parse_target(text)
        there = [
            Target(one["provider"], one["integration"])
            for one in self.stack.manage("list")["integrations"]
        ]
        if len(there) == 1:
            return there[0]
        if not there:
            raise UsageError("there is no integration yet: set one up with content-sync setup")
        raise UsageError(f"name one of {', '.join(map(str, there))}")

    def confirmed(self, question: str, *, yes: bool) -> bool:
        """Ask for consent.

        Raises:
            UsageError: Nobody can answer, and --yes was not given.
        """
        if yes:
            return True
        if not self.interactive:
            raise UsageError(f"{question} Say --yes: there is nobody to ask here.")
        return bool(typer.confirm(question, default=False, err=True))

    def asked(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """Ask for a text; hidden ones are not shown while they are typed."""
        said = typer.prompt(
            question, default=default, show_default=bool(default), hide_input=hidden, err=True
        )
        return str(said).strip()


def parse_target(text: str) -> Target:
    """Read `PROVIDER` or `PROVIDER/INTEGRATION`.

    Raises:
        UsageError: It is neither.
    """
    provider, slash, integration = text.partition("/")
    if not provider or (slash and not integration) or "/" in integration:
        raise UsageError(f"{text} is no integration: write it as go1, or as go1/default")
    if integration and not NAME.fullmatch(integration):
        raise UsageError(
            f"{integration} is no name of an integration: it takes letters, digits and . _ + = @ -"
        )
    return Target(provider.lower(), integration or "default")


def closest(word: str, words: Sequence[str]) -> str:
    """Return ", did you mean ...?" where one of the words is near."""
    near = difflib.get_close_matches(word, words, n=1)
    return f", did you mean {near[0]}?" if near else ""

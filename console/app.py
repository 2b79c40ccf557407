"""The command line: its verbs, the options that all of them take, and how it ends."""

import functools
import inspect
import os
import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

from console.session import DONE, FAILED, WRONG_USAGE, Session, UsageError
from console.stack import ConsoleError, Stack

INTERRUPTED = 130
WIDTH_OF_A_FILE = 240
_THE_STACK = "Which stack"

app = typer.Typer(
    name="content-sync",
    help="Courses and learners' progress, from your providers into 360Learning.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    suggest_commands=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# What every verb takes, as the AWS CLI has them.
OPTIONS: dict[str, Any] = {
    "as_json": Annotated[
        bool, typer.Option("--json", help="Print what was answered, and nothing else.")
    ],
    "stack": Annotated[
        str,
        typer.Option(
            envvar="CONTENT_SYNC_STACK", help="The stack's name.", rich_help_panel=_THE_STACK
        ),
    ],
    "region": Annotated[
        str | None,
        typer.Option(
            envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
            help="The AWS region.",
            rich_help_panel=_THE_STACK,
        ),
    ],
    "profile": Annotated[
        str | None,
        typer.Option(
            envvar="AWS_PROFILE", help="The AWS CLI's profile.", rich_help_panel=_THE_STACK
        ),
    ],
    "endpoint_url": Annotated[
        str | None,
        typer.Option(
            envvar="AWS_ENDPOINT_URL",
            help="Of an AWS that is not Amazon's, such as the demo's.",
            rich_help_panel=_THE_STACK,
        ),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Show the whole of an error.")],
}
DEFAULTS: dict[str, Any] = {"as_json": False, "stack": "content-sync", "debug": False}

Verb = Callable[..., int | None]


def verb(*examples: str, panel: str = "Look") -> Callable[[Verb], Verb]:
    """Make a function a verb: its docstring is the help, its first argument the session.

    Args:
        *examples: Of what is typed, for the end of the help.
        panel: Under which heading of the help it stands.
    """

    def made(function: Verb) -> Verb:
        @functools.wraps(function)
        def command(
            *,
            as_json: bool,
            stack: str,
            region: str | None,
            profile: str | None,
            endpoint_url: str | None,
            debug: bool,
            **own: Any,
        ) -> None:
            def act() -> int | None:
                place = {"region": region, "profile": profile, "endpoint_url": endpoint_url}
                reached = Stack.reached(stack, **place)
                out, notes = Console(highlight=False), Console(stderr=True, highlight=False)
                if not out.is_terminal and "COLUMNS" not in os.environ:
                    # A file has no edge.
                    out.width = WIDTH_OF_A_FILE
                return function(Session(reached, out, notes, as_json), **own)

            raise typer.Exit(ended(act, debug=debug))

        signature = inspect.signature(function)
        own = list(signature.parameters.values())[1:]
        common = [
            inspect.Parameter(
                option,
                inspect.Parameter.KEYWORD_ONLY,
                default=DEFAULTS.get(option),
                annotation=annotation,
            )
            for option, annotation in OPTIONS.items()
        ]
        command.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *common], return_annotation=None
        )
        command.__annotations__ = {one.name: one.annotation for one in [*own, *common]}
        del command.__wrapped__
        epilog = "\n\n".join(["Examples:", *(f"`content-sync {one}`" for one in examples)])
        app.command(function.__name__, epilog=epilog, rich_help_panel=panel)(command)
        return function

    return made


def ended(act: Callable[[], int | None], *, debug: bool) -> int:
    """Carry something out, and return the exit code; an error is one sentence."""
    try:
        return act() or DONE
    except UsageError as error:
        typer.echo(error, err=True)
        return WRONG_USAGE
    except ConsoleError as error:
        if debug:
            traceback.print_exc()
        typer.echo(error, err=True)
        return FAILED
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        return INTERRUPTED

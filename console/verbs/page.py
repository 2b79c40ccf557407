"""The verb that serves the page."""

import contextlib
import webbrowser
from typing import Annotated

import typer

from console.app import verb
from console.session import Session


@verb("console", "console --port 8360 --no-browser")
def console(
    session: Session,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in a browser at once.")
    ] = True,
) -> None:
    """Show all of it as a page in your browser, served by this machine, to it alone."""
    # Only this verb needs what serves pages.
    from console.page.serving import PageServer

    session.stack.manage("list")
    server = PageServer(session.stack, port)
    # Ctrl-C is how it ends.
    with contextlib.suppress(KeyboardInterrupt):
        if session.as_json:
            session.answer({"address": server.address}, lambda *_: None)
        else:
            session.out.print(server.address, soft_wrap=True, highlight=False)
        session.note("Whoever has this address sees what you see. Ctrl-C ends it.")
        if browser and session.interactive:
            webbrowser.open(server.address)
        server.run()

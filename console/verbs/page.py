"""The verb that serves the page."""

import contextlib
import html
import tempfile
import webbrowser
from pathlib import Path
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
        with tempfile.TemporaryDirectory(prefix="content-sync-") as folder:
            if browser and session.interactive:
                webbrowser.open(_leading_to(server.address, Path(folder)).as_uri())
            server.run()


def _leading_to(address: str, folder: Path) -> Path:
    """Return a file of this user's that leads a browser to an address.

    What a program is called with, all users of a machine may see; the address holds the token.
    """
    file = folder / "open.html"
    file.touch(mode=0o600)
    leads = f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">'
    file.write_text(f"<!doctype html><title>content-sync</title>{leads}\n")
    return file

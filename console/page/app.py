"""The page as an application: its addresses, what its templates may use, how it fails."""

import mimetypes
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, render_template
from werkzeug.exceptions import HTTPException

from console.page.consent import Outdated
from console.page.guard import guard
from console.page.pages import RULES, Pages
from console.reports import awaiting_consent
from console.stack import ConsoleError, FunctionFailed, Stack
from console.texts import age, lasted, local, local_with_zone, number, plural, zone

KINDS = {"catalog": "Courses", "stats": "Progress", "reconcile": "Reconcile"}
STILL = {path.name: path.read_bytes() for path in Path(__file__).with_name("static").iterdir()}
# A function's own sentence says what is wrong with what was asked.
STATUSES: dict[type[ConsoleError], int] = {FunctionFailed: 404, Outdated: 409}


def create_app(stack: Stack, token: str, port: int) -> Flask:
    """Return the page of a stack.

    Args:
        stack: The stack, as the operator reaches it.
        token: What the address must hold.
        port: On which it will listen.
    """
    # What stands still is kept in memory: a browser that goes away leaves no file open.
    app = Flask("console.page", static_folder=None)
    app.jinja_env.filters.update(
        age=age,
        local=local,
        next_firing=local_with_zone,
        number=number,
        shown=shown,
        without_commands=without_commands,
    )
    app.jinja_env.globals.update(
        lasted=lasted,
        plural=plural,
        kinds=KINDS,
        stack=stack.name,
        awaits=awaiting_consent,
        zone=zone,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard(app, token, port)
    pages = Pages(stack)
    for name, address, method in RULES:
        app.add_url_rule(address, name, getattr(pages, name), methods=[method])
    app.add_url_rule("/static/<name>", "static", _still)
    app.register_error_handler(ConsoleError, _refused)
    app.register_error_handler(HTTPException, _failed)
    return app


def _still(name: str) -> Response:
    if name not in STILL:
        abort(404)
    return Response(STILL[name], mimetype=mimetypes.guess_type(name)[0])


def _refused(error: Exception) -> tuple[str, int]:
    assert isinstance(error, ConsoleError)
    return render_template("error.html", message=str(error)), STATUSES.get(type(error), 502)


def _failed(error: Exception) -> tuple[str, int]:
    assert isinstance(error, HTTPException)
    # Who may not look learns nothing, not even the stack's name.
    hidden = {"stack": ""} if error.code == HTTPStatus.FORBIDDEN else {}
    return render_template("error.html", message=error.description, **hidden), error.code or 500


def without_commands(said: str) -> str:
    """Return a sentence up to the first command that it names: a page has its own ways."""
    before, command, _ = said.partition(": content-sync ")
    return f"{before}." if command else said


def shown(value: Any) -> str:
    """Return a value of an answer as text."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(one)}" for name, one in value.items())
    return str(value)

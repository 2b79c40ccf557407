"""What keeps others out of a page on this machine: other users, other pages, other names for it.

Whoever has the address with its token may look; the browser keeps the token in a cookie that no
script can read, and no form of another site can use. A name that somebody else's DNS gave this
machine is refused, and so is every form that another site sends.
"""

import hmac
import secrets

from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

USUAL_PORT = 80
NAMES = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Without any, forms would not say where they come from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def new_token() -> str:
    """Return what stands in the address, and nobody can guess."""
    return secrets.token_urlsafe(32)


def guard(app: Flask, token: str, port: int) -> None:
    """Let only those in who have the token, by this machine's own name.

    Args:
        app: The page.
        token: Of the address.
        port: On which it listens; cookies do not tell ports apart, so its name does.
    """
    cookie = f"content-sync-{port}"
    # Of the usual port, browsers say nothing.
    hosts = set(NAMES) if port == USUAL_PORT else {f"{name}:{port}" for name in NAMES}

    @app.before_request
    def only_ours() -> AnyResponse | None:
        if request.host not in hosts:
            abort(403, "this page answers only to 127.0.0.1 and localhost")
        if request.method == "POST" and request.headers.get("Origin") != f"http://{request.host}":
            abort(403, "this form was sent from another page")
        if request.endpoint == "static":
            return None
        if given := request.args.get("token"):
            if not _same(given, token):
                abort(403, "this address is of another call of content-sync console")
            entered = redirect(request.path)
            entered.set_cookie(cookie, token, httponly=True, samesite="Lax")
            return entered
        if not _same(request.cookies.get(cookie, ""), token):
            abort(403, "open the whole address that content-sync console printed, token included")
        return None

    @app.after_request
    def sealed(response: Response) -> Response:
        # A chart brings a policy of its own.
        policy = response.headers.get("Content-Security-Policy", POLICY)
        response.headers.update({**HEADERS, "Content-Security-Policy": policy})
        return response


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())

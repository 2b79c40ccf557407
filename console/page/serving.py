"""The page over HTTP, on this machine only."""

import socket
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from console.page.app import create_app
from console.page.guard import new_token
from console.stack import ConsoleError, Stack

HOST = "127.0.0.1"


class _Silent(WSGIRequestHandler):
    """Says nothing of requests: the first one has the token in its address."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class PageServer:
    """A page that listens, and where it is found.

    Attributes:
        port: On which it listens.
        address: What to open, token included.
    """

    def __init__(self, stack: Stack, port: int) -> None:
        """Listen.

        Args:
            stack: The stack, as the operator reaches it.
            port: On which; 0 for any that is free.

        Raises:
            ConsoleError: The port is taken.
        """
        try:
            listening = socket.create_server((HOST, port))
        except OSError as error:
            raise ConsoleError(
                f"port {port} cannot be listened on ({error.strerror}): name another with --port"
            ) from error
        with listening:
            token = new_token()
            self.port = int(listening.getsockname()[1])
            self.address = f"http://{HOST}:{self.port}/?token={token}"
            # Each chart is an invocation of its own, and none waits for another.
            self._server = make_server(
                HOST,
                self.port,
                create_app(stack, token, self.port),
                threaded=True,
                request_handler=_Silent,
                fd=listening.fileno(),
            )

    def run(self) -> None:
        """Serve until Ctrl-C, or until it is stopped by another thread; then listen no more."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        """Let `run` end, which is under way in another thread."""
        self._server.shutdown()

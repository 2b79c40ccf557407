"""Answers have bounds: in time, whatever the pace of their sender, and in size, however packed.

A read timeout alone starts anew with every byte. So sockets know when the exchange under way must
have ended, and no wait on them is longer than what is left of it.
"""

import contextlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from content_sync.errors import TooLong

# Far more than the largest page of any provider.
MOST_BYTES = 64 * 2**20
LONGEST_SECONDS = 120.0
# What takes two bytes in an answer takes a hundred in memory: so many lists, objects and their
# elements at most. Ten thousand results of an operation have some 500,000.
MOST_VALUES = 2_000_000
SHORTEST_SECONDS = 0.001
_PIECE = 2**16

_exchange = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let no wait on a socket of this thread's outlast so many seconds, all of them together."""
    _exchange.ends = time.monotonic() + seconds
    try:
        yield
    finally:
        _exchange.ends = None


def read_whole(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return a body, unpacked piece by piece.

    Raises:
        TooLong: It is more, in bytes or in values, than anybody sends who means well.
        urllib3.exceptions.HTTPError: The connection broke, or what came is not as it is packed.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE, decode_content=True):
        size += len(piece)
        if size > MOST_BYTES:
            response.close()
            raise TooLong
        pieces.append(piece)
    content = b"".join(pieces)
    if sum(map(content.count, (b"{", b"[", b","))) > MOST_VALUES:
        raise TooLong
    return content


def _limit(inner: socket.socket) -> None:
    """Let the next wait on a socket end with the exchange that is under way."""
    ends = getattr(_exchange, "ends", None)
    if ends is None:
        return
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    waits = inner.gettimeout()
    if waits is None or left < waits:
        inner.settimeout(left)


class _TimedIO(socket.SocketIO):
    def readinto(self, buffer: Any) -> int | None:
        _limit(self._sock)  # type: ignore[attr-defined]
        return super().readinto(buffer)


class _TimedSocket:
    """A connected socket that keeps to the exchange's time."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def sendall(self, data: Any, *flags: Any) -> None:
        """Send all of it, or raise TimeoutError."""
        # By pieces: the socket's own way waits anew for each record of TLS.
        with memoryview(data).cast("B") as left:
            sent = 0
            while sent < len(left):
                _limit(self._inner)
                sent += self._inner.send(left[sent : sent + _PIECE], *flags)

    def makefile(self, mode: str = "rb", *_more: Any, **_others: Any) -> io.BufferedReader:
        """Return what the answer is read from; http.client asks for nothing else."""
        assert mode == "rb"
        self._inner._io_refs += 1  # as socket.makefile does
        return io.BufferedReader(_TimedIO(self._inner, "r"))


class _Timed(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connect; a host may have several addresses, each of which is tried for so long."""
        ends = getattr(_exchange, "ends", None)
        if ends is not None and isinstance(self.timeout, int | float):
            with contextlib.suppress(OSError, UnicodeError):
                found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
                left = max(ends - time.monotonic(), SHORTEST_SECONDS)
                self.timeout = min(self.timeout, left / max(len(found), 1))
        return super()._new_conn()

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _TimedSocket(self.sock)


class _TimedHTTPConnection(_Timed):
    """Keeps to `within`."""


class _TimedHTTPSConnection(_Timed, HTTPSConnection):
    """The same, over TLS."""


class _TimedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _TimedHTTPConnection


class _TimedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPSConnection


# By the scheme of what they connect to.
POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _TimedHTTPPool, "https": _TimedHTTPSPool}

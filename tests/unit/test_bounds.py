"""Whatever a service sends, however slowly, is in bounds of time and memory."""

import gzip
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from content_sync.errors import (
    InvalidSettings,
    LostAnswer,
    OutOfTime,
    RemoteUnavailable,
    UnexpectedAnswer,
)
from content_sync.web.http import ATTEMPTS
from tests.unit.speaking import HEAD, body, client, speaking

pytestmark = pytest.mark.usefixtures("hurry")


def test_a_gzip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(b" " * 300 * 2**20)
    with speaking(body(bomb, b"Content-Encoding: gzip")) as (url, _):
        tracemalloc.start()
        try:
            with pytest.raises(UnexpectedAnswer, match="more than 64 MB"):
                client(url).get("/courses")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 160 * 2**20


@pytest.mark.parametrize("values", [b"{},", b"[],", b"0,", b'"a",'])
def test_more_values_than_anybody_sends_are_not_made(values: bytes) -> None:
    """Of 62 KB, in the end: what is packed well takes most in memory."""
    bomb = gzip.compress(b"[" + values * 2_000_001 + b"0]")
    with speaking(body(bomb, b"Content-Encoding: gzip")) as (url, heard):
        with pytest.raises(UnexpectedAnswer, match="values: an engineer should look"):
            client(url).get("/courses")
        assert len(heard) == 1


def test_what_is_packed_is_unpacked_and_what_is_packed_badly_is_asked_for_again() -> None:
    packed = gzip.compress(b'{"a": 1}')
    with speaking(body(packed, b"Content-Encoding: gzip")) as (url, _):
        assert client(url).get("/courses").body == {"a": 1}
    with speaking(body(packed[:-9] + b"x" * 9, b"Content-Encoding: gzip")) as (url, heard):
        with pytest.raises(RemoteUnavailable, match="broke"):
            client(url).get("/courses")
        assert len(heard) == ATTEMPTS


def dribbled(after: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(after)
        # With an end, so that nobody who minds no time hangs.
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    "after", [HEAD + b"Content-Length: 100000\r\n\r\n", HEAD + b"X-Odd: "], ids=["body", "headers"]
)
def test_one_byte_at_a_time_ends_in_time(after: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content_sync.web.http.LONGEST_SECONDS", 0.3)
    with speaking(dribbled(after)) as (url, heard):
        began = time.monotonic()
        with pytest.raises(RemoteUnavailable, match="the connection to Acme broke"):
            client(url).get("/courses")
        assert len(heard) == ATTEMPTS
    assert time.monotonic() - began < 5


def test_one_byte_at_a_time_ends_in_time_over_tls_too(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking(body(b'{"a": 1}'), tls) as (url, _):
        assert client(url).get("/courses").body == {"a": 1}
    monkeypatch.setattr("content_sync.web.http.LONGEST_SECONDS", 0.3)
    with speaking(dribbled(HEAD + b"Content-Length: 100000\r\n\r\n"), tls) as (url, heard):
        began = time.monotonic()
        with pytest.raises(RemoteUnavailable, match="the connection to Acme broke"):
            client(url).get("/courses")
        assert len(heard) == ATTEMPTS
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("secure", [False, True])
def test_who_takes_a_request_slowly_is_not_waited_for(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, *, secure: bool
) -> None:
    monkeypatch.setattr("content_sync.web.http.LONGEST_SECONDS", 0.5)

    def slow(connection: socket.socket) -> None:
        while connection.recv(16_384):
            time.sleep(0.1)

    with speaking(slow, tls if secure else None) as (url, _):
        began = time.monotonic()
        with pytest.raises(LostAnswer):
            client(url).send("PUT", "/courses", encoded=b" " * 16 * 2**20, repeatable=False)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("secure", [False, True])
def test_an_upload_may_take_longer_than_a_connection(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, *, secure: bool
) -> None:
    monkeypatch.setattr("content_sync.web.http.CONNECT_TIMEOUT", 0.4)
    content = b" " * 6 * 2**20

    def honest(connection: socket.socket) -> None:
        head = heard[-1].index(b"\r\n\r\n") + 4
        left = head + len(content) - len(heard[-1])
        while left > 0 and (piece := connection.recv(2**18)):
            left -= len(piece)
            time.sleep(0.05 if not secure else 0.003)
        body(b"{}")(connection)

    with speaking(honest, tls if secure else None) as (url, heard):
        began = time.monotonic()
        assert client(url).send("PUT", "/courses", encoded=content).body == {}
        assert time.monotonic() - began > 0.5


def test_however_many_addresses_a_host_has_it_is_left_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with full() as (host, port):
        real = socket.getaddrinfo

        def many(*arguments: object, **more: object) -> list[object]:
            return list(real(host, port, type=socket.SOCK_STREAM)) * 8

        monkeypatch.setattr("socket.getaddrinfo", many)
        began = time.monotonic()
        with pytest.raises((OutOfTime, RemoteUnavailable, InvalidSettings)):
            client(f"http://many.example:{port}", seconds=3.0).get("/courses")
        assert time.monotonic() - began < 4.0


@contextmanager
def full() -> Iterator[tuple[str, int]]:
    """An address where nobody answers: its queue of connections is full."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(4)]
    try:
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield listening.getsockname()
    finally:
        for one in (*waiting, listening):
            one.close()


def test_a_host_that_does_not_answer_at_all_is_left_before_the_invocation_ends() -> None:
    with full() as (host, port):
        began = time.monotonic()
        with pytest.raises((OutOfTime, RemoteUnavailable, InvalidSettings)):
            client(f"http://{host}:{port}", seconds=2.0).get("/courses")
        assert time.monotonic() - began < 3.0


def test_an_exchange_ends_before_the_invocation_does() -> None:
    with speaking(dribbled(HEAD + b"Content-Length: 100000\r\n\r\n")) as (url, _):
        began = time.monotonic()
        with pytest.raises(OutOfTime):
            client(url, seconds=3.2).get("/courses")
    assert time.monotonic() - began < 5


def test_threads_that_wait_for_their_turn_do_not_outlast_the_invocation() -> None:
    """As a reader's: many learners to ask, one after the other, and an answer takes its time."""

    def slow(connection: socket.socket) -> None:
        time.sleep(0.4)
        connection.sendall(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    with speaking(slow) as (url, heard):
        asked = client(url, seconds=1.5)
        began = time.monotonic()
        with pytest.raises(OutOfTime), ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: asked.get("/users/{id}", ids=(str(number),)), range(400)))
        assert time.monotonic() - began < 3
        assert len(heard) < 30

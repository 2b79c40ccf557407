"""Whatever a service sends, however slowly: a sentence or a value, in bounds of time and memory."""

import contextlib
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from content_sync.errors import (
    InvalidSettings,
    LostAnswer,
    NotFound,
    OutOfTime,
    Refused,
    RemoteUnavailable,
    UnexpectedAnswer,
)
from content_sync.learning360.paging import next_link
from content_sync.web.calls import Service
from content_sync.web.http import ATTEMPTS, HttpClient
from content_sync.web.timebudget import TimeBudget

SERVICE = Service("Acme", "content-sync/integrations/acme/default", "api_url")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Token:
    """A token that must not get about."""

    def get(self) -> str:
        return "precious"

    def reject(self, token: str) -> None:
        """Never called."""


@contextmanager
def speaking(
    answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers each connection's first request by hand; over TLS on demand."""
    listening = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            connection = tls.wrap_socket(plain, server_side=True) if tls else plain
            with connection:
                heard.append(connection.recv(65_536))
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}", heard
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def client(url: str, seconds: float = 900) -> HttpClient:
    ends = time.monotonic() + seconds
    budget = TimeBudget(lambda: int((ends - time.monotonic()) * 1000))
    return HttpClient(SERVICE, url, budget, token=Token())


def body(content: bytes, *headers: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        lines = b"".join(line + b"\r\n" for line in headers)
        length = b"Content-Length: %d\r\n" % len(content)
        connection.sendall(HEAD + lines + length + b"Connection: close\r\n\r\n" + content)

    return answer


@pytest.fixture(name="tls", scope="module")
def _tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssl.SSLContext]:
    """A server's side of TLS, with a certificate that clients believe meanwhile."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    both = folder / "both.pem"
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both.write_bytes(private + public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(both))
        yield context


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.001)


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


def test_a_path_is_told_without_its_ids() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\n{}")

    with speaking(refuse) as (url, heard):
        with pytest.raises(Refused, match=r"GET /users/\{id\}/courses/\{id\}") as raised:
            client(url).get("/users/{id}/courses/{id}", ids=("a@example.com", "4 5/é"))
        assert "a@" not in str(raised.value)
        assert b"/users/a%40example.com/courses/4%205%2F%C3%A9 " in heard[0]
        for odd in ("", ".", ".."):
            with pytest.raises(NotFound):
                client(url).get("/users/{id}", ids=(odd,))
    assert len(heard) == 1


@pytest.mark.parametrize(
    "path",
    [
        "http://evil.example/x",
        "https://127.0.0.1/x",
        ".evil.example/x",
        "@evil.example/x",
        ":1/x",
        "http://[/x",
    ],
)
def test_a_token_goes_to_its_own_host_only(path: str) -> None:
    with speaking(body(b"{}")) as (url, heard):
        with pytest.raises(UnexpectedAnswer, match="another host"):
            client(url).get(path)
        assert client(url).get(f"{url}/own").body == {}
    assert len(heard) == 1


def test_a_token_does_not_leave_in_clear(tls: ssl.SSLContext) -> None:
    there = pytest.raises(UnexpectedAnswer, match="another host")
    with speaking(body(b"{}"), tls) as (url, heard), there:
        client(url).get(url.replace("https://", "http://") + "/x")
    assert heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed_elsewhere(status: int) -> None:
    with speaking(body(b"{}")) as (elsewhere, heard_there):

        def away(connection: socket.socket) -> None:
            head = f"HTTP/1.1 {status} Away\r\nLocation: {elsewhere}/x\r\nContent-Length: 2\r\n\r\n"
            connection.sendall(head.encode() + b"{}")

        with speaking(away) as (url, heard), pytest.raises(InvalidSettings, match="redirects"):
            client(url).get("/courses")
        assert len(heard) == 1
        assert heard_there == []


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (b'{"a": "\\u0000"}', {"a": "\x00"}),
        (b'{"a": 1e999999999}', {"a": float("inf")}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
    ],
)
def test_odd_characters_and_numbers_are_values(content: bytes, value: object) -> None:
    with speaking(body(content)) as (url, _):
        assert client(url).get("/courses").body == value


def test_a_way_to_a_next_page_takes_time_that_grows_with_its_length_only() -> None:
    def seconds(length: int) -> float:
        began = time.process_time()
        assert next_link("<" * length) is None
        return time.process_time() - began

    seconds(1000)
    # Quadratic would be 100 times as long.
    assert seconds(60_000) < 40 * seconds(6_000) + 0.05
    assert next_link('<https://a.example/x?b=c>; rel="next"') == "https://a.example/x?b=c"


@pytest.mark.parametrize("content", [b"9" * 5000, b"[" * 100_000, b"{", b"\x00"])
def test_what_is_no_answer_is_a_sentence(content: bytes) -> None:
    with speaking(body(content)) as (url, _), pytest.raises(UnexpectedAnswer, match="whole JSON"):
        client(url).get("/courses")


@pytest.mark.parametrize(
    "value", ["²²", "9" * 400, "1e9", "-5", "nan", "Mon, 99 Xyz 9999 99:99:99", "\x01", "1.2.3"]
)
def test_an_absurd_retry_after_is_no_fault_of_ours(value: str) -> None:
    def answer(connection: socket.socket) -> None:
        head = f"HTTP/1.1 429 No\r\nRetry-After: {value}\r\nContent-Length: 2\r\n\r\n"
        connection.sendall(head.encode("latin-1") + b"{}")

    with (
        speaking(answer) as (url, _),
        pytest.raises(RemoteUnavailable, match=r"Acme (admits no more|asked to wait)"),
    ):
        client(url).get("/courses")

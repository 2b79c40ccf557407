"""A server that says what a test tells it to, byte by byte, and a client of it."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
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


@contextmanager
def believed(folder: Path) -> Iterator[ssl.SSLContext]:
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

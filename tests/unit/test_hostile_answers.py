"""Whatever a service says: a sentence or a value, and nothing goes to another host than its own."""

import socket
import ssl
import time

import pytest

from content_sync.errors import (
    InvalidSettings,
    NotFound,
    Refused,
    RemoteUnavailable,
    UnexpectedAnswer,
)
from content_sync.learning360.paging import next_link
from tests.unit.speaking import body, client, speaking

pytestmark = pytest.mark.usefixtures("hurry")


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

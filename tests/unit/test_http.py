"""The HTTP client alone, against answers that are said beforehand."""

import io
import json
from typing import Any

import pytest
import urllib3

from content_sync.errors import (
    ContentSyncError,
    InvalidSettings,
    LostAnswer,
    NotFound,
    OutOfTime,
    Refused,
    RemoteUnavailable,
    RetryableAnswer,
    UnexpectedAnswer,
)
from content_sync.web.answers import Answer
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.timebudget import TimeBudget

SERVICE = Service("Acme", "content-sync/integrations/acme/default", "api_url")


class Tokens:
    def __init__(self) -> None:
        self.number = 1
        self.rejected: list[str] = []

    def get(self) -> str:
        return f"token-{self.number}"

    def reject(self, token: str) -> None:
        self.rejected.append(token)
        self.number += 1


class Wire:
    """Hands out answers in order; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def urlopen(self, method: str, url: str, **more: Any) -> urllib3.HTTPResponse:
        self.sent.append({"method": method, "url": url, **more})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (*answer, {})[:3] if len(answer) == 2 else answer
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        content = text if isinstance(text, bytes) else text.encode()
        return urllib3.HTTPResponse(
            io.BytesIO(content), status=status, headers=headers, preload_content=False
        )


def client(wire: Wire, tokens: Tokens | None = None, seconds: float = 900) -> HttpClient:
    budget = TimeBudget(lambda: int(seconds * 1000))
    made = HttpClient(SERVICE, "https://acme.example/v1", budget, token=tokens)
    made._pools.urlopen = wire.urlopen  # type: ignore[method-assign, assignment]
    return made


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands() -> None:
    wire = Wire((200, r'{"a\ud83d": ["\uDE00", {"b": "so\ud83d\ude00"}], "c": 1}'))
    body = client(wire).get("/x").body
    assert body == {"a\ufffd": ["\ufffd", {"b": "so\U0001f600"}], "c": 1}


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "\xed\xa0\x80"}',
        '{"a": "\ud83d"}'.encode("utf-16", "surrogatepass"),
        b'{"a": "\xff"}',
    ],
)
def test_half_a_pair_in_the_bytes_themselves_is_no_character(content: bytes) -> None:
    body = client(Wire((200, content))).get("/x").body
    assert set(body["a"]) == {"\ufffd"}


def test_what_is_nested_too_deeply_is_not_json(waits: list[float]) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(UnexpectedAnswer, match="not whole JSON"):
        client(Wire(*[(200, deep)] * 5)).get("/x")
    assert len(waits) == 4


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", waited.append)
    return waited


def broken() -> Exception:
    return urllib3.exceptions.ProtocolError("reset")


def test_passing_faults_are_retried_and_retry_after_is_honoured(waits: list[float]) -> None:
    wire = Wire((503, "<html>"), broken(), (429, {}, {"Retry-After": "7"}), (200, {"a": 1}))
    assert client(wire).get("/x").body == {"a": 1}
    assert len(wire.sent) == 4
    assert waits[-1] == 7
    assert all(wait <= 1 for wait in waits[:1])


def test_a_retry_after_beyond_the_ceiling_or_the_time_left_is_not_waited_out() -> None:
    with pytest.raises(RemoteUnavailable, match="3600 s"):
        client(Wire((429, {}, {"Retry-After": "3600"}))).get("/x")
    # The invocation that goes on waits.
    with pytest.raises(OutOfTime):
        client(Wire((429, {}, {"Retry-After": "30"})), seconds=20).get("/x")


def test_faults_that_last_are_said() -> None:
    wire = Wire(*[(502, "bad")] * 9)
    with pytest.raises(RemoteUnavailable, match=r"Acme is not available \(HTTP 502 on GET /v1/x\)"):
        client(wire).get("/x")
    assert len(wire.sent) == 5


@pytest.mark.parametrize(("fault", "answered"), [((502, "bad"), True), (broken(), False)])
def test_what_must_not_be_repeated_is_sent_once(fault: Any, answered: bool) -> None:
    wire = Wire(fault)
    with pytest.raises(LostAnswer) as raised:
        client(wire).send("POST", "/x", json={}, repeatable=False)
    assert (len(wire.sent), raised.value.answered) == (1, answered)


def test_a_429_says_that_nothing_was_carried_out_so_it_is_repeated() -> None:
    wire = Wire((429, {}), (202, {}))
    assert client(wire).send("POST", "/x", json={}, repeatable=False).status == 202


def test_a_401_fetches_one_new_token() -> None:
    tokens = Tokens()
    wire = Wire((401, {}), (200, []))
    assert client(wire, tokens).get("/x").body == []
    assert tokens.rejected == ["token-1"]
    assert wire.sent[1]["headers"]["Authorization"] == "Bearer token-2"
    with pytest.raises(
        InvalidSettings, match=f"refuses the credentials of secret {SERVICE.secret}"
    ):
        client(Wire((401, {}), (401, {})), Tokens()).get("/x")


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (403, {}, InvalidSettings, "grant that permission"),
        (404, {}, NotFound, "check api_url in secret"),
        (404, {"code": "gone"}, Refused, "404 gone"),
        (400, {"error": {"code": "invalidInput"}}, Refused, "400 invalidInput"),
        (302, {}, InvalidSettings, "put its final address into api_url"),
    ],
)
def test_refusals_are_told_apart(
    status: int, body: Any, kind: type[ContentSyncError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        client(Wire((status, body))).get("/x", permission="read")


def test_a_sentence_is_not_a_code_and_never_repeated() -> None:
    with pytest.raises(Refused) as raised:
        client(Wire((400, {"error": "learner@example.com is unknown"}))).get("/x")
    assert "learner" not in f"{raised.value} {raised.value.detail}"


def test_half_an_answer_is_asked_for_again_and_never_an_empty_one() -> None:
    assert client(Wire((200, '{"a": '), (200, {"a": 1}))).get("/x").body == {"a": 1}
    with pytest.raises(UnexpectedAnswer, match="not whole JSON"):
        client(Wire(*[(200, "<html>")] * 9)).get("/x")
    assert client(Wire((204, ""))).get("/x").body is None


def test_a_check_may_have_an_answer_asked_for_again() -> None:
    def later(answer: Answer) -> None:
        if answer.body == "later":
            raise RetryableAnswer

    wire = Wire((200, '"later"'), (200, '"now"'))
    assert client(wire).get("/x", check=later).body == "now"


def test_the_query_never_stands_in_a_sentence() -> None:
    with pytest.raises(ContentSyncError) as raised:
        client(Wire((403, {}))).get("/x", {"mail": "learner@example.com"})
    assert "learner" not in str(raised.value)

"""The one way to fetch a token: where credentials stand, and how refusals are said."""

import threading
from json import loads
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from content_sync.errors import LoginRefused, OutOfTime, UnexpectedAnswer
from content_sync.web.calls import Service
from content_sync.web.oauth import Token, TokenEndpoint, TokenSource
from content_sync.web.timebudget import TimeBudget
from tests.unit.test_http import Wire

SERVICE = Service("Acme", "content-sync/integrations/acme/default", "token_url")


class Client:
    client_id = SecretStr("me")
    client_secret = SecretStr("word")


def endpoint(wire: Wire, **more: Any) -> TokenEndpoint:
    made = TokenEndpoint(
        SERVICE,
        "https://acme.example/token",
        TimeBudget(lambda: 900_000),
        Client(),
        **more,
    )
    made._http._pools.urlopen = wire.urlopen  # type: ignore[method-assign, assignment]
    return made


GRANTED = (200, {"access_token": "t", "expires_in": "1799", "refresh_token": "r"})
GRANT = {"grant_type": "client_credentials", "scope": "read"}
NAMED = {**GRANT, "client_id": "me", "client_secret": "word"}


@pytest.mark.parametrize(
    ("credentials", "form", "json", "header"),
    [
        ("form", NAMED, None, None),
        ("basic", GRANT, None, "Basic bWU6d29yZA=="),
        ("json", None, NAMED, None),
    ],
)
def test_credentials_stand_where_the_service_wants_them(
    credentials: Any, form: Any, json: Any, header: Any
) -> None:
    wire = Wire(GRANTED)
    token = endpoint(wire, credentials=credentials).client_credentials("read")
    assert token == Token("t", 1799.0, "r")
    (sent,) = wire.sent
    if json is None:
        assert dict(parse_qsl(sent["body"].decode())) == form
        assert sent["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    else:
        assert loads(sent["body"]) == json
        assert sent["headers"]["Content-Type"] == "application/json"
    assert sent["headers"].get("Authorization") == header


@pytest.mark.parametrize(
    "answer",
    [(400, {"error": "invalid_client"}), (401, {}), (200, {"error": {"code": 401}})],
)
def test_a_refusal_names_the_keys_and_never_a_value(answer: Any) -> None:
    with pytest.raises(LoginRefused, match="check client_id and shoe_size in secret") as raised:
        endpoint(Wire(answer), keys="client_id and shoe_size").client_credentials()
    assert "word" not in f"{raised.value} {raised.value.detail}"


def test_an_answer_without_a_token_is_unexpected() -> None:
    with pytest.raises(UnexpectedAnswer, match="without access_token"):
        endpoint(Wire((200, {"token": "t"}))).client_credentials()


@pytest.mark.parametrize("life", [None, "soon", 0, -5])
def test_a_life_that_is_not_told_is_an_hour(life: Any) -> None:
    wire = Wire((200, {"access_token": "t", "expires_in": life}))
    assert endpoint(wire).client_credentials().seconds == 3600


def test_a_token_is_kept_until_it_is_rejected() -> None:
    numbers = iter(range(10))
    source = TokenSource(lambda: Token(f"t{next(numbers)}", 3600))
    assert [source.get(), source.get()] == ["t0", "t0"]
    source.reject("another")
    assert source.get() == "t0"
    source.reject("t0")
    assert source.get() == "t1"


def test_an_exchange_that_is_under_way_is_waited_for_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, goes_on = threading.Event(), threading.Event()
    stored: list[str] = []

    def exchange() -> Token:
        began.set()
        assert goes_on.wait(20)
        stored.append("r2")
        return Token("t", 3600.0, "r2")

    source = TokenSource(exchange)
    reader = threading.Thread(target=source.get)
    reader.start()
    assert began.wait(20)
    monkeypatch.setattr("content_sync.web.oauth.SETTLING_SECONDS", 0.01)
    source.settle()
    assert stored == []
    monkeypatch.setattr("content_sync.web.oauth.SETTLING_SECONDS", 20.0)
    threading.Timer(0.05, goes_on.set).start()
    source.settle()
    assert stored == ["r2"]
    reader.join()


def test_once_settled_no_token_is_exchanged_any_more() -> None:
    fetched: list[Token] = []

    def exchange() -> Token:
        fetched.append(Token(f"t{len(fetched)}", 3600.0))
        return fetched[-1]

    source = TokenSource(exchange)
    assert source.get() == "t0"
    source.settle()
    # What is good may still be used.
    assert source.get() == "t0"
    source.reject("t0")
    with pytest.raises(OutOfTime):
        source.get()
    assert len(fetched) == 1

"""Events: what is refused before any call, and how runs begin."""

import re
from typing import Any

import pytest

from content_sync.aws.invocation import invoke_this_function
from content_sync.errors import InvalidEvent, InvalidSettings
from content_sync.state.lease import Lease
from content_sync.state.table import Table
from tests.helpers import (
    at_home,
)
from tests.house import TABLE, House


@pytest.mark.parametrize(
    ("function", "event", "sentence"),
    [
        ("go1_catalog", {"surprise": 1}, "the key surprise is unknown"),
        ("go1_catalog", {"since": "2026-01-01T00:00:00Z"}, "since belongs to statistics events"),
        ("go1_stats", {"allow_archives": 3}, "allow_archives belongs to catalogue events"),
        ("go1_catalog", {"mode": "dry"}, "mode must be 'apply' or 'plan'"),
        ("go1_catalog", {"full": "yes"}, "full must be true or false"),
        ("go1_catalog", {"allow_archives": -1}, "allow_archives must be a whole number"),
        ("go1_catalog", {"allow_archives": True}, "allow_archives must be a whole number"),
        ("go1_catalog", {"integration": 7}, "integration must be a text"),
        ("go1_catalog", {"integration": None}, "integration must not be null"),
        ("go1_stats", {"since": "2026-01-01"}, "since must be an ISO 8601 date with a time"),
        ("go1_stats", {"since": "2026-01-01T00:00:00"}, "since must be an ISO 8601 date"),
        ("go1_stats", {"until": 5}, "until must be an ISO 8601 date"),
        (
            "go1_stats",
            {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
            "since is after until",
        ),
        ("go1_catalog", {"integration": "elsewhere"}, "integration elsewhere of go1 is unknown"),
        (
            "go1_catalog",
            {"integration": "default", "run_id": "x"},
            "run_id x is not an unfinished run",
        ),
        ("go1_catalog", [], "not a JSON object"),
        ("integrations", {"action": "destroy"}, "action must be"),
        ("integrations", {"action": "activate"}, "the key provider is missing"),
        ("integrations", {"action": "activate", "provider": "udemy"}, "provider udemy is unknown"),
        (
            "integrations",
            {"action": "list", "mode": "plan"},
            "mode belongs to deactivate and reconcile",
        ),
    ],
)
def test_a_wrong_event_is_refused_before_any_call(
    house: House, function: str, event: Any, sentence: str
) -> None:
    house.settle_in("go1")
    state, requests = house.table_text(), house.sandbox.traffic.requests
    with pytest.raises(InvalidEvent, match=re.escape(sentence)):
        house.call(function, event)
    assert house.sandbox.traffic.requests == requests
    assert "run#" not in house.table_text()
    assert state.splitlines()[0] in house.table_text()


def test_a_run_that_overlaps_another_ends_at_once(house: House) -> None:
    at_home(house)
    table = Table(TABLE)
    assert Lease.take(table, "go1#default", "catalog", holder="other", seconds=900)
    requests = house.sandbox.traffic.requests
    report = house.run("go1", "catalog")
    assert report["status"] == "skipped"
    assert house.sandbox.traffic.requests == requests
    # The statistics have a lease of their own; the same request may take its lease again.
    assert house.run("go1", "stats")["status"] == "succeeded"
    again = house.call("go1_catalog", {"integration": "default"}, request_id="other")
    assert again["status"] == "succeeded"


def test_an_empty_event_dispatches_every_active_integration(house: House) -> None:
    platform = house.sandbox.learning360
    for name in ("default", "north", "south"):
        group = platform.add_group(name)
        platform.users[house.author_id]["roles"].append({"groupId": group, "role": "admin"})
        house.settle_in("go1", name, group_id=group)
    house.manage("deactivate", "go1", "north")
    assert house.call("go1_catalog", {"full": True}) == {"dispatched": ["default", "south"]}
    assert [event for _, event in house.invoked] == [
        {"full": True, "integration": "default"},
        {"full": True, "integration": "south"},
    ]
    assert house.call("edflex_catalog", {}) == {"dispatched": []}


def test_a_function_that_cannot_invoke_itself_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    with pytest.raises(InvalidSettings, match="invoke again by hand"):
        invoke_this_function({"integration": "default"})


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"learner": "nobody"}, "learner must be an e-mail address"),
        ({"course": "c" * 600}, "course must be shorter"),
        (
            {"course": "c", "integration": "a/b"},
            "integration must be of letters, digits, at signs and",
        ),
    ],
)
def test_what_an_event_must_be_is_said_whole(
    house: House, event: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InvalidEvent, match=sentence) as raised:
        house.call("integrations", {"action": "explain", "provider": "go1", **event})
    assert "***" not in str(raised.value)

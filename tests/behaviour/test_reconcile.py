"""Reconciling: what stands at 360Learning, what the ledgers believe, what the provider offers."""

from typing import Any

import boto3
import pytest

from content_sync.providers.registry import PROVIDERS
from sandbox.oracle import expect, faults
from sandbox.providers import TENANTS
from sandbox.world import populate
from tests.behaviour.learning import MAIL, ready, row, shown, start
from tests.helpers import GO1, at_home, fill, known, statuses
from tests.house import TABLE, House

NAMES = sorted(PROVIDERS)


def wipe(house: House, *prefixes: str) -> None:
    """Lose what the state table holds; without prefixes all of it."""
    dynamodb = boto3.client("dynamodb")
    for page in dynamodb.get_paginator("scan").paginate(TableName=TABLE):
        for item in page["Items"]:
            if not prefixes or item["sk"]["S"].startswith(prefixes):
                key = {"pk": item["pk"], "sk": item["sk"]}
                dynamodb.delete_item(TableName=TABLE, Key=key)


def reconcile(house: House, provider: str = "go1", *, seconds: float = 900, **more: Any) -> Any:
    """Reconcile, over as many invocations as it takes."""
    event = {"action": "reconcile", "provider": provider, "integration": "default", **more}
    answer = house.call("integrations", event, seconds=seconds)
    while answer["status"] == "continued":
        name, event = house.invoked.pop()
        answer = house.call(name, event, seconds=seconds)
    return answer


def courses(answer: Any) -> dict[str, int]:
    return {name: number for name, number in answer["counts"]["courses"].items() if number}


def attempts(answer: Any) -> dict[str, int]:
    return {name: number for name, number in answer["counts"]["attempts"].items() if number}


def reasons(answer: Any, reason: str) -> list[Any]:
    return [one for one in answer["differences"] if one["reason"] == reason]


@pytest.mark.parametrize("provider", NAMES)
def test_everything_agrees_after_the_runs(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=5, courses=40, enrollments=80)
    house.settle_in(provider)
    house.run(provider, "catalog")
    stats = house.run(provider, "stats")
    answer = reconcile(house, provider)
    assert courses(answer).keys() == {"agreed"}
    assert courses(answer)["agreed"] == len(house.courses())
    assert attempts(answer) == {"agreed": stats["counts"]["sent"]}
    assert answer["differences"] == []
    assert (answer["mode"], answer["status"]) == ("plan", "succeeded")


@pytest.mark.parametrize("provider", NAMES)
def test_after_the_whole_table_is_lost_everything_ends_as_it_should(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=6, courses=40, enrollments=80)
    expected = expect(house.sandbox, provider)
    house.settle_in(provider)
    house.run(provider, "catalog")
    sent = house.run(provider, "stats")["counts"]["sent"]
    stood, did = len(house.courses()), len(house.sandbox.learning360.attempts)
    wipe(house)
    house.manage("activate", provider)
    planned = reconcile(house, provider)
    assert courses(planned)["found"] == stood
    assert attempts(planned) == {"found": sent}
    assert "course#" not in house.table_text()
    assert "learner#" not in house.table_text()
    applied = reconcile(house, provider, mode="apply")
    assert applied["counts"] == planned["counts"]
    again = reconcile(house, provider)
    assert courses(again) == {"agreed": stood}
    assert attempts(again) == {"agreed": sent}
    report = house.run(provider, "catalog")
    assert (report["counts"]["created"], report["counts"]["updated"]) == (0, 0)
    house.run(provider, "stats")
    assert (len(house.courses()), len(house.sandbox.learning360.attempts)) == (stood, did)
    assert faults(house.sandbox, expected, provider) == []

"""What tests of reconciling say often."""

from typing import Any

import pytest

from sandbox.world import populate
from tests.house import House


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


def synchronized(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch, *, seed: int
) -> dict[str, Any]:
    """A small world of one provider's, synchronized; the report of its statistics."""
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=seed, courses=40, enrollments=80)
    house.settle_in(provider)
    house.run(provider, "catalog")
    report: dict[str, Any] = house.run(provider, "stats")
    return report

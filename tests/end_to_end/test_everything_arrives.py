"""What arrives at 360Learning is judged by the sandbox's own data, not by the program's counts."""

import pytest

from sandbox import oracle
from sandbox.providers import PROVIDERS
from sandbox.world import populate
from tests.house import House


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_first_runs_bring_what_the_data_calls_for(
    house: House, provider: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=seed, courses=400, enrollments=400)
    house.settle_in(provider)
    expected = oracle.expect(house.sandbox, provider)

    catalog = house.run(provider, "catalog")
    stats = house.run(provider, "stats")

    assert oracle.faults(house.sandbox, expected, provider) == []
    assert {name: count for name, count in catalog["counts"].items() if count} == expected.catalog
    assert {name: count for name, count in stats["counts"].items() if count} == expected.stats
    assert catalog["status"] == stats["status"] == "succeeded"

    operations = house.operations()
    again = house.run(provider, "catalog")
    assert again["counts"]["unchanged"] == expected.catalog["created"]
    assert house.operations() == operations

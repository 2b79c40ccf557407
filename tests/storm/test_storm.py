"""Small storms in the suite: a few seeds, and those that once showed a fault."""

import pytest

from tests.house import House
from tests.storm.storm import Storm

RUNS = 20
SEEDS = {
    2: "a transaction whose answer was lost ended the run as an unforeseen fault",
    12: "the integration's state could not be read, which nobody said in a sentence",
    17: "a report that could not be stored hid why the run had failed",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_storm_everything_stands_as_it_should(
    house: House, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    storm = Storm(house, seed, monkeypatch)
    storm.rage(RUNS)
    assert storm.weather.counts
    assert storm.clear_up() == []

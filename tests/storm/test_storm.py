"""Small storms in the suite, of seeds that showed a fault once.

The weather of a seed was another then: each of those faults has a test of its own by now, in
tests/unit/test_passing_faults.py and tests/unit/test_courier.py.
"""

import pytest

from tests.house import House
from tests.storm.__main__ import noticed
from tests.storm.broken import BROKEN
from tests.storm.storm import Storm

RUNS = 20
SEEDS = {
    2: "a transaction whose answer was lost ended the run as an unforeseen fault",
    12: "the integration's state could not be read, which nobody said in a sentence",
    17: "a report that could not be stored hid why the run had failed",
}
# The others take storms by the dozen: `make storm BROKEN=1`.
NOTICED_SOON = ("attempts are not recorded", "what was sent is not read back")


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_storm_everything_stands_as_it_should(
    house: House, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    storm = Storm(house, seed, monkeypatch)
    storm.rage(RUNS)
    assert storm.weather.counts
    assert storm.clear_up() == []


@pytest.mark.parametrize("what", NOTICED_SOON)
def test_a_storm_notices_a_program_that_was_broken_on_purpose(what: str) -> None:
    assert noticed(what, BROKEN[what], seed=200)

"""Fixtures of all test layers."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.house import House, house

# What the suite says depends on the code alone; campaigns look further: `make fuzz`.
for name, examples in (("suite", 200), ("campaign", 5000)):
    settings.register_profile(
        name,
        max_examples=examples,
        derandomize=name == "suite",
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
settings.load_profile("suite")

# What takes longest begins first, so that no worker is left alone with it at the end.
LONGEST = ("tests/test_adding_a_provider.py", "tests/kills/")


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later search for garbage: it stays.

    Each test starts and stops a whole house, which leaves little else behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; all others stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(name="house")
def _house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with house(monkeypatch) as built:
        yield built

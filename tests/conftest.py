"""Fixtures of all test layers."""

import gc
from collections.abc import Callable, Iterator
from functools import partial

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


def _with_room(test: Callable[..., object], **arguments: object) -> object:
    return test(**arguments)


# Python keeps its frames in pieces of 16 KB, and gives one back as soon as nobody is in it: a call
# from the last frame of one into the next takes 300 times as long (3.11 to 3.13). Where moto's
# copying of a table lies there, a test of two seconds takes twenty. A frame of 800 KB gets a piece
# of a megabyte, and all that a test calls has its place in the rest.
_with_room.__code__ = _with_room.__code__.replace(co_stacksize=100_000)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Call tests where there is room below them."""
    test = pyfuncitem.obj
    pyfuncitem.obj = partial(_with_room, test)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; all others stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(name="house")
def _house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with house(monkeypatch) as built:
        yield built

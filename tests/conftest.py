"""Fixtures of all test layers."""

from collections.abc import Iterator

import pytest

from tests.house import House, house


@pytest.fixture(name="house")
def _house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with house(monkeypatch) as built:
        yield built

"""The limit alone: no span of time holds more calls than are admitted, and none is given away."""

import itertools
from collections.abc import Callable

import pytest

from content_sync.web import ratelimit
from content_sync.web.ratelimit import RateLimit


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Callable[[RateLimit, int], list[float]]:
    def of(limit: RateLimit, calls: int) -> list[float]:
        found: list[float] = []

        class Clock:
            monotonic = staticmethod(lambda: 100.0)

            @staticmethod
            def sleep(seconds: float) -> None:
                found.append(100.0 + seconds)

        monkeypatch.setattr(ratelimit, "time", Clock)
        for _ in range(calls):
            limit.wait()
        return found

    return of


@pytest.mark.parametrize("per_second", [45, 9, 2, 0.5])
def test_calls_are_spaced_evenly(
    per_second: float, starts: Callable[[RateLimit, int], list[float]]
) -> None:
    for one, other in itertools.pairwise(starts(RateLimit(per_second), 200)):
        assert other - one == pytest.approx(1 / per_second)


def test_so_many_begin_together_and_no_second_holds_more(
    starts: Callable[[RateLimit, int], list[float]],
) -> None:
    found = starts(RateLimit(40, at_once=40), 200)
    assert found[:40] == [100.0] * 40
    for begin in found:
        assert sum(begin <= one < begin + 0.999 for one in found) <= 40
    # And five times forty take four seconds, no longer.
    assert found[-1] == pytest.approx(104.0)

"""The limit alone: calls are spaced evenly, and none of what is admitted is given away."""

import itertools

import pytest

from content_sync.web import ratelimit
from content_sync.web.ratelimit import RateLimit


@pytest.mark.parametrize("per_second", [45, 9, 2, 0.5])
def test_calls_are_spaced_evenly(per_second: float, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[float] = []

    class Clock:
        monotonic = staticmethod(lambda: 100.0)

        @staticmethod
        def sleep(seconds: float) -> None:
            starts.append(100.0 + seconds)

    monkeypatch.setattr(ratelimit, "time", Clock)
    limit = RateLimit(per_second)
    for _ in range(200):
        limit.wait()
    for one, other in itertools.pairwise(starts):
        assert other - one == pytest.approx(1 / per_second)

"""The limit alone: calls come together, and no stretch of a second holds too many."""

import itertools

import pytest

from content_sync.web import ratelimit
from content_sync.web.ratelimit import RateLimit


@pytest.mark.parametrize(("per_second", "together"), [(45, 22), (9, 4), (2, 1), (0.5, 1)])
def test_no_stretch_of_a_second_holds_more_than_it_may(
    per_second: float, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    starts: list[float] = []

    class Clock:
        monotonic = staticmethod(lambda: now[0])

        @staticmethod
        def sleep(seconds: float) -> None:
            starts.append(now[0] + seconds)

    monkeypatch.setattr(ratelimit, "time", Clock)
    limit = RateLimit(per_second)
    for _ in range(200):
        limit.wait()
    assert starts.count(100.0) == together
    for start in starts:
        within = sum(start <= other < start + 1 for other in starts)
        assert within <= max(per_second, 1)
    # And none of it is given away.
    took = starts[-1] - starts[0]
    assert 200 / took >= 0.85 * per_second
    assert all(one <= other for one, other in itertools.pairwise(starts))

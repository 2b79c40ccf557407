"""The decision table for what stands at 360Learning: every rule by its number."""

from typing import Any

import pytest

from content_sync.domain.standing import SECOND, Dispatch, Standing, decide, dispatch, shows
from content_sync.domain.statistic import Statistic

T = 1_768_000_000_000
HOUR = 3_600_000


def attempt(first: int, last: int, *, progress: int = 40, done: bool = False) -> Statistic:
    return Statistic(
        externalCourseId="c",
        learnerMail="a@example.com",
        progress=100 if done else progress,
        firstActivity=T + first * HOUR,
        lastActivity=T + last * HOUR,
        completedAt=T + last * HOUR if done else None,
        timeSpentInMilliseconds=7000,
    )


def launch(at: int, progress: int = 0) -> Standing:
    """What START makes by default: completed, below 100 %."""
    return Standing(progress, T + at * HOUR, T + at * HOUR, T + at * HOUR)


def opened(first: int, last: int | None, progress: int = 40) -> Standing:
    return Standing(progress, T + first * HOUR, None if last is None else T + last * HOUR, None)


def genuine(first: int, at: int) -> Standing:
    return Standing(100, T + first * HOUR, T + at * HOUR, T + at * HOUR)


def decided(row: Statistic, *standing: Standing, **more: Any) -> tuple[Any, ...] | None:
    """First and last in hours and seconds after T, and whether it is forced."""
    found = decide(row, row.firstActivity, standing, **more)
    if found is None:
        return None
    return (found.first - T, found.last - T, found.force_new)


def hours(number: float, seconds: int = 0) -> int:
    return round(number * HOUR) + seconds * SECOND


RULES = {
    "1 nothing there": (attempt(1, 5), [], (hours(1), hours(5), False)),
    "2 the same completion": (attempt(1, 5, done=True), [launch(0), genuine(1, 5)], None),
    "2 the same open attempt": (attempt(1, 5), [launch(9), opened(1, 5)], None),
    "3 a completion after the first activity": (attempt(1, 5), [genuine(0, 1)], None),
    "3 another completion": (attempt(1, 5, done=True), [genuine(2, 3)], None),
    "4 an open launch after it": (attempt(-9, -8), [opened(0, 0)], (hours(-9), hours(-8), False)),
    "4 an open launch before it": (attempt(2, 5), [opened(0, 0)], (hours(0, -1), hours(5), False)),
    "4 several open ones": (
        attempt(2, 5, done=True),
        [opened(0, 3), opened(1, 1)],
        (hours(1, -1), hours(5), False),
    ),
    "4 an open one without last activity": (
        attempt(2, 5),
        [opened(1, None)],
        (hours(1, -1), hours(5), False),
    ),
    "4 an open one beside a launch": (
        attempt(1, 5),
        [launch(3), opened(4, 4)],
        (hours(1), hours(5), False),
    ),
    "5 a launch before it": (attempt(1, 5), [launch(0)], (hours(1), hours(5), False)),
    "5 a completion before it": (attempt(2, 5), [genuine(0, 1)], (hours(2), hours(5), False)),
    "6 unfinished, launched after it": (
        attempt(-9, -8),
        [launch(0)],
        (hours(0, 1), hours(0, 2), False),
    ),
    "6 unfinished, launched meanwhile": (
        attempt(-9, 5),
        [launch(0), launch(-3)],
        (hours(0, 1), hours(5), False),
    ),
    "6 begun with the launch": (attempt(0, 5), [launch(0)], (hours(0, 1), hours(5), False)),
    "7 completed after the launch": (
        attempt(-9, 5, done=True),
        [launch(0)],
        (hours(0, 1), hours(5), False),
    ),
    "8 completed before the launch": (
        attempt(-9, -8, done=True),
        [launch(0)],
        (hours(-9), hours(-8), True),
    ),
    "8 completed with the launch": (
        attempt(-9, 0, done=True),
        [launch(0)],
        (hours(-9), hours(0), True),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_decision_table(rule: str) -> None:
    row, standing, expected = RULES[rule]
    assert decided(row, *standing) == expected


def test_a_completion_less_than_a_second_after_a_launch_still_begins_after_it() -> None:
    row = attempt(-9, 0, done=True)
    late = T + 400
    found = decide(
        Statistic("c", "a@example.com", 100, row.firstActivity, late, late), row.firstActivity,
        [launch(0)],
    )  # fmt: skip
    assert found == Dispatch(late, late, 1)


def test_within_a_second_it_is_the_same_completion() -> None:
    row = attempt(1, 5, done=True)
    assert row.completedAt is not None
    for off in (-SECOND, SECOND):
        there = Standing(100, T, row.completedAt + off, row.completedAt + off)
        assert decide(row, T, [there]) is None
    assert shows(row, row.completedAt, [Standing(99, T, row.completedAt, row.completedAt)]) is False


def test_an_unfinished_attempt_never_has_equal_dates() -> None:
    found = dispatch(attempt(1, 1), T + HOUR)
    assert (found.first, found.last) == (T + HOUR, T + HOUR + SECOND)


def test_an_open_attempt_that_shows_the_same_goes_out_if_something_else_changed() -> None:
    assert decided(attempt(1, 5), opened(1, 5), insists=True) == (hours(1), hours(5), False)
    assert decided(attempt(1, 5, done=True), genuine(1, 5), insists=True) is None


def test_a_completion_is_never_sent_with_a_first_activity_after_it() -> None:
    """The launch moved our first activity; then the provider tells of a completion before it."""
    row = attempt(-9, -8, done=True)
    found = decide(row, T + SECOND, [launch(0), Standing(40, T + SECOND, T + HOUR, None)])
    assert found == Dispatch(T - 8 * HOUR, T - 8 * HOUR, 7000)


def test_time_that_stands_at_an_attempt_which_a_launch_ended_is_not_sent_again() -> None:
    ours = Standing(40, T, T + HOUR, T + HOUR, time_spent=5000)
    found = decide(attempt(0, 5), T, [ours])
    assert found is not None
    assert found.time_spent == 2000
    # A millisecond is API v2's minimum, and nobody's time.
    found = decide(attempt(0, 5), T, [Standing(0, T, T, T, time_spent=1)])
    assert found is not None
    assert found.time_spent == 7000


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("off", "done", "expected"),
    [
        (0, True, True),
        (999, True, True),
        (1000, True, True),
        (1001, True, False),
        (5000, True, False),
        (0, False, True),
        (999, False, True),
        (1000, False, False),
        (5000, False, False),
    ],
)
def test_what_is_a_second_off_shows_the_same(
    off: int, sign: int, done: bool, expected: bool
) -> None:
    row = attempt(1, 5, done=True) if done else attempt(1, 5)
    instant = T + 5 * HOUR + sign * off
    there = Standing(row.progress, T + HOUR, instant, instant if done else None)
    assert shows(row, T + 5 * HOUR, [there]) is expected


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("off", "stands"), [(0, False), (1000, False), (1001, True), (9000, True)])
def test_what_shows_an_earlier_attempt_does_not_stand_for_this_one(
    off: int, sign: int, stands: bool
) -> None:
    row = attempt(1, 5, done=True)
    earlier = T + 2 * HOUR + sign * off
    found = decide(row, row.firstActivity, [genuine(0, 2)], earlier=[earlier])
    assert (found is None) is stands

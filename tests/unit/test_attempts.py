"""Attempts: what is merged, what is due, and what may be left out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_sync.domain.attempts import Sent, Verdict, covering, ended_before, verdicts_on
from content_sync.domain.statistic import InvalidRow, Statistic, merge, not_ahead, observed
from content_sync.fields.instants import now, to_milliseconds

START = 1_768_000_000_000
HOUR = 3_600_000


def row(
    first: int, last: int, *, done: bool = False, progress: int = 40, time: int = 5
) -> Statistic:
    return Statistic(
        externalCourseId="c",
        learnerMail="a@example.com",
        progress=100 if done else progress,
        firstActivity=START + first * HOUR,
        lastActivity=START + last * HOUR,
        completedAt=START + last * HOUR if done else None,
        timeSpentInMilliseconds=time * 1000,
    )


def sent(*attempts: Statistic) -> list[Sent]:
    return [Sent(attempt, attempt.firstActivity) for attempt in attempts]


def test_rows_that_overlap_are_one_attempt() -> None:
    (attempt,) = merge([row(3, 8, progress=60, time=9), row(1, 5, done=True, time=2)])
    assert attempt == replace(row(1, 5, done=True, time=9), lastActivity=START + 8 * HOUR)


def test_a_row_that_begins_after_a_completion_is_another_attempt() -> None:
    assert merge([row(6, 8), row(1, 5, done=True)]) == [row(1, 5, done=True), row(6, 8)]
    # Strictly after.
    assert len(merge([row(5, 8), row(1, 5, done=True)])) == 1
    assert len(merge([row(6, 8), row(1, 5)])) == 1


def test_only_the_first_attempt_carries_time() -> None:
    first, second = verdicts_on([row(1, 5, done=True, time=9), row(6, 8, time=7)], [])
    assert first.attempt.timeSpentInMilliseconds == 9000
    assert second.attempt.timeSpentInMilliseconds == 1


def test_nothing_goes_backward() -> None:
    before = row(2, 6, progress=60)
    (verdict,) = verdicts_on([row(3, 5, progress=10)], sent(before))
    assert (verdict.action, verdict.attempt) == ("unchanged", before)
    (verdict,) = verdicts_on([row(3, 9, done=True)], sent(before))
    assert verdict.attempt == row(2, 9, done=True)
    known = replace(before, result="failed")
    (verdict,) = verdicts_on([row(2, 7)], sent(known))
    assert verdict.attempt.result == "failed"
    (verdict,) = verdicts_on([replace(row(2, 7), result="success")], sent(before))
    assert verdict.attempt.result == "success"
    closed = row(2, 6, done=True)
    (verdict,) = verdicts_on([row(2, 8, done=True)], sent(closed))
    assert (verdict.action, verdict.attempt) == ("unchanged", closed)


def test_an_attempt_older_than_the_first_one_sent_cannot_be_recorded() -> None:
    (verdict,) = verdicts_on([row(1, 2, done=True)], sent(row(5, 8)))
    assert verdict.action == "too_old"


rows = st.builds(
    lambda first, length, done, progress, time: row(
        first, first + length, done=done, progress=progress, time=time
    ),
    st.integers(0, 60),
    st.integers(1, 12),
    st.booleans(),
    st.integers(0, 99),
    st.integers(1, 50),
)


@given(st.lists(rows, min_size=1, max_size=6), st.randoms())
def test_the_order_of_rows_does_not_matter(returned: list[Statistic], chance: Any) -> None:
    shuffled = list(returned)
    chance.shuffle(shuffled)
    assert merge(shuffled) == merge(returned)


@given(
    st.lists(rows, min_size=1, max_size=5),
    st.lists(rows, min_size=1, max_size=5),
    st.sampled_from([None, "success", "failed"]),
)
def test_a_row_that_is_covered_may_be_left_out(
    earlier: list[Statistic], returned: list[Statistic], result: str | None
) -> None:
    """Rows that add nothing are not kept; what was sent stands for them, and the same is due."""
    known = sent(*(verdict.attempt for verdict in verdicts_on(merge(earlier), [])))
    returned = [*returned, replace(returned[0], result=result)]
    places = {row: covering(row, known) for row in returned}
    kept = [row for row in returned if places[row] is None]
    standing_in = [known[place].attempt for place in set(places.values()) if place is not None]
    due = [
        [one for one in verdicts_on(merge(part), known) if one.action == "send"]
        for part in (returned, kept + standing_in)
    ]
    assert due[0] == due[1]


@pytest.mark.parametrize(
    ("result", "completed", "place"),
    [(None, False, 0), (None, True, 0), ("success", True, 0), ("success", False, None)],
)
def test_of_an_open_attempt_a_result_is_never_covered(
    result: Any, completed: bool, place: int | None
) -> None:
    one = replace(
        Statistic("c", "a@example.com", 40, 1000, 9000),
        result=result,
        progress=100 if completed else 40,
        completedAt=9000 if completed else None,
    )
    assert covering(one, sent(one)) == place


def test_attempts_before_a_place_ended_when_they_were_completed() -> None:
    ends = (2000, None, 6000, 8000)
    attempts = [
        replace(Statistic("c", "a@example.com", 40, 1000 * number, 9000), completedAt=end)
        for number, end in enumerate(ends)
    ]
    record = sent(*attempts)
    assert [ended_before(place, record) for place in range(5)] == [
        (), (2000,), (2000,), (2000, 6000), (2000, 6000, 8000),
    ]  # fmt: skip
    # What is to be recorded counts before what was.
    newer = Verdict(replace(attempts[1], completedAt=4000), 1, "send", record[1])
    assert ended_before(3, record, [newer]) == (2000, 4000, 6000)


def test_dates_of_all_notations() -> None:
    expected = 1_768_032_000_000
    for value in (
        "2026-01-10T08:00:00+00:00",
        "2026-01-10T09:00:00+0100",
        "2026-01-10 08:00:00+00:00",
        "2026-01-10T08:00:00.000Z",
        "2026-01-10T08:00:00",
        1_768_032_000,
        1_768_032_000_000,
        "1768032000",
    ):
        assert to_milliseconds(value) == expected, value
    assert to_milliseconds("2026-01-10") == 1_768_003_200_000
    for value in (None, "", "soon", 0, -5, True, [], {}, float("nan"), "0001-01-01T00:00:00+10:00"):
        assert to_milliseconds(value) is None, value


KNOWN: dict[str, Any] = {"course": "c", "mail": "a@example.com", "progress": 5}


def test_a_last_activity_before_the_first_becomes_the_first() -> None:
    judged = observed(**KNOWN, completed=False, first=START + HOUR, last=START)
    assert isinstance(judged, Statistic)
    assert (judged.firstActivity, judged.lastActivity) == (START + HOUR, START + HOUR)
    judged = observed(**KNOWN, completed=True, first=START + HOUR, last=START, completed_at=START)
    assert isinstance(judged, Statistic)
    assert (judged.firstActivity, judged.completedAt) == (START + HOUR, START + HOUR)


def test_a_missing_date_is_taken_from_those_that_are_known() -> None:
    judged = observed(**KNOWN, completed=True, first=None, last=None, completed_at=START)
    assert isinstance(judged, Statistic)
    assert (judged.firstActivity, judged.completedAt) == (START, START)
    judged = observed(**KNOWN, completed=True, first=START, last=None, completed_at=START + HOUR)
    assert isinstance(judged, Statistic)
    assert judged.lastActivity == START + HOUR
    assert isinstance(observed(**KNOWN, completed=False, first=None, last=None), InvalidRow)


def test_dates_more_than_48_hours_ahead_are_unusable() -> None:
    ahead = now() + 49 * HOUR
    judged = observed(**KNOWN, completed=False, first=START, last=ahead)
    assert isinstance(judged, Statistic)
    assert judged.lastActivity == START
    assert isinstance(observed(**KNOWN, completed=False, first=ahead, last=ahead), InvalidRow)
    judged = observed(**KNOWN, completed=False, first=START, last=ahead - 2 * HOUR)
    assert isinstance(judged, Statistic)
    assert judged.lastActivity == ahead - 2 * HOUR


@pytest.mark.parametrize(("hours", "usable"), [(47.9, True), (48.1, False)])
def test_nobody_has_lived_what_is_two_days_ahead(hours: float, usable: bool) -> None:
    instant = now() + round(hours * HOUR)
    assert (not_ahead(instant) is not None) is usable

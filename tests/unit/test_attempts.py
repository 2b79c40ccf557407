"""Attempts: what is merged, what is sent, and what 360Learning makes of it by its own rules."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from content_sync.domain.attempts import reconcile
from content_sync.domain.statistic import InvalidRow, Statistic, merge, observed
from content_sync.fields.instants import to_milliseconds
from content_sync.learning360.items import statistic_item
from sandbox.learning360 import Learning360
from sandbox.learning360.attempts import Attempts

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


def test_rows_that_overlap_are_one_attempt() -> None:
    (attempt,) = merge([row(3, 8, progress=60, time=9), row(1, 5, done=True, time=2)])
    assert attempt == replace(row(1, 5, done=True, time=9), lastActivity=START + 8 * HOUR)


def test_a_row_that_begins_after_a_completion_is_another_attempt() -> None:
    assert merge([row(6, 8), row(1, 5, done=True)]) == [row(1, 5, done=True), row(6, 8)]
    # Strictly after.
    assert len(merge([row(5, 8), row(1, 5, done=True)])) == 1
    assert len(merge([row(6, 8), row(1, 5)])) == 1


def test_only_the_first_attempt_carries_time() -> None:
    first, second = reconcile([row(1, 5, done=True, time=9), row(6, 8, time=7)], [])
    assert first.attempt.timeSpentInMilliseconds == 9000
    assert second.attempt.timeSpentInMilliseconds == 1


def test_nothing_goes_backward() -> None:
    sent = [row(2, 6, progress=60)]
    (verdict,) = reconcile([row(3, 5, progress=10)], sent)
    assert (verdict.action, verdict.attempt) == ("unchanged", sent[0])
    (verdict,) = reconcile([row(3, 9, done=True)], sent)
    assert verdict.attempt == row(2, 9, done=True)
    closed = [row(2, 6, done=True)]
    (verdict,) = reconcile([row(2, 8, done=True)], closed)
    assert (verdict.action, verdict.attempt) == ("unchanged", closed[0])


def test_an_attempt_older_than_the_first_one_sent_cannot_be_recorded() -> None:
    (verdict,) = reconcile([row(1, 2, done=True)], [row(5, 8)])
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


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(rows, min_size=1, max_size=4), min_size=1, max_size=6), st.booleans())
def test_in_any_order_of_events_no_attempt_doubles_or_goes_backward(
    runs: list[list[Statistic]], replay: bool
) -> None:
    """Whatever the provider returns run after run, against 360Learning's documented rules."""
    platform = Learning360()
    ledger: list[Statistic] = []
    before: list[Any] = []
    for returned in runs:
        for verdict in reconcile(merge(returned), ledger):
            if verdict.action != "send":
                continue
            item = statistic_item(verdict.attempt)
            for _ in range(2 if replay else 1):
                Attempts(platform).record("course", "user", item)
            ledger[verdict.place : verdict.place + 1] = [verdict.attempt]
        held = platform.attempts.get(("course", "user"), [])
        assert len(held) == len(ledger), "an attempt was doubled, or is missing"
        for number, (attempt, known) in enumerate(zip(held, ledger, strict=True)):
            assert attempt.progress == known.progress
            assert attempt.firstActivityAt == known.firstActivity
            assert attempt.completedAt == known.completedAt
            assert number == 0 or attempt.timeSpent == 1
        for old, new in zip(before, held, strict=False):
            assert new.progress >= old["progress"]
            assert new.firstActivityAt == old["first"]
            assert old["completed"] in (None, new.completedAt)
        before = [
            {
                "progress": attempt.progress,
                "first": attempt.firstActivityAt,
                "completed": attempt.completedAt,
            }
            for attempt in held
        ]


@given(st.lists(rows, min_size=1, max_size=6), st.randoms())
def test_the_order_of_rows_does_not_matter(returned: list[Statistic], chance: Any) -> None:
    shuffled = list(returned)
    chance.shuffle(shuffled)
    assert merge(shuffled) == merge(returned)


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


def test_a_first_activity_after_the_last_becomes_the_last() -> None:
    known: dict[str, Any] = {"course": "c", "mail": "a@example.com", "progress": 5}
    judged = observed(**known, completed=False, first=START + HOUR, last=START)
    assert isinstance(judged, Statistic)
    assert (judged.firstActivity, judged.lastActivity) == (START, START)
    judged = observed(**known, completed=True, first=None, last=None, completed_at=START)
    assert isinstance(judged, Statistic)
    assert (judged.firstActivity, judged.completedAt) == (START, START)
    assert isinstance(observed(**known, completed=False, first=None, last=None), InvalidRow)

"""What the pages gather: days, groups and ages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.page import charts, facts
from console.session import Target
from console.stack import Stack

GO1 = Target("go1", "default")
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Answers(Stack):
    """A stack that has these runs, so many a page."""

    runs: list[dict[str, Any]]
    a_page: int

    def __init__(self, runs: list[dict[str, Any]], a_page: int = 100) -> None:
        object.__setattr__(self, "runs", runs)
        object.__setattr__(self, "a_page", a_page)

    def manage(self, action: str, **keys: Any) -> Any:
        start = (keys["page"] - 1) * self.a_page
        runs = self.runs[start : start + self.a_page]
        return {"runs": runs, "more": len(self.runs) > start + self.a_page}


def run(days_ago: float, created: int, mode: str = "apply") -> dict[str, Any]:
    at = NOW - timedelta(days=days_ago)
    return {"started_at": at.isoformat(), "mode": mode, "counts": {"created": created, "read": 99}}


def test_each_of_thirty_days_is_there_the_latest_last() -> None:
    runs = [run(0, 1), run(0, 50, "plan"), run(0.1, 2), run(29, 4), run(31, 8)]
    history = facts.history(Answers(runs, a_page=2), GO1, "catalog", NOW)
    assert len(history.days) == facts.DAYS
    assert history.days[-1].day == NOW.astimezone().date()
    counts = [day.counts.get("created", 0) for day in history.days]
    assert (counts[-1], counts[0], sum(counts)) == (3, 4, 7)
    assert history.told == "In the last 30 days: 7 created."


def test_no_more_is_read_than_is_shown() -> None:
    many = [run(number, 1) for number in range(200)]
    asked: list[int] = []

    class Counted(Answers):
        def manage(self, action: str, **keys: Any) -> Any:
            asked.append(keys["page"])
            return super().manage(action, **keys)

    facts.history(Counted(many, a_page=20), GO1, "catalog", NOW)
    assert asked == [1, 2]


def test_a_day_that_would_hide_all_others_is_cut_and_says_so() -> None:
    history = facts.history(Answers([run(0, 3), run(1, 4), run(2, 5000)]), GO1, "catalog", NOW)
    assert history.ceiling == 8
    (cut,) = history.cut
    assert cut.total == 5000
    assert ">5000<" not in charts.outcomes_by_day(history)
    even = facts.history(Answers([run(0, 3), run(1, 30)]), GO1, "catalog", NOW)
    assert even.ceiling == 6
    assert facts.history(Answers([run(0, 3), run(1, 29)]), GO1, "catalog", NOW).ceiling is None
    assert facts.history(Answers([run(0, 5000)]), GO1, "catalog", NOW).ceiling is None


def test_a_chart_of_nothing_says_so() -> None:
    history = facts.history(Answers([]), GO1, "stats", NOW)
    assert history.told.endswith("nothing came or went.")
    assert "nothing came or went" in charts.outcomes_by_day(history)


def test_problems_are_counted_whole_and_those_that_call_stand_first() -> None:
    named = [{"reason": "brake", "message": "m", "external_id": ""}]
    report = {"problems": named, "reasons": {"unsupported_type": 600, "brake": 1, "odd": 2}}
    groups = facts.problems(report)
    assert [(one.word, one.number) for one in groups] == [
        # What takes care of itself comes last.
        ("brake", 1), ("unsupported_type", 600), ("odd", 2),
    ]  # fmt: skip
    assert groups[0].examples == named
    assert "consent" in groups[0].reason.do


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, "less than a day"), (1, "less than a week"), (6, "less than a week"),
        (7, "less than a month"), (29, "less than a month"), (30, "a month and more"),
    ],
)  # fmt: skip
def test_ages(days: int, age: str) -> None:
    row = {"reason": "User a***@example.com not found", "person": "1"}
    (one,) = facts.waiting([{**row, "days": days}])
    assert one == facts.Waiting("User (address) not found", 1, 1, {age: 1})
    assert age in facts.age_names()


def test_rows_that_wait_are_grouped_whoever_it_is() -> None:
    rows = [
        {"reason": f"User {name}@example.com not found", "person": name, "days": 0}
        for name in ("a", "a", "b")
    ]
    other = {"reason": "it waits for the attempt before it", "person": "c", "days": 40}
    first, second = facts.waiting([other, *rows])
    assert (first.number, first.learners, second.number) == (3, 2, 1)

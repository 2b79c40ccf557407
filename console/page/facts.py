"""What the pages show, gathered from what the functions answer."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from console.reasons import Reason, reason_of
from console.session import Target
from console.stack import Json, Stack

DAYS = 30
# Pages of `runs` that are read for a chart, and of `parked` for its groups.
MOST_PAGES = 10
# What came and went, by kind of run. What waits is counted again by each run.
OUTCOMES = {
    "catalog": ("created", "restored", "updated", "archived"),
    "stats": ("sent", "replayed"),
}
# A day that has so many times more than any other would hide them.
FLATTENS = 10
_ADDRESS = re.compile(r"\S+@\S+")
AGES = ((1, "less than a day"), (7, "less than a week"), (30, "less than a month"))
OLDER = "a month and more"


class Day(NamedTuple):
    """What the runs of one day did."""

    day: date
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Return how many outcomes there were."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class History:
    """The outcomes of a kind of runs, day by day, the latest last.

    Attributes:
        kind: `catalog` or `stats`.
        days: Each of the last 30, also those without a run.
    """

    kind: str
    days: Sequence[Day]

    @property
    def headings(self) -> tuple[str, ...]:
        """Return which outcomes there are."""
        return OUTCOMES[self.kind]

    @property
    def busy(self) -> list[Day]:
        """Return the days on which something came or went."""
        return [day for day in self.days if day.total]

    @property
    def ceiling(self) -> int | None:
        """Return at which height a day's column is cut, so that one does not hide all others."""
        totals = sorted(day.total for day in self.busy)
        if len(totals) < 2 or totals[-1] < FLATTENS * totals[-2]:
            return None
        return 2 * totals[-2]

    @property
    def cut(self) -> list[Day]:
        """Return the days whose column is cut."""
        return [day for day in self.busy if self.ceiling and day.total > self.ceiling]

    @property
    def told(self) -> str:
        """Return the whole of it in a sentence."""
        totals = Counter[str]()
        for day in self.days:
            totals.update(day.counts)
        said = ", ".join(f"{totals[one]:,} {one}" for one in self.headings if totals[one])
        return f"In the last {DAYS} days: {said or 'nothing came or went'}."


class Group(NamedTuple):
    """Problems of one reason."""

    word: str
    number: int
    reason: Reason
    examples: list[Json]


class Waiting(NamedTuple):
    """Parked rows of one reason."""

    reason: str
    number: int
    learners: int
    ages: dict[str, int]


def runs_of(stack: Stack, target: Target, kind: str | None = None, since: str = "") -> list[Json]:
    """Return the runs that ended, the latest first, as far back as an instant."""
    found: list[Json] = []
    for page in range(1, MOST_PAGES + 1):
        answer = stack.manage("runs", **target._asdict(), kind=kind, page=page)
        found += answer["runs"]
        if not answer["more"] or found[-1]["started_at"] < since:
            break
    return [run for run in found if run["started_at"] >= since]


def history(stack: Stack, target: Target, kind: str, now: datetime | None = None) -> History:
    """Return what came and went in the last 30 days, by this machine's calendar."""
    today = (now or datetime.now(UTC)).astimezone()
    first = today.date() - timedelta(days=DAYS - 1)
    since = (today - timedelta(days=DAYS)).astimezone(UTC).isoformat()
    counted: dict[date, Counter[str]] = {
        first + timedelta(days=number): Counter() for number in range(DAYS)
    }
    for run in runs_of(stack, target, kind, since):
        day = datetime.fromisoformat(run["started_at"]).astimezone().date()
        if run["mode"] == "apply" and day in counted:
            counted[day].update({one: run["counts"].get(one, 0) for one in OUTCOMES[kind]})
    return History(kind, [Day(day, dict(counts)) for day, counts in counted.items()])


def problems(report: Json) -> list[Group]:
    """Return a report's problems by reason: those that call for somebody first, then by number."""
    named: dict[str, list[Json]] = {}
    for problem in report.get("problems", ()):
        named.setdefault(problem["reason"], []).append(problem)
    counts = {word: len(found) for word, found in named.items()} | report.get("reasons", {})
    return [
        Group(word, number, reason_of(word), named.get(word, []))
        for word, number in sorted(
            # What somebody is to do stands before what takes care of itself.
            counts.items(),
            key=lambda one: (reason_of(one[0]).do.startswith("nothing"), -one[1], one[0]),
        )
    ]


def parked_rows(stack: Stack, target: Target) -> tuple[list[Json], bool]:
    """Return the rows that wait, as far as they are read, and whether there are more."""
    rows: list[Json] = []
    for page in range(1, MOST_PAGES + 1):
        answer = stack.manage("parked", **target._asdict(), page=page)
        rows += answer["rows"]
        if not answer["more"]:
            return rows, False
    return rows, True


def waiting(rows: Iterable[Json]) -> list[Waiting]:
    """Return the rows that wait by reason and age, the most frequent first."""
    grouped: dict[str, list[Json]] = {}
    for row in rows:
        # Some repeat the learner, whom 360Learning does not know.
        grouped.setdefault(_ADDRESS.sub("(address)", row["reason"]), []).append(row)
    found = [
        Waiting(
            reason,
            len(some),
            len({row["person"] for row in some}),
            dict(Counter(_age(row["days"]) for row in some)),
        )
        for reason, some in grouped.items()
    ]
    return sorted(found, key=lambda one: -one.number)


def age_names() -> list[str]:
    """Return the ages by which parked rows are told apart."""
    return [*(name for _, name in AGES), OLDER]


def _age(days: int) -> str:
    return next((name for most, name in AGES if days < most), OLDER)


def by_day(runs: Iterable[Json]) -> Iterator[tuple[date, list[Json]]]:
    """Yield the runs of each day, by this machine's calendar."""
    days: dict[date, list[Json]] = {}
    for run in runs:
        began = datetime.fromisoformat(run["started_at"]).astimezone()
        days.setdefault(began.date(), []).append(run)
    yield from days.items()

"""Whatever happens in whatever order, what a learner sees in the end is the provider's progress.

Rows, launches, lost answers and kills are drawn; 360Learning is the sandbox's, in every reading of
what its reference leaves open.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_sync.domain.attempts import Sent, reconcile
from content_sync.domain.standing import Standing, decide
from content_sync.domain.statistic import Statistic, merge
from content_sync.learning360.items import statistic_item
from content_sync.sync.statistics.meeting import standing_of
from sandbox.learning360 import Launches, Learning360
from sandbox.learning360.attempts import Attempts, NoRule, attempt_dto
from sandbox.learning360.readings import each_alone

T = 1_768_000_000_000
HOUR = 3_600_000
COURSE, USER = "c" * 24, "d" * 24


@dataclass(frozen=True)
class Launched:
    """The learner launches the course, in a path or not."""

    at: int
    in_path: bool


@dataclass(frozen=True)
class Worked:
    """The provider's row of the learner's attempt says so much from now on."""

    first: int
    last: int
    progress: int
    done: bool
    time: int


@dataclass(frozen=True)
class Ran:
    """A run, which may be killed after it sent so many attempts, recorded or not."""

    sends: int
    records: bool


@dataclass
class World:
    """A platform, a provider that returns one learner's rows, and our ledger."""

    platform: Learning360
    rows: list[Statistic] = field(default_factory=list)
    ledger: list[Sent] = field(default_factory=list)
    launches: int = 0

    def standing(self) -> list[Standing]:
        found = [standing_of(attempt_dto(one)) for one in self.platform.attempts_of(COURSE, USER)]
        return [one for one in found if one is not None]

    def launch(self, event: Launched) -> None:
        path = ("a" * 24, "b" * 24) if event.in_path else None
        Launches(self.platform).start(COURSE, USER, T + event.at * HOUR, path=path)
        self.launches += 1

    def work(self, event: Worked) -> None:
        """An enrollment that is not completed goes on; after a completion another may begin."""
        first, last = T + event.first * HOUR, T + (event.first + event.last) * HOUR
        progress, time = event.progress, event.time
        if self.rows and not self.rows[-1].completed:
            before = self.rows.pop()
            first, last = before.firstActivity, max(last, before.lastActivity)
            progress = max(progress, before.progress)
            time = max(time, before.timeSpentInMilliseconds)
        self.rows.append(
            Statistic(
                externalCourseId="c",
                learnerMail="a@example.com",
                progress=100 if event.done else progress,
                firstActivity=first,
                lastActivity=last,
                completedAt=last if event.done else None,
                timeSpentInMilliseconds=time,
            )
        )

    def run(self, event: Ran) -> None:
        sends = event.sends
        for verdict in reconcile(merge(self.rows), self.ledger):
            if verdict.action != "send":
                continue
            first = verdict.sent.first if verdict.sent else verdict.attempt.firstActivity
            found = decide(verdict.attempt, first, self.standing())
            if found is not None:
                if sends == 0:
                    return
                sends -= 1
                item = statistic_item(verdict.attempt, found)
                try:
                    Attempts(self.platform).record(COURSE, USER, item)
                except NoRule:
                    raise AssertionError(f"no rule fits {item}") from None
                first = found.first
                if sends == 0 and not event.records:
                    return
            self.ledger[verdict.place : verdict.place + 1] = [Sent(verdict.attempt, first)]


launches = st.builds(Launched, st.integers(0, 100), st.booleans())
work = st.builds(
    Worked, st.integers(0, 100), st.integers(0, 30), st.integers(0, 99), st.booleans(),
    st.integers(2, 50).map(lambda seconds: seconds * 1000),
)  # fmt: skip
runs = st.builds(Ran, st.integers(0, 3), st.booleans())
events = st.lists(st.one_of(launches, work, runs), min_size=1, max_size=9)

READINGS = each_alone()


@pytest.mark.parametrize("completes", [True, False])
@pytest.mark.parametrize("reading", READINGS)
def test_in_the_end_the_learner_sees_the_provider_s_progress(reading: str, completes: bool) -> None:
    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(events)
    def holds(drawn: list[Any]) -> None:
        platform = Learning360(readings=READINGS[reading])
        platform.courses[COURSE] = {"integrationId": "i"}
        platform.integrations["i"] = {
            "defaultCompletion": completes,
            "defaultProgress": 0 if completes else 50,
        }
        world = World(platform)
        shown: dict[str, tuple[int, int | None]] = {}
        for event in [*drawn, Ran(99, True)]:
            match event:
                case Launched():
                    world.launch(event)
                case Worked():
                    world.work(event)
                case Ran():
                    world.run(event)
            shown = nothing_falls(world, shown)
        before = [attempt_dto(one) for one in platform.attempts_of(COURSE, USER)]
        as_the_provider_says(world)
        world.run(Ran(99, True))
        assert [attempt_dto(one) for one in platform.attempts_of(COURSE, USER)] == before

    holds()


def nothing_falls(
    world: World, shown: dict[str, tuple[int, int | None]]
) -> dict[str, tuple[int, int | None]]:
    """No attempt that an import made falls, and no genuine completion loses its date."""
    now = {}
    for one in world.platform.attempts_of(COURSE, USER):
        progress, completed = shown.get(one.id, (0, None))
        if not one.launched:
            assert one.progress >= progress
        if progress == 100 and completed is not None:
            assert (one.progress, one.completedAt) == (100, completed)
        now[one.id] = (one.progress, one.completedAt)
    return now


def as_the_provider_says(world: World) -> None:
    attempts = merge(world.rows)
    there = world.platform.attempts_of(COURSE, USER)
    imported = [one for one in there if not one.launched]
    assert len(imported) <= len(attempts) + world.launches, "an attempt was doubled"
    if not attempts:
        return
    best = max(one.progress for one in there)
    assert best >= max(one.progress for one in attempts if one is not None) or best == 100
    if not any(one.completed for one in attempts):
        assert any(one.progress == attempts[-1].progress for one in there), "progress is hidden"
    for attempt in attempts:
        if attempt.completedAt is not None:
            assert any(
                one.progress == 100
                and one.completedAt is not None
                and (
                    abs(one.completedAt - attempt.completedAt) <= 1000
                    or one.completedAt >= attempt.firstActivity
                )
                for one in there
            ), "a completion is not shown"
    # A first row that was completed shows its own date, unless a completion stood there already.
    if len(attempts) == 1 and attempts[0].completedAt is not None:
        dates = [one.completedAt for one in there if one.progress == 100]
        assert attempts[0].completedAt in dates
    most = max(row.timeSpentInMilliseconds for row in world.rows)
    assert sum(one.timeSpent for one in imported if one.timeSpent > 1) <= most * len(attempts)
    if len(attempts) == 1:
        assert sum(one.timeSpent for one in imported if one.timeSpent > 1) <= most

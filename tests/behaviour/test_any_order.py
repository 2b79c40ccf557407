"""The statistics run itself, whatever happens in whatever order, in every reading of the platform.

Learners launch and learn and join; runs are killed at a write or a submit, out of time, refused,
lose answers, and read lists that make no sense or show nothing yet; ledgers are lost, and
reconciled. In the end each learner sees the provider's progress, once.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content_sync.domain.statistic import Statistic, merge
from content_sync.errors import ContentSyncError, LostAnswer, OutOfTime, Refused, UnexpectedAnswer
from content_sync.fields.instants import now
from content_sync.providers.base import Page
from content_sync.report import Report
from content_sync.request import SyncRequest
from content_sync.state.courses import CourseEntry, course_ledger
from content_sync.state.cursors import CursorStore, ReconcileCursor, StatisticsCursor
from content_sync.state.table import Delete, Put, Write, shard_key
from content_sync.sync.courier import Courier
from content_sync.sync.journal import Journal
from content_sync.sync.reconcile.attempts import compare_attempts
from content_sync.sync.reconcile.courses import LookedUp
from content_sync.sync.run import Run
from content_sync.sync.statistics.run import synchronize_statistics
from content_sync.web.timebudget import TimeBudget
from sandbox.learning360 import Launches, Learning360
from sandbox.learning360.attempts import Attempts, NoRule, attempt_dto
from sandbox.learning360.readings import each_alone
from tests.house import assert_counts_add_up

PK = "acme#default"
T = now() - 400 * 3_600_000
HOUR = 3_600_000
LEARNERS = ("ann@example.com", "bob@example.com")
COURSES = {"c1": "1" * 24, "c2": "2" * 24}


class Killed(BaseException):
    """Nothing in the program may catch it."""


class Table:
    """A table in memory."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}

    def get(self, pk: str, sk: str) -> Any:
        text = self.items.get((pk, sk))
        return None if text is None else json.loads(text)

    def pages(self, pk: str, prefix: str, **more: Any) -> Iterator[list[tuple[str, str]]]:
        yield sorted(
            (sk, x) for (p, sk), x in self.items.items() if p == pk and sk.startswith(prefix)
        )

    def query(self, pk: str, prefix: str, **more: Any) -> Iterator[tuple[str, Any]]:
        for page in self.pages(pk, prefix):
            yield from ((sk, json.loads(text)) for sk, text in page)

    def get_each(self, keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return [
            (sk, self.items[pk, sk]) for pk, sk in reversed(list(keys)) if (pk, sk) in self.items
        ]

    def apply(self, writes: Iterable[Write]) -> None:
        for write in writes:
            key = (shard_key(PK, write.shard), write.sk)
            if isinstance(write, Delete):
                self.items.pop(key, None)
            else:
                assert isinstance(write, Put)
                self.items[key] = json.dumps(write.data)


@dataclass(frozen=True)
class Launched:
    learner: int
    course: str
    at: int
    in_path: bool


@dataclass(frozen=True)
class Worked:
    learner: int
    course: str
    first: int
    length: int
    progress: int
    done: bool


@dataclass(frozen=True)
class Joined:
    """Bob gets an account at 360Learning."""


@dataclass(frozen=True)
class Ran:
    """A run, and what happens to it: at its n-th write or submit, or to all that it reads."""

    trouble: str
    place: int
    full: bool


@dataclass(frozen=True)
class Reconciled:
    """The ledger is held against 360Learning and corrected, perhaps after it was lost."""

    lost: bool


TROUBLES = (
    "none killed_before_write killed_after_write killed_before_submit killed_after_submit "
    "lost_before lost_after refused unreadable hidden slices"
).split()


class Platform:
    """360Learning without a network."""

    def __init__(self, learning360: Learning360) -> None:
        self.learning360 = learning360
        self.done: dict[str, list[dict[str, Any]]] = {}
        self.trouble = ""
        self.countdown = 0
        self.settled: set[str] = set()

    def strikes(self, *troubles: str) -> bool:
        """Tell whether the trouble of this run comes now; it comes once."""
        if self.trouble not in troubles:
            return False
        self.countdown -= 1
        return self.countdown == 0

    def attempts(self, course_ids: list[str], user_ids: list[str]) -> Iterator[Any]:
        if self.trouble == "unreadable":
            raise UnexpectedAnswer("cut off")
        for one in [row for rows in self.learning360.attempts.values() for row in rows]:
            # What was made or changed lately may not be shown yet.
            if self.trouble == "hidden" and one.id not in self.settled:
                continue
            wanted = (not course_ids or one.courseId in course_ids) and (
                not user_ids or one.userId in user_ids
            )
            if wanted:
                yield attempt_dto(one)

    def users(self) -> Iterator[Any]:
        return iter(list(self.learning360.users.values()))

    def users_by_mails(self, mails: list[str]) -> list[Any]:
        return [user for mail in mails for user in self.learning360.users_with(mail)]

    def submit(self, endpoint: Any, integration_id: str, items: list[dict[str, Any]]) -> str:
        if self.strikes("killed_before_submit"):
            raise Killed
        if self.strikes("lost_before"):
            raise LostAnswer("lost")
        if self.trouble == "refused":
            raise Refused("x", status=400, code="odd", body=None, detail="400 odd")
        operation = f"{len(self.done):024x}"
        self.done[operation] = [result for item in items for result in self.imported(item)]
        if self.strikes("killed_after_submit"):
            raise Killed
        if self.strikes("lost_after"):
            raise LostAnswer("lost")
        return operation

    def imported(self, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
        named = item["userIdentifier"]
        users = (
            self.learning360.users_with(named["value"])
            if named["type"] == "mail"
            else [self.learning360.users[named["value"]]]
        )
        course_id = COURSES[item["courseIdentifier"]["value"]]
        if not users:
            yield {"input": item, "status": "error", "errorMessage": "User not found"}
            return
        try:
            found = Attempts(self.learning360).record(course_id, users[0]["_id"], item)
        except NoRule:
            if self.learning360.readings.without_rule == "dropped":
                return
            if self.learning360.readings.without_rule == "error":
                yield {"input": item, "status": "error", "errorMessage": "no rule"}
                return
            found = "0" * 24
        yield {"input": item, "status": "success", "resourceId": found}

    def operation(self, operation_id: str) -> Any:
        return {"_id": operation_id, "status": "completed"}

    def operations(self, endpoint: Any, since: int) -> list[Any]:
        return [{"_id": operation_id} for operation_id in reversed(self.done)]

    def results(self, operation_id: str) -> list[Any]:
        return self.done[operation_id]


class World:
    def __init__(self, reading: Any, completes: bool, filters_by_time: bool) -> None:
        self.filters_by_time = filters_by_time
        self.learning360 = Learning360(readings=reading)
        for course_id in COURSES.values():
            self.learning360.courses[course_id] = {"integrationId": "i"}
        progress = 0 if completes else 50
        self.learning360.integrations["i"] = {
            "defaultCompletion": completes,
            "defaultProgress": progress,
        }
        self.ann = self.learning360.add_user(LEARNERS[0])
        self.platform = Platform(self.learning360)
        self.table = Table()
        ledger = course_ledger(self.table, PK)  # type: ignore[arg-type]
        for course, course_id in COURSES.items():
            ledger.set(course, CourseEntry("d", course_id))
        self.table.apply(ledger.writes())
        self.rows: dict[tuple[int, str], list[Statistic]] = {}
        self.launches: dict[tuple[int, str], int] = {}
        self.number = 0

    def user(self, learner: int) -> str | None:
        users = self.learning360.users_with(LEARNERS[learner])
        return str(users[0]["_id"]) if users else None

    def launch(self, event: Launched) -> None:
        if (user := self.user(event.learner)) is not None:
            path = ("a" * 24, "b" * 24) if event.in_path else None
            at = T + event.at * HOUR
            Launches(self.learning360).start(COURSES[event.course], user, at, path=path)
            key = (event.learner, event.course)
            self.launches[key] = self.launches.get(key, 0) + 1

    def work(self, event: Worked) -> None:
        rows = self.rows.setdefault((event.learner, event.course), [])
        first, last = T + event.first * HOUR, T + (event.first + event.length) * HOUR
        progress = event.progress
        if rows and not rows[-1].completed:
            before = rows.pop()
            first, last = before.firstActivity, max(last, before.lastActivity)
            progress = max(progress, before.progress)
        elif rows:
            # The next enrollment begins after what was completed.
            first = max(first, max(row.lastActivity for row in rows) + HOUR)
            last = max(last, first + HOUR)
        done = last if event.done else None
        rows.append(
            Statistic(
                event.course, LEARNERS[event.learner], 100 if event.done else progress,
                first, last, done, 1000 * len(rows) + 5000,
            )
        )  # fmt: skip

    def run(self, event: Ran) -> dict[str, Any] | None:
        """One run, over its invocations; None when it was killed or failed."""
        self.platform.trouble, self.platform.countdown = event.trouble, event.place
        self.number += 1
        attempts = self.learning360.attempts.values()
        self.platform.settled = {one.id for rows in attempts for one in rows}
        while True:
            try:
                return self.invoke(event)
            except OutOfTime:
                continue
            except (Killed, ContentSyncError):
                return None

    def invoke(self, event: Ran) -> dict[str, Any]:
        def write(writes: Iterable[Write]) -> None:
            listed = list(writes)
            if self.platform.strikes("killed_before_write"):
                raise Killed
            self.table.apply(listed)
            if self.platform.strikes("killed_after_write"):
                raise Killed

        store = CursorStore(self.table, PK, "stats", StatisticsCursor)  # type: ignore[arg-type]
        request = SyncRequest(kind="stats", integration="default", full=event.full)
        left = store.read()
        cursor = left or StatisticsCursor(
            report=Report(
                run_id=f"run{self.number}", provider="acme", integration="default", kind="stats",
                mode="apply", started_at=now(),
            ),
            demands=request.demands,
        )  # fmt: skip
        request = request.as_demanded(cursor.demands)
        seconds = 1 if event.trouble == "slices" else 900
        budget = TimeBudget(lambda: seconds * 1000)
        lease: Any = SimpleNamespace(write=write)
        journal = Journal(cursor, store, lease, budget, resumed=left is not None)
        rows = [row for rows in self.rows.values() for row in rows]
        parties: Any = SimpleNamespace(
            table=self.table, pk=PK, platform=self.platform, integration_id="i",
            api=SimpleNamespace(statistics=lambda query, position: iter([Page(rows, None)])),
            provider=SimpleNamespace(
                judge_statistic=lambda raw: raw, overlap_hours=24,
                filters_by_time=self.filters_by_time,
            ),
        )  # fmt: skip
        carrier = Courier(self.platform, "i", journal, budget)  # type: ignore[arg-type]
        try:
            synchronize_statistics(Run(request, parties, journal, carrier))
        except ContentSyncError:
            journal.save(leaving=True)
            raise
        self.table.apply(journal.clearing())
        report = journal.report.ended("succeeded", now())
        assert_counts_add_up(report)
        return report

    def reconcile(self, event: Reconciled) -> None:
        if event.lost:
            for key in [key for key in self.table.items if not key[1].startswith("course#")]:
                del self.table.items[key]
        self.platform.trouble = ""
        store = CursorStore(self.table, PK, "reconcile", ReconcileCursor)  # type: ignore[arg-type]
        request = SyncRequest(kind="reconcile", integration="default")
        cursor = ReconcileCursor(
            report=Report(
                run_id="reconciling", provider="acme", integration="default", kind="reconcile",
                mode="apply", started_at=now(),
            ),
            demands=request.demands,
        )  # fmt: skip
        lease: Any = SimpleNamespace(write=self.table.apply)
        budget = TimeBudget(lambda: 900_000)
        journal = Journal(cursor, store, lease, budget)
        progress = self.learning360.integrations["i"]["defaultProgress"]
        parties: Any = SimpleNamespace(
            table=self.table, pk=PK, platform=self.platform, integration_id="i",
            launch=SimpleNamespace(progress=progress),
        )  # fmt: skip
        inventory: Any = SimpleNamespace(
            ledger=course_ledger(self.table, PK),  # type: ignore[arg-type]
            located={name: LookedUp(name, one, "published") for name, one in COURSES.items()},
            offered=set(COURSES),
        )
        courier: Any = None
        compare_attempts(Run(request, parties, journal, courier), inventory)
        journal.save()
        self.table.apply(journal.clearing())


learners, courses = st.integers(0, 1), st.sampled_from(sorted(COURSES))
events = st.lists(
    st.one_of(
        st.builds(Launched, learners, courses, st.integers(0, 200), st.booleans()),
        st.builds(
            Worked, learners, courses, st.integers(0, 150), st.integers(0, 30),
            st.integers(0, 99), st.booleans(),
        ),
        st.just(Joined()),
        st.builds(Ran, st.sampled_from(TROUBLES), st.integers(1, 8), st.booleans()),
        st.builds(Reconciled, st.booleans()),
    ),
    min_size=2,
    max_size=10,
)  # fmt: skip
READINGS = each_alone()


@pytest.mark.parametrize("completes", [True, False])
@pytest.mark.parametrize("reading", READINGS)
def test_in_the_end_each_learner_sees_the_provider_s_progress_once(
    reading: str, completes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)

    # Each is a world of its own: fewer say as much.
    @settings(max_examples=settings.default.max_examples // 5)
    @given(events, st.booleans())
    def holds(drawn: list[Any], filters_by_time: bool) -> None:
        world = World(READINGS[reading], completes, filters_by_time)
        for event in drawn:
            match event:
                case Launched():
                    world.launch(event)
                case Worked():
                    world.work(event)
                case Joined():
                    if world.user(1) is None:
                        world.learning360.add_user(LEARNERS[1])
                case Ran():
                    world.run(event)
                case Reconciled():
                    world.reconcile(event)
        quiet = Ran("none", 0, full=False)
        for _ in range(2):
            assert world.run(quiet) is not None
        each_sees_the_progress(world)
        # `full` meets launches since, and then changes nothing more.
        assert world.run(replace(quiet, full=True)) is not None
        each_sees_the_progress(world)
        there = everything(world)
        assert world.run(replace(quiet, full=True)) is not None
        assert everything(world) == there

    holds()


def everything(world: World) -> list[tuple[Any, ...]]:
    return [
        (one.id, one.progress, one.completedAt, one.timeSpent, one.firstActivityAt)
        for rows in world.learning360.attempts.values()
        for one in rows
    ]


def each_sees_the_progress(world: World) -> None:
    for (learner, course), rows in world.rows.items():
        user = world.user(learner)
        if user is None:
            continue
        did = merge(rows)
        there = world.learning360.attempts_of(COURSES[course], user)
        imported = [one for one in there if not one.launched]
        # An import updates all attempts that are open, so launches may be completed with it.
        completions = [one.completedAt for one in imported if one.progress == 100]
        assert len(completions) == len(set(completions)) <= len(did), "a completion was doubled"
        ended = sum(one.completedAt is not None and one.progress < 100 for one in imported)
        assert ended <= world.launches.get((learner, course), 0)
        assert len(imported) - ended <= len(did), "an attempt was doubled"
        last = did[-1]
        if last.completedAt is None:
            # A launch that ends our attempt is met at the next change; the progress stays.
            shown = [one.progress for one in there]
            assert last.progress in shown or 100 in shown, "hidden"
        else:
            assert 100 in [one.progress for one in there], "hidden"
        if len(did) == 1 and last.completedAt is not None:
            assert {one.completedAt for one in there if one.progress == 100} == {last.completedAt}
        if len(did) == 1:
            spent = sum(one.timeSpent for one in imported if one.timeSpent > 1)
            assert spent <= last.timeSpentInMilliseconds, "time is there twice"

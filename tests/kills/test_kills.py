"""A run that is killed anywhere goes on, and ends where an undisturbed one ends.

Killed means: before or after any write of state, and before or after any submit. Every such place
of both runs is tried for every provider.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import boto3
import pytest

from content_sync.learning360.api import UPSERT_COURSES, Learning360Api
from content_sync.state.courses import course_ledger
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Table
from content_sync.sync.catalog import upserting
from content_sync.sync.catalog.upserting import Upserts
from sandbox.learning360 import Launches
from sandbox.providers import TENANTS
from sandbox.providers.base import HOUR, Tenant, changed, last_ms
from tests.helpers import GO1, wipe
from tests.house import TABLE, House, create_table

MANY = 60


class Killed(BaseException):
    """Nothing in the program may catch it."""


class Killer:
    """Kills at the n-th dangerous place, before or after what is done there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.countdown = -1
        self.after = False
        # Nobody waits for a poll: operations end at once.
        wait = time.sleep
        monkeypatch.setattr("time.sleep", lambda seconds: wait(min(seconds, 0.01)))
        for owner, name in ((Lease, "write"), (Learning360Api, "submit")):
            monkeypatch.setattr(owner, name, self.deadly(getattr(owner, name)))

    def deadly(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **more: Any) -> Any:
            self.countdown -= 1
            if self.countdown == 0 and not self.after:
                raise Killed
            result = function(*arguments, **more)
            if self.countdown == 0:
                raise Killed
            return result

        return wrapped


def end_state(house: House, prefix: str) -> Any:
    house.sandbox.learning360.advance()
    platform = house.sandbox.learning360
    courses = {name: (course["status"], course["item"]) for name, course in house.courses().items()}
    names = {course["_id"]: name for name, course in house.courses().items()}
    attempts = sorted(
        (names[course_id], platform.users[user_id]["mail"], number, *values)
        for (course_id, user_id), rows in platform.attempts.items()
        for number, row in enumerate(rows)
        for values in [tuple(str(value) for key, value in asdict(row).items() if key[-2:] != "Id")]
        for values in [values[1:]]
    )
    ledgers = sum(1 for line in house.table_text().splitlines() if prefix in line)
    return courses, attempts, ledgers


def prepare(house: House, tenant: Tenant) -> None:
    """A first catalogue with its statistics, and then a second that differs in every way."""
    courses = [tenant.course(number, f"Course {number}") for number in range(MANY)]
    tenant.put(house.sandbox, courses[:-2])
    house.run(tenant.name, "catalog")
    tenant.put(house.sandbox, courses[2:-2])
    house.run(tenant.name, "catalog")
    courses[5] = changed(courses[5], tenant.title, "Changed")
    tenant.put(house.sandbox, [*courses[:10], *courses[12:]])
    prepare_statistics(house, tenant)


def prepare_statistics(house: House, tenant: Tenant) -> None:
    """Learners who launched, before and after; one unknown, and one who was and went on."""
    platform = house.sandbox.learning360
    mails = [f"learner{number}@example.com" for number in range(8)]
    late, unknown = mails[-2:]
    for mail in mails[:-2]:
        platform.add_user(mail)
    rows = {mail: tenant.row(mail, tenant.external_id(20)) for mail in mails}
    tenant.put_rows(house.sandbox, [tenant.open_row(rows[late]), tenant.open_row(rows[mails[5]])])
    house.run(tenant.name, "stats")
    platform.add_user(late)
    course = house.course(tenant.external_id(20))
    assert course is not None
    # By default a launch is completed at 0 %: before, after, and while our attempt is open.
    for mail, at in ((mails[1], -5 * HOUR), (mails[2], HOUR // 4), (mails[5], 0)):
        (user,) = platform.users_with(mail)
        Launches(platform).start(course["_id"], user["_id"], last_ms() + at)
    tenant.put_rows(
        house.sandbox,
        [tenant.open_row(rows[mails[0]]), *(rows[mail] for mail in (*mails[1:-1], unknown))],
    )


@pytest.mark.parametrize("kind", ["catalog", "stats"])
@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_killed_anywhere_and_ended_the_same(
    house: House, tenant: Tenant, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.sandbox.learning360.rate_limited = False
    house.sandbox.learning360.operation_seconds = 0.0
    killer = Killer(monkeypatch)
    house.settle_in(tenant.name)
    prepare(house, tenant)
    beginning = Beginning(house)
    operations = house.operations()
    expected = undisturbed = None
    for after in (False, True):
        for place in range(1, 40):
            beginning.put_back()
            house.invoked.clear()
            killer.countdown, killer.after = (place, after) if expected else (-1, False)
            try:
                house.run(tenant.name, kind)
                killed = False
            except Killed:
                killed = True
            killer.countdown = -1
            if expected is None:
                expected = end_state(house, "course#" if kind == "catalog" else "#sent#")
                undisturbed = house.operations() - operations
                continue
            if not killed:
                assert place > 3, "there must be places to be killed at"
                break
            had_ended = place > 3 and "cursor#" not in house.table_text()
            report = house.run(tenant.name, kind)
            assert report["status"] == "succeeded"
            state = end_state(house, "course#" if kind == "catalog" else "#sent#")
            assert state == expected, f"killed {'after' if after else 'before'} place {place}"
            if not had_ended:  # else this was a run of its own, which tries parked rows again
                assert house.operations() - operations == undisturbed, f"twice: {after} {place}"
            assert "cursor#" not in house.table_text()


@pytest.mark.parametrize("again", ["goes on", "begins anew"])
def test_a_catalogue_of_several_operations_loses_and_doubles_nothing_however_it_is_killed(
    house: House, again: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading goes on while an operation runs: what waits then is in memory alone."""
    small = replace(UPSERT_COURSES, most_items=80)
    monkeypatch.setattr(upserting, "MOST_WAITING", 40)
    monkeypatch.setattr(Upserts, "endpoint", small)
    house.sandbox.learning360.rate_limited = False
    house.sandbox.learning360.operation_seconds = 0.0
    house.settle_in("go1")
    courses = [GO1.course(number, f"Course {number}") for number in range(190)]
    GO1.put(house.sandbox, courses)
    beginning, killer = Beginning(house), Killer(monkeypatch)
    at_once: list[int] = []
    write = Lease.write

    def watched(self: Lease, writes: Any) -> None:
        listed = list(writes)
        cursors = [one for one in listed if isinstance(one, Put) and one.sk == "cursor#catalog"]
        at_once.extend(len(one.data["in_flight"]) for one in cursors)
        write(self, listed)

    monkeypatch.setattr(Lease, "write", watched)
    killed = 0
    for after in (False, True):
        for place in range(2 if after else 1, 60, 2):
            beginning.put_back()
            house.invoked.clear()
            operations = house.operations()
            killer.countdown, killer.after = place, after
            # To be cut by the clock, too, is another run's matter.
            event = {} if again == "goes on" else {"full": True}
            try:
                house.run("go1", "catalog")
            except Killed:
                killed += 1
            killer.countdown = -1
            assert house.run("go1", "catalog", **event)["status"] == "succeeded"
            assert len(house.courses()) == 190
            ledger = course_ledger(Table(TABLE), "go1#default")
            assert sum(entry.state == "active" for _, entry in ledger.items()) == 190
            assert "cursor#" not in house.table_text()
            if again == "goes on":
                assert house.operations() - operations == 4, f"{after} {place}"
    assert killed > 10
    assert max(at_once) == 2


class Beginning:
    """What stands at 360Learning and in the table before each kill: made once, and put back."""

    PARTS = (
        "integrations", "courses", "course_ids", "attempts", "by_user", "by_course", "operations",
        "users", "groups", "tags", "shared",
    )  # fmt: skip

    def __init__(self, house: House) -> None:
        self._platform = house.sandbox.learning360
        self._there = copy.deepcopy({name: getattr(self._platform, name) for name in self.PARTS})
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        self._stored = [item for page in pages for item in page["Items"]]

    def put_back(self) -> None:
        for name, there in copy.deepcopy(self._there).items():
            part = getattr(self._platform, name)
            part.clear()
            part.update(there)
        dynamodb = boto3.client("dynamodb")
        dynamodb.delete_table(TableName=TABLE)
        create_table(dynamodb)
        for item in self._stored:
            dynamodb.put_item(TableName=TABLE, Item=item)


def test_reconciling_that_is_killed_anywhere_ends_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In slices, so that there are many places: before and after each of its writes."""
    tenant = next(tenant for tenant in TENANTS if tenant.name == "go1")
    house.sandbox.learning360.rate_limited = False
    house.sandbox.learning360.operation_seconds = 0.0
    house.settle_in("go1")
    prepare(house, tenant)
    house.run("go1", "catalog")
    house.run("go1", "stats")
    killer = Killer(monkeypatch)

    def reconciled(place: int, *, after: bool) -> tuple[bool, Any, list[str]]:
        wipe(house, "course#", "learner#", "cursor#")
        killer.countdown, killer.after = place, after
        killed, event = False, {"action": "reconcile", "provider": "go1", "mode": "apply"}
        while True:
            try:
                answer = house.call("integrations", event, seconds=25)
            except Killed:
                killed = True
                continue
            if answer["status"] != "continued":
                ledger = [
                    line
                    for line in house.table_text().splitlines()
                    if '"course#' in line or "#sent#" in line
                ]
                return killed, answer["counts"], sorted(ledger)
            _, event = house.invoked.pop()

    _, counts, ledger = reconciled(-1, after=False)
    assert counts["courses"]["found"]
    assert counts["attempts"]["found"]
    for after in (False, True):
        for place in range(4 if after else 1, 60, 6):
            killed, counts_then, ledger_then = reconciled(place, after=after)
            if not killed:
                assert place > 5, "there must be places to be killed at"
                break
            assert ledger_then == ledger, f"killed {'after' if after else 'before'} {place}"
            # One that begins anew finds in the ledger what the killed one put there.
            then = counts_then["courses"]
            assert then["found"] + then["agreed"] == counts["courses"]["found"]

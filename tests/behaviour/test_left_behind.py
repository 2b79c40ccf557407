"""What a run leaves behind in a process that is used again: nothing, however it ended."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from content_sync.errors import RemoteUnavailable
from content_sync.state.scratch import scratch
from content_sync.sync.statistics.reading import Intake
from sandbox.providers.base import Tenant
from tests.behaviour.reconciling import reconcile
from tests.helpers import GO1, known
from tests.house import House

MAIL = "learner@example.com"


class Killed(BaseException):
    """Nothing in the program may catch it."""


@pytest.fixture(name="opened")
def _opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Return the databases that runs opened."""
    opened: list[sqlite3.Connection] = []

    def noted() -> sqlite3.Connection:
        opened.append(scratch())
        return opened[-1]

    for module in ("statistics.books", "reconcile.attempts"):
        monkeypatch.setattr(f"content_sync.sync.{module}.scratch", noted)
    return opened


def is_closed(database: sqlite3.Connection) -> bool:
    try:
        database.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def ready(house: House, tenant: Tenant) -> None:
    """Let a learner have completed a course that is there."""
    house.settle_in(tenant.name)
    tenant.put(house.sandbox, [tenant.course(0, "Course 0")])
    house.run(tenant.name, "catalog")
    known(house, MAIL)
    tenant.put_rows(house.sandbox, [tenant.row(MAIL, tenant.external_id(0))])


def raising(error: BaseException) -> Callable[..., None]:
    def raises(*_: Any) -> None:
        raise error

    return raises


def test_a_run_that_succeeded_leaves_no_database(
    house: House, opened: list[sqlite3.Connection]
) -> None:
    ready(house, GO1)
    assert house.run("go1", "stats")["counts"]["sent"] == 1
    assert house.run("go1", "stats", mode="plan")["status"] == "succeeded"
    assert reconcile(house)["status"] == "succeeded"
    assert len(opened) == 3
    assert all(map(is_closed, opened))


def test_neither_does_one_that_goes_on_elsewhere(
    house: House, opened: list[sqlite3.Connection]
) -> None:
    ready(house, GO1)
    event = {"integration": "default"}
    assert house.call("go1_stats", event, seconds=5)["status"] == "continued"
    assert opened
    assert all(map(is_closed, opened))


@pytest.mark.parametrize("error", [RemoteUnavailable("it fails"), Killed()])
def test_nor_one_that_failed(
    house: House,
    opened: list[sqlite3.Connection],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    ready(house, GO1)
    monkeypatch.setattr(Intake, "take", raising(error))
    with suppress(RemoteUnavailable, Killed):
        house.run("go1", "stats")
    assert opened
    assert all(map(is_closed, opened))

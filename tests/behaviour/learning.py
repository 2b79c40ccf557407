"""What tests of statistics say often: one learner of Go1, who launches courses, too."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.learning360 import Launches
from sandbox.providers.base import HOUR, last_ms
from sandbox.service import Fault
from tests.helpers import GO1, at_home, attempts, iso, known, wipe
from tests.house import House

MAIL = "learner@example.com"
STATS = "GET /360learning/api/v2/courses/stats"
USERS = "GET /360learning/api/v2/users"
# What is read back after an import is asked for second.
READ_BACK = {"after": 1}


def ready(house: House) -> None:
    """Twelve courses of Go1, synchronized, which START completes at 0 %, and one learner."""
    at_home(house, launch_completes=True, launch_progress=0)
    house.run("go1", "catalog")
    known(house, MAIL)


def row(number: int = 1, *, first: int = -48, last: int = -2, done: bool = False) -> dict[str, Any]:
    raw = GO1.row(MAIL, GO1.external_id(number))
    dates = {
        "created_time": iso(last_ms() + first * HOUR),
        "updated_time": iso(last_ms() + last * HOUR),
    }
    return raw | dates | {"status": "completed" if done else "in-progress"}


def start(house: House, hours: int, number: int = 1, mail: str = MAIL, **more: Any) -> None:
    """Let a learner launch a course from 360Learning."""
    course = house.course(GO1.external_id(number))
    assert course is not None
    (user,) = house.sandbox.learning360.users_with(mail)
    launches = Launches(house.sandbox.learning360)
    launches.start(course["_id"], user["_id"], last_ms() + hours * HOUR, **more)


def shown(house: House) -> list[tuple[int, int | None]]:
    """Progress and completion of all attempts, in hours from the tests' own instant."""
    return [
        (one.progress, None if one.completedAt is None else (one.completedAt - last_ms()) // HOUR)
        for one in attempts(house)
    ]


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no wait before another attempt be long."""
    wait = time.sleep
    monkeypatch.setattr(
        "content_sync.web.timebudget.time.sleep", lambda seconds: wait(min(seconds, 0.05))
    )


def counts(report: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(report["counts"][name] for name in names)


def forget_learners(house: House) -> None:
    wipe(house, "learner#")


def forced(house: House) -> int:
    return sum(
        bool(item.get("forceNew"))
        for operation in house.sandbox.learning360.operations.values()
        for item in operation.items
    )


def twice(body: Any) -> Any:
    return [*body, *body]


def nothing_of(name: str) -> Callable[[Any], Any]:
    return lambda body: [{key: value for key, value in one.items() if key != name} for one in body]


def refusing(times: int = 1000, **more: Any) -> Fault:
    """360Learning refuses the items of all imports."""
    body = {"error": {"code": "invalidInput"}}
    return Fault(r"POST /360learning/.*/stats$", status=400, body=body, times=times, **more)


def unreadable(times: int = 1000, **more: Any) -> Fault:
    return Fault(STATS, edit=nothing_of("progress"), times=times, **more)


def hide_all(house: House) -> Fault:
    fault = Fault(STATS, edit=lambda body: [], times=1000)
    house.sandbox.traffic.faults.append(fault)
    return fault


def forget_attempts(house: House) -> None:
    platform = house.sandbox.learning360
    for index in (platform.attempts, platform.by_user, platform.by_course):
        index.clear()

"""Statistics runs that meet what stands at 360Learning: launches, reading back, bad answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.learning360 import Launches
from sandbox.learning360.readings import Readings
from sandbox.providers.base import HOUR, last_ms
from sandbox.service import Fault
from tests.helpers import GO1, at_home, attempts, iso, known
from tests.house import House

MAIL = "learner@example.com"
STATS = "GET /360learning/api/v2/courses/stats"
USERS = "GET /360learning/api/v2/users"
# What is read back after an import is asked for second.
READ_BACK = {"after": 1}


def ready(house: House) -> None:
    """Twelve courses of Go1, synchronized, and one learner."""
    at_home(house)
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


@pytest.mark.parametrize(
    ("done", "launched", "expected"),
    [
        (False, -100, [(0, -100), (50, None)]),
        (False, -20, [(0, -20), (50, None)]),
        (False, -1, [(0, -1), (50, None)]),
        (True, -100, [(0, -100), (100, -2)]),
        (True, -20, [(0, -20), (100, -2)]),
        (True, -1, [(0, -1), (100, -2)]),
    ],
)
def test_progress_is_shown_whenever_the_learner_started(
    house: House, done: bool, launched: int, expected: list[Any]
) -> None:
    ready(house)
    start(house, launched)
    GO1.put_rows(house.sandbox, [row(done=done)])
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed", "unconfirmed") == (1, 1, 0)
    assert shown(house) == expected
    # And nothing is doubled by runs to come, nor by one after the ledger was lost.
    assert house.run("go1", "stats")["counts"]["unchanged"] == 1
    assert house.run("go1", "stats", full=True)["counts"]["confirmed"] <= 1
    assert shown(house) == expected


def test_an_open_launch_is_taken_over(house: House) -> None:
    ready(house)
    house.integration["defaultCompletion"], house.integration["defaultProgress"] = False, 50
    start(house, -1, path=("a" * 24, "b" * 24))
    GO1.put_rows(house.sandbox, [row(done=True)])
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1
    assert shown(house) == [(100, -2)]


def test_a_launch_that_ends_our_attempt_is_met_at_the_next_change(house: House) -> None:
    ready(house)
    house.sandbox.learning360.readings = Readings(start_takes_over=True)
    GO1.put_rows(house.sandbox, [row(last=-30)])
    house.run("go1", "stats")
    start(house, -20)
    assert shown(house) == [(50, -20)]
    GO1.put_rows(house.sandbox, [row(last=-2, done=True)])
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1
    assert shown(house) == [(50, -20), (100, -2)]
    assert [one.timeSpent for one in attempts(house)] == [1, 1]


def test_a_lost_ledger_is_found_again_and_nothing_doubles(house: House) -> None:
    ready(house)
    start(house, -20, 1)
    rows = [row(1), row(2, done=True), row(3), row(4, last=-2, first=-2)]
    GO1.put_rows(house.sandbox, rows)
    house.run("go1", "stats")
    before = [(one.id, one.progress, one.completedAt) for one in attempts(house)]
    forget_learners(house)
    report = house.run("go1", "stats")
    assert counts(report, "read", "unchanged") in ((4, 3), (4, 4))
    assert [(one.id, one.progress, one.completedAt) for one in attempts(house)] == before
    assert house.run("go1", "stats")["counts"]["unchanged"] == 4


def forget_learners(house: House) -> None:
    import boto3

    from tests.house import TABLE

    client = boto3.client("dynamodb")
    for item in client.scan(TableName=TABLE)["Items"]:
        if item["sk"]["S"].startswith("learner#"):
            client.delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})


# forceNew


def forced(house: House) -> int:
    return sum(
        bool(item.get("forceNew"))
        for operation in house.sandbox.learning360.operations.values()
        for item in operation.items
    )


def test_force_new_goes_out_once_and_only_where_no_other_rule_shows_it(house: House) -> None:
    ready(house)
    start(house, -1)
    start(house, -1, 2)
    GO1.put_rows(house.sandbox, [row(1, done=True), row(2)])
    house.run("go1", "stats")
    assert forced(house) == 1
    for full in (False, True):
        house.run("go1", "stats", full=full)
    assert forced(house) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_force_new_is_looked_for_after_a_lost_answer(house: House, drop: str) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    house.sandbox.traffic.faults.append(Fault(r"POST /360learning/.*/stats$", drop=drop))
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed") == (1, 1)
    assert shown(house) == [(0, -1), (100, -2)]


@pytest.mark.parametrize("after", [True, False])
def test_force_new_is_looked_for_after_a_kill(
    house: House, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from content_sync.learning360.api import Learning360Api

    class Killed(BaseException):
        pass

    submit = Learning360Api.submit

    def deadly(*arguments: Any) -> str:
        if after:
            submit(*arguments)
        raise Killed

    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    monkeypatch.setattr(Learning360Api, "submit", deadly)
    with pytest.raises(Killed):
        house.run("go1", "stats")
    assert "forceNew" not in house.table_text(), "it is announced packed, with the cursor"
    monkeypatch.setattr(Learning360Api, "submit", submit)
    report = house.run("go1", "stats")
    assert counts(report, "read", "sent", "confirmed") == (1, 1, 1)
    assert shown(house) == [(0, -1), (100, -2)]


def test_what_was_forced_and_is_not_shown_is_never_forced_again(house: House) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])

    def launches_only(body: Any) -> Any:
        return [one for one in body if one["progress"] < 100]

    house.sandbox.traffic.faults.append(Fault(STATS, times=1000, edit=launches_only))
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed", "unconfirmed") == (1, 0, 1)
    for _ in range(2):
        report = house.run("go1", "stats")
        assert counts(report, "replayed", "unconfirmed") == (0, 1)
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "replayed", "confirmed", "unconfirmed") == (0, 1, 0)
    assert forced(house) == 1
    assert counts(house.run("go1", "stats"), "confirmed", "unconfirmed") == (0, 0)


# Reading back


def test_what_is_not_shown_is_a_problem_and_looked_at_by_the_next_run(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    hidden = GO1.external_id(2)

    def without(body: Any) -> Any:
        course = house.course(hidden)
        return [one for one in body if course is None or one["courseId"] != course["_id"]]

    house.sandbox.traffic.faults.append(Fault(STATS, times=1000, edit=without))
    report = house.run("go1", "stats")
    assert report["status"] == "partial"
    assert counts(report, "sent", "confirmed", "unconfirmed") == (2, 1, 1)
    (problem,) = report["problems"]
    assert (problem["external_id"], problem["reason"]) == (hidden, "unconfirmed")
    house.sandbox.traffic.faults.clear()
    # It shows by now: nothing is sent again.
    operations = house.operations()
    report = house.run("go1", "stats")
    assert report["status"] == "succeeded"
    assert counts(report, "unchanged", "confirmed", "unconfirmed") == (2, 1, 0)
    assert house.operations() == operations
    assert "unconfirmed" not in json.dumps(house.run("go1", "stats")["reasons"])


def test_what_was_dropped_without_a_word_is_sent_again_by_the_next_run(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    platform = house.sandbox.learning360
    GO1.put_rows(house.sandbox, [row(1, last=-1)])

    def lose(request: Any) -> None:
        for index in (platform.attempts, platform.by_user, platform.by_course):
            index.clear()

    house.sandbox.traffic.faults.append(Fault(STATS, act=lose, **READ_BACK))
    report = house.run("go1", "stats")
    assert counts(report, "sent", "unconfirmed") == (1, 1)
    report = house.run("go1", "stats")
    assert counts(report, "replayed", "confirmed", "unconfirmed") == (1, 1, 0)
    assert shown(house) == [(50, None)]


@pytest.mark.parametrize("without_rule", ["error", "dropped"])
def test_a_row_that_fits_no_rule_is_said_and_not_lost(house: House, without_rule: Any) -> None:
    """The learner starts between our looking and our sending."""
    ready(house)
    house.sandbox.learning360.readings = Readings(without_rule=without_rule)
    GO1.put_rows(house.sandbox, [row(done=True)])
    submit = r"POST /360learning/.*/stats$"
    house.sandbox.traffic.faults.append(Fault(submit, act=lambda _: start(house, -1)))
    report = house.run("go1", "stats")
    assert counts(report, "sent", "parked", "failed") in ((0, 1, 0), (0, 0, 1))
    report = house.run("go1", "stats")
    assert report["counts"]["confirmed"] == 1
    assert shown(house) == [(0, -1), (100, -2)]


# Scopes


@pytest.mark.parametrize("scope", ["courseStats:read", "users:read"])
def test_without_the_scopes_everything_is_sent_and_the_report_says_what_is_lost(
    house: House, scope: str
) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {scope}
    GO1.put_rows(house.sandbox, [row(1), row(2, done=True)])
    report = house.run("go1", "stats")
    assert report["status"] == "succeeded"
    assert counts(report, "sent", "confirmed", "unconfirmed") == (2, 0, 0)
    (problem,) = report["problems"]
    assert problem["reason"] == "unverified"
    assert scope in problem["message"]
    assert sorted(one.progress for one in attempts(house)) == [50, 100]
    # `full` doubles nothing there, either.
    house.run("go1", "stats", full=True)
    assert sorted(one.progress for one in attempts(house)) == [50, 100]


def test_a_403_in_the_middle_decides_nothing_from_half_an_answer(house: House) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    body = {"error": {"code": "invalid_scope"}}
    house.sandbox.traffic.faults.append(
        Fault(STATS, status=403, body=body, times=1000, **READ_BACK)
    )
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed", "unconfirmed") == (1, 0, 0)
    assert report["reasons"]["unverified"] == 1
    assert shown(house) == [(0, -1), (100, -2)]


# Bad answers


def twice(body: Any) -> Any:
    return [*body, *body]


def nothing_of(name: str) -> Callable[[Any], Any]:
    return lambda body: [{key: value for key, value in one.items() if key != name} for one in body]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(STATS, truncate=True, times=1000),
        Fault(STATS, edit=lambda body: {"rows": body}, times=1000),
        Fault(STATS, edit=lambda body: [*body, None], times=1000),
        Fault(STATS, edit=nothing_of("progress"), times=1000),
        Fault(STATS, edit=nothing_of("userId"), times=1000),
        Fault(STATS, edit=nothing_of("courseId"), times=1000),
    ],
    ids=["cut off", "no list", "no object", "no progress", "no user", "no course"],
)
def test_what_cannot_be_read_is_left_for_the_next_run_and_said(
    house: House, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    hurry(monkeypatch)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    house.sandbox.traffic.faults.append(fault)
    report = house.run("go1", "stats")
    assert report["status"] == "partial"
    assert counts(report, "sent", "failed") == (0, 1)
    assert "could not be read" in report["problems"][0]["message"]
    assert shown(house) == [(0, -1)]
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed") == (1, 1)
    assert shown(house) == [(0, -1), (100, -2)]


@pytest.mark.parametrize("name", ["_id", "lang", "timeSpent", "lastActivityAt", "firstActivityAt"])
def test_other_fields_may_be_missing(house: House, name: str) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    house.sandbox.traffic.faults.append(Fault(STATS, edit=nothing_of(name), times=1000))
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1
    assert shown(house) == [(0, -1), (100, -2)]


@pytest.mark.parametrize("link", ["loops", "goes on for ever"])
def test_a_listing_that_repeats_itself_or_never_ends_decides_nothing(
    house: House, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.learning360.api.MOST_PAGES", 30)
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    platform = house.sandbox.learning360
    page, number = platform.page, iter(range(10_000))

    def endless(request: Any, rows: list[Any], size: int) -> Any:
        if not request.path.endswith("/courses/stats"):
            return page(request, rows, size)
        following = 1 if link == "loops" else next(number)
        answer = page(request, [] if link != "loops" else rows, size)
        url = f"{platform.base_url}/api/v2/courses/stats?next={following}"
        answer.headers["Link"] = f'<{url}>; rel="next"'
        return answer

    monkeypatch.setattr(platform, "page", endless)
    report = house.run("go1", "stats")
    assert counts(report, "sent", "failed") == (0, 1)
    assert shown(house) == [(0, -1)]
    monkeypatch.setattr(platform, "page", page)
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1


def test_an_unavailable_platform_ends_the_run_with_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    hurry(monkeypatch)
    GO1.put_rows(house.sandbox, [row()])
    house.sandbox.traffic.faults.append(Fault(STATS, status=503, body={}, times=1000))
    with pytest.raises(ContentSyncError, match="not available"):
        house.run("go1", "stats")
    house.sandbox.traffic.faults.clear()
    house.sandbox.traffic.counts.clear()
    report = house.run("go1", "stats")
    assert counts(report, "read", "sent", "confirmed") == (1, 1, 1)
    assert house.sandbox.traffic.counts["GET go1"] == 0, "nothing is read again"


# Learners


def test_an_address_of_two_users_is_said_and_nothing_is_decided_by_it(house: House) -> None:
    ready(house)
    house.sandbox.learning360.readings = Readings(ignores_case=True)
    house.sandbox.learning360.add_user("Learner@Example.com")
    known(house, "other@example.com")
    GO1.put_rows(house.sandbox, [row(), GO1.row("other@example.com", GO1.external_id(2))])
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed", "unconfirmed") == (2, 1, 1)
    assert report["reasons"] == {"ambiguous_learners": 1, "unconfirmed": 1}
    assert MAIL not in json.dumps(report)
    # Since nothing can be told of it, it is not sent again and again.
    report = house.run("go1", "stats")
    assert counts(report, "replayed", "unconfirmed") == (0, 1)
    assert len(attempts(house)) == 2


def test_a_deleted_user_and_one_without_an_address_are_passed_over(house: House) -> None:
    ready(house)
    platform = house.sandbox.learning360
    platform.add_user(MAIL, status="deleted")
    (nameless, *_) = (platform.add_user("x@example.com"), platform.add_user("y@example.com"))
    del platform.users[nameless]["mail"]
    GO1.put_rows(house.sandbox, [row()])
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed") == (1, 1)
    assert "ambiguous_learners" not in report["reasons"]


@pytest.mark.parametrize("ignores_case", [True, False])
def test_learners_are_found_whose_address_is_written_in_another_case(
    house: House, ignores_case: bool
) -> None:
    """Many are listed, and named by their ids where 360Learning writes them differently."""
    at_home(house)
    house.run("go1", "catalog")
    house.sandbox.learning360.readings = Readings(ignores_case=ignores_case)
    mails = [f"learner{number}@example.com" for number in range(130)]
    known(house, *(mail.title() for mail in mails[:65]), *mails[65:])
    GO1.put_rows(house.sandbox, [GO1.row(mail, GO1.external_id(1)) for mail in mails])
    report = house.run("go1", "stats")
    assert counts(report, "sent", "parked", "confirmed") == (130, 0, 130)
    assert house.sandbox.traffic.counts["GET 360learning"] < 40


def test_a_user_who_was_made_anew_is_found_again(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row()])
    house.run("go1", "stats")
    platform = house.sandbox.learning360
    (user,) = platform.users_with(MAIL)
    user["status"] = "deleted"
    platform.add_user(MAIL)
    GO1.put_rows(house.sandbox, [row(last=-1, done=True)])
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 1
    report = house.run("go1", "stats")
    assert counts(report, "confirmed", "unconfirmed") == (1, 0)


def test_no_address_reaches_a_log_while_learners_are_looked_up(
    house: House, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    hurry(monkeypatch)
    GO1.put_rows(house.sandbox, [row()])
    house.sandbox.traffic.faults.append(Fault(USERS, status=500, body={}, times=1000))
    with pytest.raises(ContentSyncError) as raised:
        house.run("go1", "stats")
    assert MAIL not in f"{capsys.readouterr()}{raised.value}{house.table_text()}"


def test_a_plan_says_what_would_be_sent_having_met_what_stands_there(house: House) -> None:
    ready(house)
    start(house, -1, 1)
    start(house, -1, 2)
    GO1.put_rows(house.sandbox, [row(1), row(2, done=True)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True), row(2, done=True), row(3)])
    state, operations = house.table_text(), house.operations()
    plan = house.run("go1", "stats", mode="plan")
    assert counts(plan, "read", "sent", "unchanged", "confirmed") == (3, 2, 1, 0)
    assert (house.table_text(), house.operations()) == (state, operations)


def test_an_unchanged_run_reads_nothing_of_360learning_and_keeps_nothing(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(number, done=number % 2 == 0) for number in range(12)])
    house.run("go1", "stats")
    house.sandbox.traffic.counts.clear()
    report = house.run("go1", "stats", seconds=1)
    assert counts(report, "read", "unchanged") == (12, 12)
    assert house.sandbox.traffic.counts["GET 360learning"] == 0


def test_rows_of_one_attempt_are_counted_once_however_the_run_is_cut(house: House) -> None:
    """Rows that add nothing, on pages far apart, and one that makes their attempt go on."""
    ready(house)
    rows = [{**row(number % 10), "id": number} for number in range(200)]
    GO1.put_rows(house.sandbox, rows)
    assert counts(house.run("go1", "stats"), "read", "sent") == (10, 10)
    for seconds in (900, 1):
        report = house.run("go1", "stats", seconds=seconds)
        assert counts(report, "read", "unchanged") == (10, 10)
    GO1.put_rows(house.sandbox, [*rows, row(3, first=-30, last=-1, done=True)])
    report = house.run("go1", "stats", seconds=1)
    assert counts(report, "read", "unchanged", "sent") == (10, 9, 1)


# What waits, over runs and invocations


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


def test_a_newer_row_is_not_lost_when_the_run_fails_and_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    assert house.run("go1", "stats")["counts"]["parked"] == 2
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True), row(2)])
    hurry(monkeypatch)
    house.sandbox.traffic.faults.append(Fault(STATS, status=503, body={}, times=1000, after=2))
    with pytest.raises(ContentSyncError):
        house.run("go1", "stats")
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "read", "sent", "unchanged", "replayed") == (2, 1, 1, 1)
    assert sorted(shown(house), key=str) == [(100, -1), (50, None)]


@pytest.mark.parametrize("seconds", [900, 1])
def test_changed_rows_that_waited_go_out_in_their_order(house: House, seconds: int) -> None:
    at_home(house)
    house.run("go1", "catalog")
    first, second = row(1, first=-90, last=-80, done=True), row(1, first=-10, last=-9)
    GO1.put_rows(house.sandbox, [first, second])
    assert house.run("go1", "stats", seconds=seconds)["counts"]["parked"] == 2
    known(house, MAIL)
    changed = row(1, first=-10, last=-2, done=True)
    GO1.put_rows(house.sandbox, [first, changed])
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "read", "sent", "unchanged", "replayed") == (2, 1, 1, 1)
    assert shown(house) == [(100, -80), (100, -2)]


@pytest.mark.parametrize("seconds", [900, 1])
@pytest.mark.parametrize("done", [True, False])
def test_a_second_attempt_never_overtakes_a_first_that_could_not_be_read(
    house: House, seconds: int, done: bool
) -> None:
    ready(house)
    rows = [row(1, first=-90, last=-80, done=True), row(1, first=-10, last=-2, done=done)]
    GO1.put_rows(house.sandbox, rows)
    house.sandbox.traffic.faults.append(unreadable())
    start(house, -100)
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "read", "failed", "parked") == (2, 1, 1)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "stats", seconds=seconds)
    expected = [(0, -100), (100, -80), (100, -2) if done else (50, None)]
    assert shown(house) == expected


def test_what_was_not_shown_is_not_forgotten_by_a_bad_run(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    fault = hide_all(house)
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 1
    forget_attempts(house)
    house.sandbox.traffic.faults.remove(fault)
    for bad in (unreadable(), refusing()):
        start(house, -100)
        house.sandbox.traffic.faults.append(bad)
        house.run("go1", "stats")
        house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats")
    assert counts(report, "replayed", "confirmed") == (1, 1)
    assert (50, None) in shown(house)


def test_force_new_survives_an_unreadable_answer(house: House) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])

    def launches_only(body: Any) -> Any:
        return [one for one in body if one["progress"] < 100]

    hidden = Fault(STATS, times=1000, edit=launches_only)
    house.sandbox.traffic.faults.append(hidden)
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 1
    house.sandbox.traffic.faults[:] = [unreadable()]
    house.run("go1", "stats")
    house.sandbox.traffic.faults[:] = [hidden]
    for full in (False, True):
        house.run("go1", "stats", full=full)
    assert forced(house) == 1
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["counts"]["confirmed"] == 1


@pytest.mark.parametrize("seconds", [900, 1])
def test_what_full_could_not_send_is_tried_again(house: House, seconds: int) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2, done=True), row(3)])
    house.run("go1", "stats")
    forget_attempts(house)
    house.sandbox.traffic.faults.append(refusing())
    report = house.run("go1", "stats", full=True, seconds=seconds)
    assert counts(report, "read", "parked", "unchanged") == (3, 3, 0)
    house.sandbox.traffic.faults.clear()
    report = house.run("go1", "stats", seconds=seconds)
    assert counts(report, "replayed", "confirmed") == (3, 3)
    assert sorted(one.progress for one in attempts(house)) == [50, 50, 100]


@pytest.mark.parametrize("seconds", [900, 1])
def test_full_counts_right_where_something_cannot_be_read(house: House, seconds: int) -> None:
    ready(house)
    known(house, "other@example.com")
    GO1.put_rows(house.sandbox, [row(1), GO1.row("other@example.com", GO1.external_id(2))])
    house.run("go1", "stats")
    course = house.course(GO1.external_id(2))
    assert course is not None

    def spoiled(body: Any) -> Any:
        return [
            {**one, "progress": None} if one["courseId"] == course["_id"] else one for one in body
        ]

    house.sandbox.traffic.faults.append(Fault(STATS, edit=spoiled, times=1000))
    report = house.run("go1", "stats", full=True, seconds=seconds)
    assert counts(report, "read", "sent", "unchanged", "failed") == (2, 1, 0, 1)
    assert report["reasons"]["statistic_undelivered"] == 1


def test_a_failed_reading_keeps_what_was_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [{**row(number % 10), "id": number} for number in range(500)])
    house.run("go1", "stats")
    hurry(monkeypatch)
    fault = Fault("GET /go1/v2/enrollments", status=503, body={}, times=1000, after=5)
    house.sandbox.traffic.faults.append(fault)
    with pytest.raises(ContentSyncError):
        house.run("go1", "stats")
    house.sandbox.traffic.faults.clear()
    assert counts(house.run("go1", "stats"), "read", "unchanged") == (10, 10)


def test_few_learners_are_found_too_whose_address_is_written_in_another_case(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, MAIL.title())
    GO1.put_rows(house.sandbox, [row()])
    assert counts(house.run("go1", "stats"), "sent", "confirmed") == (1, 1)


@pytest.mark.parametrize("odd", [float("inf"), float("nan"), 1e999])
@pytest.mark.parametrize("name", ["timeSpent", "progress"])
def test_a_number_that_is_none_is_one_pair_s_problem(house: House, name: str, odd: float) -> None:
    ready(house)
    start(house, -1)
    GO1.put_rows(house.sandbox, [row(done=True)])
    fault = Fault(STATS, edit=lambda body: [{**one, name: odd} for one in body], times=1000)
    house.sandbox.traffic.faults.append(fault)
    assert house.run("go1", "stats")["status"] in ("succeeded", "partial")
    house.sandbox.traffic.faults.clear()
    house.run("go1", "stats")
    assert shown(house) == [(0, -1), (100, -2)]


def test_a_course_that_others_did_is_asked_about_by_its_learners(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mandatory course: by course it is one question, and its answer never seems to end."""
    monkeypatch.setattr("content_sync.sync.statistics.meeting.LONG_ROWS", 100)
    ready(house)
    platform = house.sandbox.learning360
    mails = [f"learner{number}@example.com" for number in range(45)]
    known(house, *mails, *(f"other{number}@example.org" for number in range(1000)))
    for number in range(1000):
        start(house, -20, 1, mail=f"other{number}@example.org")
    start(house, -1, 1, mail=mails[7])
    rows = [{**row(1, done=True), "user_id": mail} for mail in mails]
    GO1.put_rows(house.sandbox, rows)
    report = house.run("go1", "stats")
    assert counts(report, "sent", "confirmed", "unconfirmed") == (45, 45, 0)
    assert forced(house) == 1
    course = house.course(GO1.external_id(1))
    assert course is not None
    assert len(platform.by_course[course["_id"]]) == 1046


def test_a_halved_operation_that_is_always_out_of_time_ends(house: House) -> None:
    ready(house)
    mails = [f"learner{number}@example.com" for number in range(8)]
    known(house, *mails)
    GO1.put_rows(house.sandbox, [GO1.row(mail, GO1.external_id(1)) for mail in mails])
    house.sandbox.traffic.faults.append(refusing(times=3))
    report = house.run("go1", "stats", seconds=1)
    assert counts(report, "read", "confirmed") == (8, report["counts"]["sent"])
    assert report["counts"]["sent"] >= 7

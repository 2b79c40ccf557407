"""Statistics runs that meet what stands at 360Learning: launches, reading back, bad answers."""

import json
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.learning360.readings import Readings
from sandbox.service import Fault
from tests.behaviour.learning import (
    MAIL,
    READ_BACK,
    STATS,
    counts,
    forced,
    forget_learners,
    hurry,
    nothing_of,
    ready,
    row,
    shown,
    start,
)
from tests.helpers import GO1, at_home, attempts, known
from tests.house import House


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
    # What stands open goes out again with `full`; what is completed does not.
    assert house.run("go1", "stats", full=True)["counts"]["confirmed"] == (0 if done else 1)
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
    assert counts(report, "read", "sent", "unchanged") == (4, 0, 4)
    assert [(one.id, one.progress, one.completedAt) for one in attempts(house)] == before
    assert house.run("go1", "stats")["counts"]["unchanged"] == 4


# forceNew


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


@pytest.mark.parametrize(("without_rule", "heading"), [("error", "parked"), ("dropped", "failed")])
def test_a_row_that_fits_no_rule_is_said_and_not_lost(
    house: House, without_rule: Any, heading: str
) -> None:
    """The learner starts between our looking and our sending."""
    ready(house)
    house.sandbox.learning360.readings = Readings(without_rule=without_rule)
    GO1.put_rows(house.sandbox, [row(done=True)])
    submit = r"POST /360learning/.*/stats$"
    house.sandbox.traffic.faults.append(Fault(submit, act=lambda _: start(house, -1)))
    report = house.run("go1", "stats")
    assert counts(report, "sent", heading) == (0, 1)
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
    monkeypatch.setattr("content_sync.learning360.paging.MOST_PAGES", 30)
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


def test_a_plan_says_what_would_be_sent_having_met_what_stands_there(house: House) -> None:
    ready(house)
    start(house, -1, 1)
    start(house, -1, 2)
    GO1.put_rows(house.sandbox, [row(1), row(2, done=True)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True), row(2, done=True), row(3)])
    state, operations = house.table_text(reports=False), house.operations()
    plan = house.run("go1", "stats", mode="plan")
    assert counts(plan, "read", "sent", "unchanged", "confirmed") == (3, 2, 1, 0)
    assert (house.table_text(reports=False), house.operations()) == (state, operations)


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


def test_a_retake_is_not_taken_for_the_attempt_before_it(house: House) -> None:
    """An open launch from before both lets the retake begin before the first completion."""
    at_home(house)
    house.run("go1", "catalog")
    known(house, MAIL)
    first = row(1, first=-72, last=-62, done=True)
    GO1.put_rows(house.sandbox, [first])
    house.run("go1", "stats")
    start(house, -86)
    GO1.put_rows(house.sandbox, [first, row(1, first=-59, last=-52)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [first, row(1, first=-59, last=-44, done=True)])
    assert house.run("go1", "stats")["counts"]["sent"] == 1
    assert sorted(shown(house)) == [(100, -62), (100, -44)]

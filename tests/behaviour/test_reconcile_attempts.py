"""Reconciling attempts: what the learners' ledger believes, and what 360Learning shows."""

from sandbox.oracle import expect, faults
from sandbox.service import Fault
from tests.behaviour.learning import (
    MAIL,
    STATS,
    forced,
    forget_attempts,
    ready,
    row,
    shown,
    start,
)
from tests.behaviour.reconciling import attempts, reasons, reconcile
from tests.helpers import GO1, at_home, known, wipe
from tests.house import House


def test_attempts_that_are_gone_or_another_are_sent_again(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2), row(3, done=True)])
    house.run("go1", "stats")
    platform = house.sandbox.learning360
    gone, changed = house.course(GO1.external_id(1)), house.course(GO1.external_id(2))
    assert gone is not None
    assert changed is not None
    for (course_id, _), rows in platform.attempts.items():
        if course_id == gone["_id"]:
            platform.by_course[course_id].clear()
            platform.by_user[rows[0].userId].remove(rows[0])
            rows.clear()
        elif course_id == changed["_id"]:
            rows[0].progress = 7
    planned = reconcile(house)
    assert attempts(planned) == {"agreed": 1, "missing": 1, "differing": 1}
    assert {one["reason"] for one in planned["differences"]} == {
        "attempt_missing",
        "attempt_differing",
    }
    assert {one["learner"] for one in planned["differences"]} == {"l***@example.com"}
    assert MAIL not in str(planned)
    reconcile(house, mode="apply")
    GO1.put_rows(house.sandbox, [])
    report = house.run("go1", "stats")
    assert report["counts"]["confirmed"] == 2
    assert sorted(progress for progress, _ in shown(house)) == [50, 50, 100]
    assert attempts(reconcile(house)) == {"agreed": 3}


def test_launches_and_others_attempts_are_foreign_and_left(house: House) -> None:
    ready(house)
    start(house, -50, 4)
    start(house, -3, 5)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.run("go1", "stats")
    before = shown(house)
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"agreed": 1, "foreign": 2}
    assert answer["differences"] == []
    wipe(house, "learner#")
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"found": 1, "foreign": 2}
    house.run("go1", "stats")
    assert shown(house) == before


def test_a_lost_ledger_beside_launches_leads_to_the_same_as_an_intact_one(house: House) -> None:
    """What START made is not taken for what was sent: the next change is met as ever."""
    ready(house)
    rows = [row(number) for number in range(1, 5)]
    GO1.put_rows(house.sandbox, rows)
    start(house, -30, 1)
    start(house, -1, 2)
    house.run("go1", "stats")
    start(house, -1, 3)
    wipe(house, "learner#", "mark#")
    reconcile(house, mode="apply")
    GO1.put_rows(house.sandbox, [row(number, done=True) for number in range(1, 5)])
    house.run("go1", "stats")
    expected = expect(house.sandbox, "go1")
    assert faults(house.sandbox, expected, "go1") == []


def test_a_retake_arrives_after_a_lost_ledger_whatever_launches_were_taken_over(
    house: House,
) -> None:
    """An import updates all open attempts: one attempt of the provider's stands there twice."""
    at_home(house)
    house.run("go1", "catalog")
    known(house, MAIL)
    start(house, -95)
    start(house, -94, path=("a" * 24, "b" * 24))
    GO1.put_rows(house.sandbox, [row(1, first=-90, last=-84)])
    house.run("go1", "stats")
    wipe(house, "learner#", "mark#")
    assert attempts(reconcile(house, mode="apply")) == {"found": 2}
    house.run("go1", "stats")
    done = row(1, first=-90, last=-60, done=True)
    GO1.put_rows(house.sandbox, [done])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [done, row(1, first=-40, last=-30, done=True)])
    assert house.run("go1", "stats")["counts"]["sent"] == 1
    assert sorted(shown(house)) == [(100, -60), (100, -60), (100, -30)]
    assert attempts(reconcile(house)) == {"agreed": 2}


def test_progress_there_that_an_older_ledger_does_not_know_is_left(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.run("go1", "stats")
    further, over = house.sandbox.learning360.attempts.values()
    further[0].progress = 80
    over[0].progress, over[0].completedAt = 100, over[0].lastActivityAt
    GO1.put_rows(house.sandbox, [])
    answer = reconcile(house, mode="apply")
    assert attempts(answer) == {"agreed": 1, "differing": 1}
    assert "shows more than what was sent" in answer["differences"][0]["message"]
    house.run("go1", "stats")
    assert sorted(progress for progress, _ in shown(house)) == [80, 100]


def test_what_may_have_been_forced_is_not_forced_again(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, first=-30, last=-20, done=True)])
    start(house, -10)
    house.run("go1", "stats")
    assert forced(house) == 1
    before = shown(house)
    hidden = Fault(STATS, edit=lambda body: [x for x in body if x["progress"] < 100], times=1000)
    house.sandbox.traffic.faults.append(hidden)
    assert attempts(reconcile(house, mode="apply"))["differing"] == 1
    report = house.run("go1", "stats")
    assert (report["counts"]["sent"], report["counts"]["unconfirmed"]) == (0, 1)
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["counts"]["unconfirmed"] == 0
    assert (shown(house), forced(house)) == (before, 1)


def test_a_strangers_completion_is_met_and_not_taken_over(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(2)])
    house.run("go1", "stats")
    start(house, -10)
    by_hand = house.sandbox.learning360.attempts[
        next(key for key in house.sandbox.learning360.attempts if key[0] == course_id(house, 1))
    ][0]
    by_hand.progress = 100
    assert attempts(reconcile(house, mode="apply")) == {"agreed": 1, "found": 1}
    GO1.put_rows(house.sandbox, [row(2), row(1, first=-40, last=-30, done=True)])
    report = house.run("go1", "stats")
    assert (report["status"], report["counts"]["unchanged"]) == ("succeeded", 2)


def course_id(house: House, number: int) -> str:
    course = house.course(GO1.external_id(number))
    assert course is not None
    return str(course["_id"])


def test_attempts_of_an_archived_course_are_left(house: House) -> None:
    raw = at_home(house, 12, launch_completes=True, launch_progress=0)
    house.run("go1", "catalog")
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.run("go1", "stats")
    GO1.put(house.sandbox, [raw[0], *raw[2:]])
    house.run("go1", "catalog")
    forget_attempts(house)
    answer = reconcile(house, mode="apply")
    told = {one["external_id"]: one["message"] for one in reasons(answer, "attempt_missing")}
    assert told[GO1.external_id(1)] == "its course is archived: it is left so"
    assert "the next statistics run sends it again" in told[GO1.external_id(2)]
    assert house.run("go1", "stats")["counts"]["replayed"] == 1
    assert attempts(reconcile(house)) == {"agreed": 1, "missing": 1}

"""`explain`: who a learner is, and what becomes of the progress: one of each verdict."""

from typing import Any

import pytest

from sandbox.service import Fault
from tests.behaviour.explaining import explain
from tests.behaviour.learning import (
    MAIL,
    STATS,
    forget_attempts,
    ready,
    refusing,
    row,
    start,
)
from tests.helpers import GO1, at_home, attempts, fill
from tests.house import House

NAME = GO1.external_id(1)


def on(house: House, number: int = 1, mail: str = MAIL) -> tuple[str, str]:
    """The verdict on a learner's progress on a course, and why."""
    answer = explain(house, course=GO1.external_id(number), learner=mail)
    return answer["progress"]["verdict"], answer["why"]


def test_rows_that_a_rule_leaves_out(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1) | {"status": "not-started"}])
    verdict, why = on(house)
    assert verdict == "ignored"
    assert "Enrollments of the status not-started are left out" in why
    GO1.put_rows(house.sandbox, [row(1) | {"created_time": None, "updated_time": None}])
    verdict, why = on(house)
    assert verdict == "invalid"
    assert "no usable date" in why


def test_progress_that_changed_since(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, last=-1, done=True)])
    assert on(house) == (
        "due",
        "Go1 says 100 %, which changed since it was sent: the next statistics run that reads it "
        "sends it.",
    )
    GO1.put_rows(house.sandbox, [])
    verdict, why = on(house)
    assert verdict == "not_returned"
    assert "50 % were sent, and stay" in why


def test_progress_that_came_too_late(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, first=-20, last=-10, done=True)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, first=-90, last=-80, done=True)])
    verdict, why = on(house)
    assert (verdict, "cannot record it any more" in why) == ("before_first_attempt", True)


def test_what_360learning_shows_instead(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    attempts(house)[0].progress = 7
    verdict, why = on(house)
    assert verdict == "differing"
    assert "50 % were sent, as Go1 says, and 360Learning shows 7 %" in why
    forget_attempts(house)
    verdict, why = on(house)
    assert verdict == "missing"
    assert "360Learning shows no attempt" in why
    house.sandbox.traffic.faults.append(Fault(STATS, status=400, body={}, times=100))
    verdict, why = on(house)
    assert (verdict, "its attempts could not be read" in why) == ("sent", True)


def test_a_launch_and_what_it_hides(house: House) -> None:
    ready(house)
    start(house, -1)
    verdict, why = on(house)
    assert verdict == "nothing"
    assert why.endswith("What stands at 360Learning was made there.")
    GO1.put_rows(house.sandbox, [row(1)])
    assert on(house)[0] == "due"
    house.run("go1", "stats")
    assert on(house)[0] == "shown"


def test_rows_that_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1), row(2)])
    house.sandbox.traffic.faults.append(Fault(STATS, edit=lambda body: [], times=100))
    house.run("go1", "stats")
    verdict, why = on(house)
    assert (verdict, "took it and did not show it since" in why) == ("unconfirmed", True)
    house.sandbox.traffic.faults.clear()
    house.run("go1", "stats")
    assert on(house)[0] == "shown"
    house.sandbox.traffic.faults.append(refusing())
    GO1.put_rows(house.sandbox, [row(3)])
    house.run("go1", "stats")
    verdict, why = on(house, 3)
    assert (verdict, "tried again at each run" in why) == ("parked", True)
    house.sandbox.traffic.faults.clear()
    house.sandbox.traffic.faults.append(Fault(STATS, edit=lambda body: [{"_id": "x"}], times=100))
    GO1.put_rows(house.sandbox, [row(3), row(4)])
    house.run("go1", "stats")
    verdict, why = on(house, 4)
    assert (verdict, "could not be delivered since" in why) == ("undelivered", True)


def about(house: House, mail: str = MAIL) -> Any:
    return explain(house, learner=mail)["learner"]["at_360learning"]


def test_whom_360learning_knows(house: House) -> None:
    ready(house)
    platform = house.sandbox.learning360
    assert about(house)["said"] == "360Learning knows the learner"
    (user,) = platform.users_with(MAIL)
    user["mail"] = "Learner@Example.com"
    assert "in another case and named by id" in about(house)["said"]
    platform.add_user("LEARNER@example.com")
    said = about(house)
    assert (said["known"], "several users" in said["said"]) == (False, True)


@pytest.mark.parametrize(
    ("user", "how"),
    [
        ({"mail": MAIL, "status": "deleted"}, "deleted"),
        ({"mail": "Learner@example.org"}, "another_domain"),
        ({"mail": "lerner@example.com"}, "alike"),
        ({"mail": "", "username": MAIL}, "user_name"),
    ],
)
def test_near_misses(house: House, user: dict[str, str], how: str) -> None:
    at_home(house)
    house.sandbox.learning360.add_user(user.pop("mail"), **user)
    # These are other people.
    for mail in ("somebody@example.net", "learner7@example.com", "learning@example.com"):
        house.sandbox.learning360.add_user(mail)
    said = about(house)
    assert said["known"] is False
    assert [one["how"] for one in said["near_misses"]] == [how]
    assert "@example" not in str(said).replace("***@example", "")


def test_a_learner_s_courses_are_told_one_by_one(house: House) -> None:
    ready(house)
    fill(house, 14)
    GO1.put_rows(house.sandbox, [row(1, done=True), row(2), row(13)])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [row(1, done=True), row(3), row(13)])
    answer = explain(house, learner=MAIL)
    told = {one["external_id"]: one["verdict"] for one in answer["courses"]}
    assert told == {
        GO1.external_id(1): "shown",
        GO1.external_id(2): "not_returned",
        GO1.external_id(3): "due",
        GO1.external_id(13): "unknown_course",
    }
    assert answer["why"] == (
        "Go1 returns 3 rows of this learner, and 360Learning knows the learner."
    )


def test_a_learner_of_whom_go1_lists_no_users(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1, done=True)])
    house.sandbox.services["go1"].has_user_listing = False
    answer = explain(house, course=NAME, learner=MAIL)
    assert answer["learner"]["provider"]["asked"] == "in its listing of statistics"
    assert answer["progress"]["verdict"] == "due"


def test_a_learner_who_cannot_be_looked_for_is_not_called_unknown(house: House) -> None:
    ready(house)
    house.sandbox.learning360.scopes -= {"users:read"}
    GO1.put_rows(house.sandbox, [row(1)])
    verdict, why = on(house)
    assert (verdict, "will be refused" in why) == ("due", False)
    assert about(house)["known"] is None


def test_a_completion_that_stands_for_what_the_provider_says_now(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(1)])
    house.run("go1", "stats")
    (one,) = attempts(house)
    one.progress, one.completedAt = 100, one.lastActivityAt
    verdict, why = on(house)
    assert verdict == "shown"
    assert why == ("Go1 says 50 %, and 360Learning shows a completion since it began, which stays.")

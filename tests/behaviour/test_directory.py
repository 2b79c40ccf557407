"""Who the learners are at 360Learning: in another case, several of an address, made anew."""

import json
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.learning360.readings import Readings
from sandbox.service import Fault
from tests.behaviour.learning import MAIL, USERS, counts, hurry, ready, row
from tests.helpers import GO1, at_home, attempts, known
from tests.house import House


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


def test_few_learners_are_found_too_whose_address_is_written_in_another_case(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, MAIL.title())
    GO1.put_rows(house.sandbox, [row()])
    assert counts(house.run("go1", "stats"), "sent", "confirmed") == (1, 1)

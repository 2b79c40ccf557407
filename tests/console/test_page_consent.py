"""The one button: exactly the consent that was shown, and what came of it."""

import re
import time

import pytest
from flask.testing import FlaskClient

from console.page.consent import Errand
from tests.console.test_page import client_of, text_of
from tests.helpers import GO1, at_home, statuses
from tests.house import House

PAGE = "/go1/default"
PATIENCE_SECONDS = 20


def withheld(house: House, left: int = 10) -> FlaskClient:
    """Thirty courses of which so many are left, and somebody who looks."""
    courses = at_home(house, 30)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[:left])
    assert house.run("go1", "catalog")["counts"]["withheld"] == 30 - left
    return client_of(house)


def form_of(client: FlaskClient) -> dict[str, str]:
    """What the page's own form would send, once its box is ticked."""
    text = client.get(f"{PAGE}/consent").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    return {**fields, "sure": "yes"}


def ended(client: FlaskClient) -> str:
    """What the integration's page says once the run has ended."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        said = text_of(client, PAGE)
        if "under way. Look again" not in said:
            return said
        time.sleep(0.05)
    raise AssertionError("the run did not end")


def test_each_is_shown_by_its_title_before_anybody_consents(house: House) -> None:
    client = withheld(house)
    said = text_of(client, f"{PAGE}/consent")
    assert "20 courses left the catalogue" in said
    assert "These 20 courses may be archived" in said
    assert all(f"Course {number} " in said for number in range(10, 30))
    assert "Course 9 " not in said


def test_consent_archives_them_and_says_so(house: House) -> None:
    client = withheld(house)
    answer = client.post(f"{PAGE}/consent", data=form_of(client))
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "ended: 20 archived, 0 withheld" in ended(client)
    assert list(statuses(house).values()).count("archived") == 20
    assert "No archives of go1/default wait" in text_of(client, f"{PAGE}/consent")


def test_it_is_exactly_that_consent(house: House) -> None:
    client = withheld(house)
    form = form_of(client)
    # Meanwhile more are gone: nobody consented to those.
    GO1.put(house.sandbox, GO1_LEFT(3))
    client.post(f"{PAGE}/consent", data=form)
    assert "ended: 0 archived, 27 withheld" in ended(client)
    assert set(statuses(house).values()) == {"published"}


def GO1_LEFT(number: int) -> list[dict[str, object]]:
    return [GO1.course(index, f"Course {index}") for index in range(number)]


def test_what_was_shown_must_still_be_what_waits(house: House) -> None:
    client = withheld(house)
    form = form_of(client)
    house.run("go1", "catalog")
    runs = len(house.manage("runs", "go1")["runs"])
    answer = client.post(f"{PAGE}/consent", data=form)
    assert "something else waits" in answer.text
    assert len(house.manage("runs", "go1")["runs"]) == runs


@pytest.mark.parametrize(
    "wrong",
    [{"sure": ""}, {"archives": "21"}, {"archives": "-1"}, {"run_id": "x"}, {"archives": "²"}],
)
def test_another_form_begins_nothing(house: House, wrong: dict[str, str]) -> None:
    client = withheld(house)
    answer = client.post(f"{PAGE}/consent", data={**form_of(client), **wrong})
    assert answer.status_code in (400, 409)
    assert len(house.manage("runs", "go1")["runs"]) == 2


def test_twice_is_once(house: House) -> None:
    client = withheld(house)
    form = form_of(client)
    house.sandbox.learning360.operation_seconds = 1
    first, second = (client.post(f"{PAGE}/consent", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "20 archived" in ended(client)


def test_while_it_is_carried_out_nothing_calls_for_a_decision(house: House) -> None:
    client = withheld(house)
    house.sandbox.learning360.operation_seconds = 2
    client.post(f"{PAGE}/consent", data=form_of(client))
    # Whether it still runs or just ended: nothing on the page is older than what it says of it.
    assert "Needs a decision" not in text_of(client, PAGE)
    assert "20 archived" in ended(client)
    after = text_of(client, PAGE)
    assert "Needs a decision" not in after
    assert "10 courses, 20 archived" in after


def test_where_consent_changes_nothing_none_is_asked(house: House) -> None:
    courses = at_home(house, 30)
    house.run("go1", "catalog")
    # Two came twice, and another not at all: archived by the next run, which needs nobody.
    GO1.put(house.sandbox, [*courses[:29], courses[0]])
    assert house.run("go1", "catalog")["counts"]["withheld"] == 1
    client = client_of(house)
    assert "withheld archives" not in text_of(client, PAGE)
    assert "No archives of go1/default wait" in text_of(client, f"{PAGE}/consent")


def test_a_run_that_fails_says_why(house: House) -> None:
    client = withheld(house)
    form = form_of(client)
    house.put_secret("integrations/go1/default", {"client_id": "x"})
    client.post(f"{PAGE}/consent", data=form)
    assert "failed: secret" in ended(client)


@pytest.mark.parametrize(
    ("began", "last", "news"),
    [
        ("2026-11-29T10:00", None, True),
        ("2026-11-29T10:00", "2026-11-29T10:00", True),
        # One that was skipped is no run: the last one began before it.
        ("2026-11-29T10:00", "2026-11-29T09:00", True),
        ("2026-11-29T10:00", "2026-11-29T11:00", False),
    ],
)
def test_what_came_of_it_is_said_until_another_run_begins(
    began: str, last: str | None, news: bool
) -> None:
    errand = Errand(3, report={"status": "skipped", "started_at": began})
    assert errand.is_news_after({"started_at": last} if last else None) is news
    assert Errand(3).is_news_after({"started_at": began})

"""Pluralsight's refused fields."""

import itertools
from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidSettings, LoginRefused
from sandbox.providers.base import HOUR, last_ms
from sandbox.providers.pluralsight.tenant import TENANT as PLURALSIGHT
from sandbox.service import Fault
from tests.behaviour.explaining import assert_judged
from tests.helpers import (
    assert_errors_in_a_200_are_waited_out,
    assert_repeated_statistics_end,
    attempts,
    fill,
    iso,
    known,
)
from tests.house import House


def test_pluralsight_survives_refused_fields_with_either_type(house: House) -> None:
    service = house.sandbox.services["pluralsight"]
    house.settle_in("pluralsight")
    fill(house, 3, PLURALSIGHT)
    house.run("pluralsight", "catalog")
    known(house, "a@example.com", "b@example.com")
    rows = [
        PLURALSIGHT.row("a@example.com", PLURALSIGHT.external_id(1)),
        PLURALSIGHT.open_row(PLURALSIGHT.row("b@example.com", PLURALSIGHT.external_id(1))),
    ]
    PLURALSIGHT.put_rows(house.sandbox, rows)
    service.usage = [
        {
            "user": {"email": "A@example.com"},
            "course": {"slug": PLURALSIGHT.external_id(1)},
            "clipViewSeconds": seconds,
            "rollupDate": iso(last_ms()),
        }
        for seconds in (600.0, 300.4)
    ]
    service.validation_status = 200
    house.run("pluralsight", "stats")
    assert sorted(attempt.timeSpent for attempt in attempts(house)) == [900_400, HOUR]
    assert {attempt.lastActivityAt for attempt in attempts(house)} == {last_ms()}


def test_errors_in_a_200_are_not_an_empty_catalogue(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    body = {"data": {"courseCatalog": None}, "errors": [{"message": "upstream timed out"}]}
    assert_errors_in_a_200_are_waited_out(house, PLURALSIGHT, body)


# How different servers say that a field is unknown or withheld: none of it is understood.
WORDINGS: dict[str, dict[str, Any]] = {
    "graphql-js": {"message": 'Cannot query field "rollupDate" on type "CourseProgress".'},
    "apollo-compiler": {"message": "type `CourseProgress` does not have a field `rollupDate`"},
    "HotChocolate": {
        "message": "The field `rollupDate` does not exist on the type `CourseProgress`."
    },
    "graphql-java": {
        "message": "Validation error (FieldUndefined@[courseProgress/nodes/rollupDate]) : Field "
        "'rollupDate' in type 'CourseProgress' is undefined",
        "extensions": {"classification": "ValidationError"},
    },
    "graphql-ruby": {"message": "Field 'rollupDate' doesn't exist on type 'CourseProgress'"},
    "beta": {"message": "This is a beta field.", "extensions": {"code": "FORBIDDEN"}},
    "a word": {"message": "Nope."},
    "no message": {"code": 7},
}


def assert_a_statistic_arrives(house: House) -> None:
    """From the activation on, for one learner."""
    house.settle_in("pluralsight")
    fill(house, 3, PLURALSIGHT)
    house.run("pluralsight", "catalog")
    known(house, "a@example.com")
    PLURALSIGHT.put_rows(
        house.sandbox, [PLURALSIGHT.row("a@example.com", PLURALSIGHT.external_id(1))]
    )
    report = house.run("pluralsight", "stats")
    assert (report["status"], report["counts"]["sent"]) == ("succeeded", 1)


@pytest.mark.parametrize("status", [200, 400, 422, 403])
@pytest.mark.parametrize("wording", WORDINGS)
def test_refused_fields_do_not_depend_on_the_words(house: House, wording: str, status: int) -> None:
    service = house.sandbox.services["pluralsight"]
    service.validation_error, service.validation_status = WORDINGS[wording], status
    # The activation's own look, and every run after it.
    assert_a_statistic_arrives(house)
    asked = house.sandbox.traffic.counts["POST pluralsight"]
    house.run("pluralsight", "stats")
    # What the account refuses is kept with the integration: nothing is tried in vain again.
    assert house.sandbox.traffic.counts["POST pluralsight"] - asked == 2


@pytest.mark.parametrize(
    "withheld", [{"description"}, {"courseSeconds", "displayDate"}, {"displayDate"}]
)
def test_only_the_refused_fields_are_left_out(house: House, withheld: set[str]) -> None:
    service = house.sandbox.services["pluralsight"]
    service.withheld_fields = frozenset(withheld)
    house.settle_in("pluralsight")
    fill(house, 3, PLURALSIGHT)
    assert house.run("pluralsight", "catalog")["counts"]["created"] == 3
    item = house.courses()[PLURALSIGHT.external_id(1)]["item"]
    assert ("description" in item) is ("description" not in withheld)
    assert ("duration" in item) is ("courseSeconds" not in withheld)


def test_what_an_account_refuses_is_asked_anew_weekly(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = house.sandbox.services["pluralsight"]
    service.withheld_fields = frozenset({"description"})
    house.settle_in("pluralsight")
    fill(house, 3, PLURALSIGHT)
    house.run("pluralsight", "catalog")
    service.withheld_fields = frozenset()
    assert house.run("pluralsight", "catalog")["counts"]["unchanged"] == 3
    monkeypatch.setattr("content_sync.account.KEPT_MILLISECONDS", 0)
    assert house.run("pluralsight", "catalog")["counts"]["updated"] == 3
    assert "description" in house.courses()[PLURALSIGHT.external_id(1)]["item"]


def test_a_required_field_that_is_refused_is_said(house: House) -> None:
    service = house.sandbox.services["pluralsight"]
    service.withheld_fields = frozenset({"title"})
    with pytest.raises(ContentSyncError, match="also without the fields that it may refuse"):
        house.settle_in("pluralsight")
    service.validation_error = {"message": "no", "extensions": {"code": "FORBIDDEN"}}
    with pytest.raises(InvalidSettings, match="grant API access to the api_key"):
        house.settle_in("pluralsight")


@pytest.mark.parametrize("status", [200, 400])
def test_refused_credentials_are_asked_once(house: House, status: int) -> None:
    service = house.sandbox.services["pluralsight"]
    service.withheld_fields = frozenset({"title"})
    service.validation_status = status
    service.validation_error = {"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}
    with pytest.raises(InvalidSettings, match="correct the api_key of secret"):
        house.settle_in("pluralsight")
    assert house.sandbox.traffic.counts["POST pluralsight"] == 1


def passing(*asks: int) -> Fault:
    """A fault at these asks of a listing, counted from 1, and at no other."""
    counted = itertools.count(1)

    def edit(body: Any) -> Any:
        return {"errors": [{"message": "Internal error"}]} if next(counted) in asks else body

    return Fault(PLURALSIGHT.listing, times=1000, edit=edit)


@pytest.mark.parametrize("asks", [(1,), (1, 2), (1, 2, 4), (1, 2, 3, 5), (1, 2, 3, 5, 7)])
def test_a_passing_fault_is_no_refusal(house: House, asks: tuple[int, ...]) -> None:
    house.settle_in("pluralsight")
    fill(house, 3, PLURALSIGHT)
    house.sandbox.traffic.faults.append(passing(*asks))
    assert house.run("pluralsight", "catalog")["counts"]["created"] == 3
    assert "mark#account" not in house.table_text()
    assert "description" in house.courses()[PLURALSIGHT.external_id(1)]["item"]


@pytest.mark.parametrize("status", [200, 400])
def test_an_account_without_daily_usage_has_the_rows_own_totals(
    house: House, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("content_sync.providers.pluralsight.graphql.FIRST_RETRY_SECONDS", 0.01)
    service = house.sandbox.services["pluralsight"]
    service.validation_status = status
    service.withheld_fields = frozenset({"courseDailyUsage"})
    assert_a_statistic_arrives(house)


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("Retired", "withdrawn", "retired"),
        ("Removed", "withdrawn", "removed"),
        ("Odd", "untouched", "unknown_status"),
        (None, "invalid", "missing_status"),
    ],
)
def test_each_judgement_of_a_course_is_explained(
    house: House, status: str | None, verdict: str, reason: str
) -> None:
    house.settle_in("pluralsight")
    assert_judged(house, PLURALSIGHT, {"courseStatus": {"name": status}}, verdict, reason)


def test_statistics_that_begin_again_for_ever_end(house: House) -> None:
    def page(rows: list[Any], number: int) -> Any:
        onward = {"hasNextPage": True, "endCursor": f"c{number}"}
        connection = {"totalCount": 10**6, "nodes": rows, "pageInfo": onward}
        return {"data": {"courseProgress": connection}}

    house.sandbox.services["pluralsight"].progress_has_guide_fields = True
    assert_repeated_statistics_end(house, PLURALSIGHT, "POST /pluralsight", page)


def test_a_key_that_is_refused_without_a_login_is_told_too(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.settle_in("pluralsight")
    house.sandbox.traffic.faults.append(
        Fault("POST /pluralsight/graphql", status=401, body={}, times=9)
    )
    with pytest.raises(LoginRefused):
        house.call("pluralsight_catalog", {"integration": "default"})
    assert '"login_refused":[1.0]' in capsys.readouterr().out

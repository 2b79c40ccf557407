"""Edflex's repeated resources and its login."""

from typing import Any

import pytest

from content_sync.errors import ContentSyncError, InvalidSettings
from content_sync.providers.edflex.api import PARALLEL
from sandbox.service import Fault
from tests.behaviour.explaining import assert_judged, explain
from tests.helpers import (
    EDFLEX,
    assert_errors_in_a_200_are_waited_out,
    assert_repeated_statistics_end,
    fill,
    known,
)
from tests.house import House


def test_edflex_repeats_resources_without_harm(house: House) -> None:
    house.settle_in("edflex")
    courses = fill(house, 60, EDFLEX)
    house.run("edflex", "catalog")
    EDFLEX.put(house.sandbox, [*courses[:-1], courses[1]])
    report = house.run("edflex", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)


def test_edflex_refuses_a_login_with_a_200(house: House) -> None:
    with pytest.raises(InvalidSettings, match="client_id, client_secret and organization_name"):
        house.settle_in("edflex", client_secret="wrong")
    with pytest.raises(InvalidSettings, match="organization_name must be the first part"):
        house.settle_in("edflex", organization_name="https://mycompany.edflex.com")


def test_errors_in_a_200_are_not_an_empty_catalogue(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    body = {"data": [], "errors": [{"code": "500", "title": "Oops"}]}
    assert_errors_in_a_200_are_waited_out(house, EDFLEX, body)


def test_one_resource_is_asked_for_by_its_id(house: House) -> None:
    house.settle_in("edflex")
    fill(house, 120, EDFLEX)
    house.run("edflex", "catalog")
    house.sandbox.traffic.counts.clear()
    answer = explain(house, EDFLEX, course=EDFLEX.external_id(110))
    assert answer["course"]["provider"]["asked"] == "by id"
    assert "it was sent as it is" in answer["why"]
    assert house.sandbox.traffic.counts["GET edflex"] == 1


def test_a_portal_that_does_not_know_the_filter_answers_with_its_first_page(house: House) -> None:
    house.settle_in("edflex")
    courses = fill(house, 60, EDFLEX)
    for number, verdict in ((90, "not_listed"), (55, "offered"), (3, "offered")):
        house.sandbox.traffic.faults.append(
            Fault(EDFLEX.listing, edit=lambda body: {"data": courses[:50]}, times=1)
        )
        answer = explain(house, EDFLEX, course=EDFLEX.external_id(number))
        assert answer["course"]["judgement"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("attributes", "verdict", "reason"),
    [
        ({"type": "book"}, "withdrawn", "unsupported_type"),
        ({"type": None}, "untouched", "missing_type"),
        ({"status": "closed"}, "withdrawn", "status"),
    ],
)
def test_each_judgement_of_a_resource_is_explained(
    house: House, attributes: dict[str, Any], verdict: str, reason: str
) -> None:
    house.settle_in("edflex")
    change = {"attributes": {**EDFLEX.course(1, "One")["attributes"], **attributes}}
    assert_judged(house, EDFLEX, change, verdict, reason)


def test_statistics_that_begin_again_for_ever_end(house: House) -> None:
    def page(rows: list[Any], number: int) -> Any:
        return {"data": rows, "links": {"next": f"https://edflex.example/{number}"}}

    match = "GET /edflex/.*/learning-activities"
    assert_repeated_statistics_end(house, EDFLEX, match, page, ahead=PARALLEL + 2)


def test_pages_that_differ_only_in_what_is_not_mapped_are_not_the_same(house: House) -> None:
    """Rows without an address, say: two pages of them are no repetition."""
    house.settle_in("edflex")
    fill(house, 3, EDFLEX)
    house.run("edflex", "catalog")
    known(house, "learner@example.com")
    row = EDFLEX.row("", EDFLEX.external_id(0))
    last = EDFLEX.row("learner@example.com", EDFLEX.external_id(1))
    EDFLEX.put_rows(house.sandbox, [*({**row, "id": f"row{n}"} for n in range(250)), last])
    counts = house.run("edflex", "stats")["counts"]
    assert (counts["read"], counts["invalid"], counts["sent"]) == (251, 250, 1)


@pytest.mark.parametrize("status", [400, 404, 500])
def test_what_is_asked_for_beyond_the_last_page_is_not_looked_at(house: House, status: int) -> None:
    house.settle_in("edflex")
    fill(house, 130, EDFLEX)
    beyond = Fault(r"resources.*number%5D=([4-9]|\d\d)\b", status=status, body={}, times=99)
    house.sandbox.traffic.faults.append(beyond)
    report = house.run("edflex", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("succeeded", 130)


def test_a_page_that_fails_before_the_last_fails_the_run_with_its_place(house: House) -> None:
    house.settle_in("edflex")
    fill(house, 230, EDFLEX)
    fault = Fault(r"resources.*number%5D=3\b", status=400, body={}, times=99)
    house.sandbox.traffic.faults.append(fault)
    with pytest.raises(ContentSyncError):
        house.run("edflex", "catalog")
    # What came before was sent, and the next run goes on from there.
    assert len(house.courses()) == 100
    house.sandbox.traffic.faults.clear()
    house.run("edflex", "catalog")
    assert len(house.courses()) == 230


@pytest.mark.parametrize(("times", "archived"), [(1, 0), (99, 30)])
def test_an_announced_page_that_ends_the_listing_empty_is_asked_for_once_more(
    house: House, times: int, archived: int
) -> None:
    house.settle_in("edflex")
    fill(house, 130, EDFLEX)
    house.run("edflex", "catalog")
    empty = {"data": [], "links": {"next": None}}
    third = Fault(r"resources.*number%5D=3\b", edit=lambda body: empty, times=times)
    house.sandbox.traffic.faults.append(third)
    report = house.run("edflex", "catalog", allow_archives=1000)
    assert report["status"] == "succeeded"
    assert report["counts"]["archived"] == archived
    assert (third.times, report["counts"]["read"]) == (
        times - 2 if times > 1 else 0,
        130 - archived,
    )


def test_an_announced_page_is_asked_for_once_more_where_a_run_goes_on_with_it(house: House) -> None:
    house.settle_in("edflex")
    fill(house, 130, EDFLEX)
    house.run("edflex", "catalog")
    later = Fault(r"resources.*number%5D=3\b", status=400, body={}, times=1)
    house.sandbox.traffic.faults.append(later)
    with pytest.raises(ContentSyncError):
        house.run("edflex", "catalog", allow_archives=1000)
    empty = {"data": [], "links": {"next": None}}
    house.sandbox.traffic.faults.append(Fault(r"resources.*number%5D=3\b", edit=lambda body: empty))
    house.sandbox.traffic.recording = True
    report = house.run("edflex", "catalog", allow_archives=1000)
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 0)
    assert report["counts"]["read"] == 130
    # What the failed run had asked for beyond the last page may arrive as late as now.
    recorded = [one.query for one in house.sandbox.traffic.recorded]
    assert sum(("page[number]", "3") in query for query in recorded) == 2
    assert not any(("page[number]", number) in query for number in "12" for query in recorded)

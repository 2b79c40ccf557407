"""Pluralsight's refused fields."""

from typing import Any

from sandbox.providers.base import HOUR, last_ms
from sandbox.providers.pluralsight.tenant import TENANT as PLURALSIGHT
from tests.helpers import assert_errors_in_a_200_are_waited_out, attempts, fill, iso, known
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

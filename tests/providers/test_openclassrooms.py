"""OpenClassrooms' windows and followed courses."""

from typing import Any

from sandbox.providers.openclassrooms.tenant import TENANT as OPENCLASSROOMS
from tests.helpers import (
    attempts,
    fill,
    known,
)
from tests.house import House


def test_openclassrooms_lists_may_come_whole(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    house.sandbox.services["openclassrooms"].whole_lists = True
    fill(house, 70, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 70


def test_an_unfollowed_course_is_still_closed(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    fill(house, 5, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    known(house, "a@example.com")
    row = OPENCLASSROOMS.row("a@example.com", OPENCLASSROOMS.external_id(2))
    OPENCLASSROOMS.put_rows(house.sandbox, [OPENCLASSROOMS.open_row(row)])
    house.run("openclassrooms", "stats")
    service = house.sandbox.services["openclassrooms"]
    service.unfollowed, service.followed = {12_000: [row]}, {}
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == 1
    assert [attempt.progress for attempt in attempts(house)] == [100]


def test_a_page_larger_than_an_operation_goes_out_in_several(
    house: House, monkeypatch: Any
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    house.sandbox.services["openclassrooms"].whole_lists = True
    fill(house, 10_020, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 10_020
    assert house.operations() == 2

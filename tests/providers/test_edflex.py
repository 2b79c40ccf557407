"""Edflex's repeated resources and its login."""

from typing import Any

import pytest

from content_sync.errors import InvalidSettings
from tests.helpers import EDFLEX, assert_errors_in_a_200_are_waited_out, fill
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

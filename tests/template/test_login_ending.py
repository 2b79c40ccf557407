"""A login that dies if it is not used is counted down, as long as it is one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.house import House
from tests.template.test_alarms import OURS, published, values


def test_a_login_that_dies_of_disuse_is_counted_down(house: House) -> None:
    house.settle_in("coursera")
    house.run("coursera", "catalog")
    (left,) = values(published(house, "coursera_catalog", {}), "login_days_left")
    assert left == pytest.approx(14, abs=0.01)
    # Also of one that is paused: its schedules pass over it, and the login dies all the same.
    house.manage("pause", "coursera")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=11), tick=True):
        lines = published(house, "coursera_catalog", {})
    (left,) = values(lines, "login_days_left")
    assert left == pytest.approx(3, abs=0.01)
    assert left < OURS["LoginEndingAlarm"]["Threshold"]
    assert values(lines, "hours_since_run") == [0], "a paused one is not missed"


def test_the_newer_generation_of_access_has_no_login_that_dies(house: House) -> None:
    house.settle_in("coursera")
    secret = house.sandbox.provider_secret(
        "coursera", group_id=house.group_id, author_id=house.author_id
    )
    del secret["refresh_token"]
    house.put_secret("integrations/coursera/default", secret)
    assert values(published(house, "coursera_catalog", {}), "login_days_left") == []

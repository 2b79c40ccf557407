"""`check`: each fact, and what to do about it."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from content_sync.lifecycle.check import next_firings
from content_sync.providers.registry import PROVIDERS
from content_sync.providers.schedule import Schedule
from tests.helpers import at_home, facts, platform_writes
from tests.house import House

NAMES = sorted(PROVIDERS)


@pytest.mark.parametrize("provider", NAMES)
def test_check_finds_everything_in_order(house: House, provider: str) -> None:
    house.settle_in(provider)
    state, wrote = house.table_text(), platform_writes(house)
    result = house.manage("check", provider)
    assert result["ok"], result
    assert [fact["fact"] for fact in result["facts"]] == [
        "secret",
        "provider_login",
        "provider_permission",
        "platform_login",
        "scopes",
        "group",
        "author",
        "configuration",
        "next_firing",
        "last_run",
    ]
    assert (house.table_text(), platform_writes(house)) == (state, wrote)


def test_check_says_what_to_do_of_each_fact(house: House) -> None:
    house.settle_in("go1")
    house.sandbox.services["go1"].scopes = frozenset({"lo.read"})
    house.sandbox.learning360.scopes -= {"bulkOperations:read"}
    house.integration["defaultProgress"] = 1
    house.sandbox.learning360.users[house.author_id]["roles"] = []
    found = facts(house)
    assert found["provider_login"]["ok"]
    assert "enrollment.read" in found["provider_permission"]["detail"]
    assert "bulkOperations:read" in found["scopes"]["detail"]
    assert "activate again" in found["configuration"]["detail"]
    assert "author or administrator" in found["author"]["detail"]
    house.put_secret("integrations/go1/default", {})
    found = facts(house)
    assert not found["secret"]["ok"]
    assert found["group"]["detail"] == "not looked at: secret first"
    assert found["next_firing"]["ok"]


def test_check_looks_at_nothing_that_depends_on_what_is_not_in_order(house: House) -> None:
    house.settle_in("go1")
    secret = house.sandbox.platform_secret()
    house.put_secret("platforms/default", secret | {"client_secret": "wrong"})
    found = facts(house)
    assert "platforms/default" in found["platform_login"]["detail"]
    for fact in ("scopes", "group", "author", "configuration"):
        assert not found[fact]["ok"]
        assert found[fact]["detail"] == "not looked at: platform_login first"
    assert found["provider_permission"]["ok"]
    house.put_secret("platforms/default", secret)
    house.sandbox.services["go1"].tokens.client_secret = "another"
    found = facts(house)
    assert not found["provider_login"]["ok"]
    assert found["provider_permission"]["detail"] == "not looked at: provider_login first"
    assert found["configuration"]["ok"]


def test_check_says_what_is_lost_without_the_scopes_for_meeting(house: House) -> None:
    house.settle_in("go1")
    house.sandbox.learning360.scopes -= {"courseStats:read", "users:read"}
    fact = facts(house)["scopes"]
    assert not fact["ok"]
    for scope in ("courseStats:read", "users:read"):
        assert f"{scope} (progress may stay hidden" in fact["detail"]
    house.sandbox.learning360.scopes |= {"courseStats:read"}
    assert "courseStats:read" not in facts(house)["scopes"]["detail"]


def test_check_tells_of_a_failed_run(house: House) -> None:
    house.settle_in("go1")
    house.sandbox.services["go1"].scopes = frozenset()
    with pytest.raises(ContentSyncError):
        house.run("go1", "catalog")
    assert "the last catalog run failed" in facts(house)["last_run"]["detail"]


@pytest.mark.parametrize(
    ("after", "local", "utc"),
    [
        # The clocks go forward on 29 March 2026, and back on 25 October 2026.
        ("2026-03-28T12:00:00", "2026-03-29 07:40", "2026-03-29 05:40"),
        ("2026-03-27T12:00:00", "2026-03-28 07:40", "2026-03-28 06:40"),
        ("2026-10-24T12:00:00", "2026-10-25 07:40", "2026-10-25 06:40"),
        ("2026-10-23T12:00:00", "2026-10-24 07:40", "2026-10-24 05:40"),
    ],
)
def test_next_firing_over_clock_changes(after: str, local: str, utc: str) -> None:
    said = next_firings(PROVIDERS["go1"], datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert said.startswith(f"catalog {local} Europe/Paris = {utc} UTC; stats ")
    fixed = next_firings(PROVIDERS["edflex"], datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert "08:00 Etc/GMT-1" in fixed
    assert "07:00 UTC" in fixed


def test_a_time_that_the_clock_change_skips_does_not_fire() -> None:
    schedule = Schedule((time(2, 30),), "PARIS_ZONE")
    firing = schedule.next_firing(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert firing.isoformat() == "2026-03-30T02:30:00+02:00"


def test_an_author_is_not_called_wrong_where_the_group_is(house: House) -> None:
    at_home(house, 1)
    house.put_secret("integrations/go1/default", {**_secret(house), "group_id": "0" * 24})
    found = facts(house)
    assert not found["group"]["ok"]
    assert found["author"]["detail"] == "not looked at: group first"


def _secret(house: House) -> dict[str, Any]:
    return dict(
        house.sandbox.provider_secret("go1", group_id=house.group_id, author_id=house.author_id)
    )

"""Secret and configuration agree, or every run says that they do not."""

from typing import Any

import pytest

from content_sync.errors import InvalidSettings, OutOfTime, RemoteUnavailable
from content_sync.providers.go1.api import Go1Api
from content_sync.providers.registry import PROVIDERS
from tests.helpers import fill
from tests.house import House

NAMES = sorted(PROVIDERS)


@pytest.mark.parametrize("kind", ["catalog", "stats"])
@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("group_id", "group_id of secret .* is another .*: activate again"),
        ("author_id", "author_id of secret .* is another .*: activate again"),
        ("platform", "platform of secret .* is another .*: activate again"),
    ],
)
def test_a_secret_that_names_another_is_refused(
    house: House, kind: str, key: str, sentence: str
) -> None:
    house.settle_in("go1")
    fill(house)
    platform = house.sandbox.learning360
    other = {
        "group_id": platform.add_group("Another"),
        "author_id": platform.add_user("another@example.org"),
        "platform": "another",
    }
    house.put_secret("platforms/another", house.sandbox.platform_secret())
    secret = house.sandbox.provider_secret(
        "go1", group_id=house.group_id, author_id=house.author_id
    )
    house.put_secret("integrations/go1/default", secret | {key: other[key]})
    for mode in ("apply", "plan"):
        with pytest.raises(InvalidSettings, match=sentence):
            house.run("go1", kind, mode=mode)
    assert house.courses() == {}
    assert house.operations() == 0
    # A run that never began has no place to go on from.
    assert "cursor#" not in house.table_text()
    house.put_secret("integrations/go1/default", secret)
    assert house.run("go1", kind)["status"] == "succeeded"


def test_a_secret_that_names_another_author_by_address_is_refused(house: House) -> None:
    house.settle_in("go1")
    secret = house.sandbox.provider_secret("go1", group_id=house.group_id, author_id="")
    del secret["author_id"]
    for address, agrees in (("author@example.org", True), ("another@example.org", False)):
        house.put_secret("integrations/go1/default", secret | {"author_email": address})
        if agrees:
            house.manage("activate", "go1")
            house.run("go1", "catalog")
            continue
        with pytest.raises(InvalidSettings, match="author_email of secret") as raised:
            house.run("go1", "catalog")
        assert address not in str(raised.value)


@pytest.mark.parametrize("kind", ["catalog", "stats"])
def test_every_run_finds_its_configuration(house: House, kind: str) -> None:
    house.settle_in("go1")
    fill(house)
    house.run("go1", "catalog")
    del house.sandbox.learning360.integrations[house.integration["_id"]]
    with pytest.raises(InvalidSettings, match="was deleted at 360Learning: activate it again"):
        house.run("go1", kind)


def test_a_platform_that_answers_too_late_hides_no_failure_of_the_run(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settle_in("go1")

    def late(*_: Any) -> None:
        raise OutOfTime

    def fails(*_: Any) -> None:
        raise RemoteUnavailable("the catalogue cannot be read now")

    monkeypatch.setattr("content_sync.sync.execution.must_agree", late)
    monkeypatch.setattr(Go1Api, "courses", fails)
    with pytest.raises(RemoteUnavailable, match="cannot be read now"):
        house.run("go1", "catalog")
    assert house.manage("report", "go1")["report"]["status"] == "failed"
    assert "cursor#" not in house.table_text()

"""`find` and `describe`: what somebody needs who writes a secret."""

from typing import Any

import jsonschema
import pytest

from content_sync.errors import ContentSyncError
from content_sync.providers.registry import PROVIDERS
from tests.house import House


def ask(house: House, **event: Any) -> Any:
    house.put_secret("platforms/default", house.sandbox.platform_secret())
    return house.call("integrations", event)


@pytest.mark.parametrize("text", ["", "cont", " CONTENT "])
def test_groups_are_found_by_a_part_of_their_names(house: House, text: str) -> None:
    other = house.sandbox.learning360.add_group("Other contents", parent=house.group_id)
    answer = ask(house, action="find", group=text)
    assert answer["platform"] == "default"
    assert answer["found"] == [
        {"group_id": house.group_id, "name": "Content", "public": False},
        {"group_id": other, "name": "Other contents", "public": False},
    ]
    assert ask(house, action="find", group="other")["found"][0]["group_id"] == other


def test_a_group_is_found_by_its_id_and_none_by_nonsense(house: House) -> None:
    found = ask(house, action="find", group=house.group_id)["found"]
    assert [group["name"] for group in found] == ["Content"]
    assert ask(house, action="find", group="nonsense") == {
        "platform": "default", "found": [], "more": False,
    }  # fmt: skip


def test_many_groups_are_not_all_told(house: House) -> None:
    for number in range(60):
        house.sandbox.learning360.add_group(f"Team {number}")
    answer = ask(house, action="find", group="team")
    assert len(answer["found"]) == 50
    assert answer["more"]


def test_an_author_is_found_by_address_and_not_logged(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = "someone@example.org"
    user_id = house.sandbox.learning360.add_user(
        mail, firstName="Ann", lastName="Author", lang="fr"
    )
    house.sandbox.learning360.add_user(mail, status="deleted")
    answer = ask(house, action="find", author=mail)
    assert answer["found"] == [{"author_id": user_id, "name": "Ann Author", "language": "fr"}]
    assert ask(house, action="find", author="nobody@example.org")["found"] == []
    output = capsys.readouterr()
    assert mail not in output.out + output.err


def test_a_platform_s_secret_is_proven_by_finding(house: House) -> None:
    secret = house.sandbox.platform_secret() | {"client_secret": "wrong"}
    house.put_secret("platforms/other", secret)
    with pytest.raises(ContentSyncError, match="platforms/other"):
        ask(house, action="find", platform="other", group="")
    with pytest.raises(ContentSyncError, match="platforms/missing does not exist"):
        ask(house, action="find", platform="missing", group="")


@pytest.mark.parametrize("event", [{}, {"group": "a", "author": "a@example.org"}])
def test_one_thing_is_found_at_a_time(house: House, event: dict[str, str]) -> None:
    with pytest.raises(ContentSyncError, match="find needs one of the keys group"):
        ask(house, action="find", **event)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_secrets_of_the_sandbox_are_as_described(house: House, provider: str) -> None:
    answer = ask(house, action="describe", provider=provider)
    (one,) = answer["providers"]
    assert answer["prefix"] == "content-sync"
    secret = house.sandbox.provider_secret(provider, group_id="a" * 24, author_id="b" * 24)
    jsonschema.validate(secret, one["secret"])
    jsonschema.validate(house.sandbox.platform_secret(), answer["platform"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**secret, "unknown": 1}, one["secret"])
    keys = one["secret"]["properties"]
    assert all(key.get("description") for key in keys.values()), "a key is not described"
    launch = PROVIDERS[provider].launch
    assert keys["launch_completes"]["default"] is launch.completes
    assert keys["launch_progress"]["default"] == launch.progress


def test_what_nobody_else_may_see_is_marked(house: House) -> None:
    answer = ask(house, action="describe")
    assert [one["provider"] for one in answer["providers"]] == list(PROVIDERS)
    hidden = {
        one["provider"]: sorted(
            key for key, schema in one["secret"]["properties"].items()
            if "writeOnly" in str(schema)
        )
        for one in answer["providers"]
    }  # fmt: skip
    assert hidden == {
        name: sorted(
            key for key, field in provider.settings.model_fields.items()
            if "SecretStr" in str(field.annotation)
        )
        for name, provider in PROVIDERS.items()
    }  # fmt: skip
    assert hidden["go1"] == ["client_id", "client_secret"]

"""Setting up: by questions, one key later, or from a file."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from console.stack import Stack
from sandbox.providers import PROVIDERS
from tests.console.conftest import Typed
from tests.helpers import GO1, fill, known
from tests.house import PREFIX, House

MAIL = "learner@example.com"
SECRET = f"{PREFIX}/integrations/go1/default"
# What the sandbox's Go1 takes.
LEFT = ["", "", "", ""]


def secret(name: str = SECRET) -> Any:
    text = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return json.loads(text)


def for_go1(house: House) -> dict[str, Any]:
    given = house.sandbox.provider_secret("go1", group_id=house.group_id, author_id=house.author_id)
    return dict(given)


def answers(house: House, **instead: str) -> list[str]:
    """What somebody types who sets Go1 up; the sandbox's addresses are no provider's."""
    platform, own = house.sandbox.platform_secret(), for_go1(house)
    typed = {
        "platform": "",
        "client_id": platform["client_id"],
        "client_secret": platform["client_secret"],
        "more": "y",
        "base_url": platform["base_url"],
        "group": "cont",
        "author": "author@example.org",
        "own_id": own["client_id"],
        "own_secret": own["client_secret"],
        "optional": "y",
        "extra_group_ids": "",
        "default_language": "fr",
        "launch_completes": "",
        "launch_progress": "",
        "portal_url": own.get("portal_url", ""),
        "api_url": own["api_url"],
        "token_url": own["token_url"],
        "run": "y",
    }
    return list((typed | instead).values())


def test_somebody_sets_go1_up_and_runs_it(house: House, typed: Typed) -> None:
    fill(house, 30)
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [GO1.row(MAIL, "36000001")])
    result = typed("setup", "go1", answers=answers(house))
    assert result.exit_code == 0, result.stderr
    assert secret()["group_id"] == house.group_id
    assert secret()["author_id"] == house.author_id
    assert secret()["default_language"] == "fr"
    assert "launch_completes" not in secret()
    for said in (
        "Group: Content (private)",
        "The login works.",
        "30 created",
        "go1/default is act",
    ):
        assert said in result.stderr
    assert "1 sent" in result.stdout
    assert len(house.courses()) == 30
    for hidden in (house.sandbox.platform_secret()["client_secret"], secret()["client_secret"]):
        assert hidden not in result.stdout + result.stderr


def test_a_wrong_login_is_said_at_once_and_asked_again(house: House, typed: Typed) -> None:
    right = answers(house, run="n")
    wrong = answers(house, client_secret="wrong", own_secret="false")
    platform = house.sandbox.platform_secret()
    # Of the platform at once, before anything else is asked.
    # What was entered of it before stays.
    first = [*wrong[:5], platform["client_id"], platform["client_secret"], "n"]
    rest = [*wrong[5:17], "", right[7], right[8], "n"]
    result = typed("setup", "go1", answers=[*first, *rest])
    assert result.exit_code == 0, result.stderr
    assert result.stderr.count("That does not work: ") == 2
    assert "platforms/default" in result.stderr
    assert secret()["client_secret"] == for_go1(house)["client_secret"]
    assert house.courses() == {}
    assert "content-sync sync go1/default" in result.stderr


def test_of_several_groups_one_is_chosen(house: House, typed: Typed) -> None:
    other = house.sandbox.learning360.add_group("Content of others", parent=house.group_id)
    typing = answers(house, run="n")
    typing[5:6] = ["nonsense", "cont", "", "cont", "7", "cont", "2"]
    result = typed("setup", "go1", answers=typing)
    assert result.exit_code == 0, result.stderr
    assert "No group has that in its name." in result.stderr
    assert secret()["group_id"] == other


def test_a_group_that_another_integration_has_is_not_taken(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    house.sandbox.learning360.add_group("Contents of sales", parent=house.group_id)
    # The platform's credentials are there already.
    typing = ["", "cont", "1", "contents", *answers(house, run="n")[6:]]
    result = typed("setup", "go1/sales", answers=typing)
    assert result.exit_code == 0, result.stderr
    assert "Content is the group of go1/default already: choose another." in result.stderr
    groups = {one["group"] for one in house.manage("list", "go1")["integrations"]}
    assert len(groups) == 2


def test_an_author_whom_nobody_knows_is_asked_for_again(house: House, typed: Typed) -> None:
    typing = answers(house, run="n")
    typing[6:7] = ["nobody", "nobody@example.org", "author@example.org"]
    result = typed("setup", "go1", answers=typing)
    assert result.exit_code == 0, result.stderr
    assert "That is no address." in result.stderr
    assert "0 users of the platform have that address." in result.stderr


def test_one_key_is_changed_and_never_the_rest(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    before = secret()
    result = typed("setup", "go1", "--no-run", answers=["launch_progres", "launch_progress", "25"])
    assert result.exit_code == 0, result.stderr
    assert "did you mean launch_progress?" in result.stderr
    assert secret() == {**before, "launch_progress": 25}
    assert house.integration["defaultProgress"] == 25
    assert before["client_secret"] not in result.stderr


def test_a_key_of_another_type_is_asked_for_again(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    typing = ["launch_progress", "much", "launch_completes", "maybe", "launch_completes", "yes"]
    result = typed("setup", "go1", "--no-run", answers=typing)
    assert result.exit_code == 0, result.stderr
    assert "launch_progress is a whole number, not much" in result.stderr
    assert "launch_completes is yes or no, not maybe" in result.stderr
    assert secret()["launch_completes"] is True


def test_nothing_is_changed_by_nothing(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    before = secret()
    assert typed("setup", "go1", answers=[""]).exit_code == 0
    assert secret() == before


@pytest.mark.parametrize("provider", PROVIDERS)
def test_from_a_file_nothing_is_asked(
    house: House, typed: Typed, tmp_path: Path, provider: str
) -> None:
    path = tmp_path / "keys.json"
    keys = house.sandbox.provider_secret(
        provider, group_id=house.group_id, author_id=house.author_id
    )
    path.write_text(json.dumps({"platform": house.sandbox.platform_secret(), "integration": keys}))
    fill(house, 5, PROVIDERS[provider].tenant)
    result = typed("setup", provider, "--from-file", str(path), "--run", "--json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["activated"]["state"] == "active"
    assert [report["status"] for report in answer["runs"]] == ["succeeded", "succeeded"]
    assert len(house.courses()) == 5
    assert secret(f"{PREFIX}/integrations/{provider}/default") == keys


def test_without_a_terminal_a_file_is_needed(typed: Typed) -> None:
    result = typed("setup", "go1")
    assert result.exit_code == 2
    assert "--from-file" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "must hold"),
        ("{}", "must hold"),
        ('{"secret": {}}', "must hold"),
        ('{"integration": []}', "are objects"),
        ('{"integration": {"grup_id": "a"}}', "did you mean group_id?"),
        ('{"platform": {"client": "a"}}', "did you mean client_id?"),
    ],
)
def test_a_file_of_something_else_is_refused_and_nothing_written(
    house: House, typed: Typed, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    result = typed("setup", "go1", "--from-file", str(path))
    assert result.exit_code == 2
    assert said in result.stderr
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    assert typed("setup", "go1", "--from-file", str(tmp_path / "none")).exit_code == 2


def test_a_provider_that_there_is_not_is_refused(typed: Typed) -> None:
    result = typed("setup", "go2", answers=[])
    assert result.exit_code == 1
    assert "go2" in result.stderr


def test_what_does_not_work_is_put_back(house: House, typed: Typed, tmp_path: Path) -> None:
    house.settle_in("go1")
    mine, platform = secret(), secret(f"{PREFIX}/platforms/default")
    path = tmp_path / "keys.json"
    for content in (
        {"integration": {**mine, "client_secret": "wrong"}},
        {"integration": {**mine, "client_id": 5}},
        {"platform": {**platform, "client_secret": "wrong"}, "integration": mine},
        {"integration": {**mine, "group_id": "0" * 24}},
        {"integration": {**mine, "author_id": "0" * 24}},
    ):
        path.write_text(json.dumps(content))
        result = typed("setup", "go1", "--from-file", str(path))
        assert result.exit_code == 1
        assert "what was there before is there again" in result.stderr
        assert (secret(), secret(f"{PREFIX}/platforms/default")) == (mine, platform)
    assert typed("check", "go1").exit_code == 0


def test_a_file_of_another_integration_breaks_nobody(
    house: House, typed: Typed, tmp_path: Path
) -> None:
    house.settle_in("go1")
    path = tmp_path / "keys.json"
    broken = house.sandbox.platform_secret() | {"client_secret": "wrong"}
    path.write_text(json.dumps({"platform": broken, "integration": secret()}))
    assert typed("setup", "go1/second", "--from-file", str(path)).exit_code == 1
    assert typed("check", "go1").exit_code == 0
    path.write_text(json.dumps({"platform": broken, "integration": {"client_id": "a"}}))
    result = typed("setup", "go1/second", "--from-file", str(path))
    assert result.exit_code == 2
    assert "lacks group_id, client_secret" in result.stderr


def test_a_key_that_does_not_work_is_not_kept(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    before = secret()
    result = typed("setup", "go1", answers=["client_secret", "wrong"])
    assert result.exit_code == 1
    assert "what was there before is there again" in result.stderr
    assert secret() == before


def test_another_author_and_group_are_chosen_as_at_first(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    roles = [{"groupId": house.group_id, "role": "editor"}]
    other = house.sandbox.learning360.add_user("other@example.org", roles=roles)
    result = typed("setup", "go1", "--no-run", answers=["author_email", "other@example.org"])
    assert result.exit_code == 0, result.stderr
    assert secret()["author_id"] == other
    assert "author_email" not in secret()
    result = typed("setup", "go1", "--no-run", answers=["group_id", "cont"])
    assert result.exit_code == 0, result.stderr
    assert secret()["group_id"] == house.group_id


def test_a_dash_removes_what_need_not_be_there(house: House, typed: Typed) -> None:
    house.settle_in("go1", default_language="fr")
    result = typed("setup", "go1", "--no-run", answers=["default_language", "-"])
    assert result.exit_code == 0, result.stderr
    assert "default_language" not in secret()
    result = typed("setup", "go1", answers=["client_id", "-"])
    assert result.exit_code == 1


def test_what_was_never_activated_is_asked_for_from_the_beginning(
    house: House, typed: Typed
) -> None:
    house.put_secret("integrations/go1/default", {"client_id": "half"})
    result = typed("setup", "go1", answers=answers(house, run="n"))
    assert result.exit_code == 0, result.stderr
    assert secret()["client_id"] == for_go1(house)["client_id"]


def test_any_key_can_be_mended_that_does_not_work(house: House, typed: Typed) -> None:
    typing = answers(house, default_language="nonsense", run="n")
    typing[-1:] = ["default_language", "nl", "n"]
    result = typed("setup", "go1", answers=typing)
    assert result.exit_code == 0, result.stderr
    assert "API v2's languages" in result.stderr
    assert secret()["default_language"] == "nl"


def test_a_token_that_trying_renewed_is_not_put_back(
    house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settle_in("coursera")
    name = f"{PREFIX}/integrations/coursera/default"
    before = secret(name)
    manage = Stack.manage

    def renewing(stack: Stack, action: str, **keys: Any) -> Any:
        if action == "check":
            stack.put_secret(name, {**secret(name), "refresh_token": "renewed"})
            return {"facts": [{"fact": "provider_login", "ok": False, "detail": "no"}]}
        return manage(stack, action, **keys)

    monkeypatch.setattr(Stack, "manage", renewing)
    result = typed("setup", "coursera", answers=["org_id", "another"])
    assert result.exit_code == 1
    assert secret(name) == {**before, "refresh_token": "renewed"}


def test_who_breaks_off_leaves_a_platform_as_it_was(house: House, typed: Typed) -> None:
    house.settle_in("go1")
    name = f"{PREFIX}/platforms/default"
    broken = {**secret(name), "client_secret": "spent"}
    house.put_secret("platforms/default", broken)
    result = typed("setup", "go1/second", answers=["", "other", "wrong", "n"])
    assert result.exit_code == 1
    assert secret(name) == broken

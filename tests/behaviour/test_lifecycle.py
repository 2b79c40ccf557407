"""The life of an integration: activate, list, pause, deactivate, activate again."""

import contextlib
from typing import Any

import boto3
import pytest

from content_sync.errors import ContentSyncError, InvalidEvent, InvalidSettings
from content_sync.providers.base import Launch
from content_sync.providers.registry import PROVIDERS
from sandbox.service import Fault
from tests.helpers import GO1, facts, fill, platform_writes
from tests.house import TABLE, House

NAMES = sorted(PROVIDERS)


@pytest.mark.parametrize("provider", NAMES)
def test_activation_makes_one_configuration_and_repeats_without_a_write(
    house: House, provider: str
) -> None:
    first = house.settle_in(provider)
    assert (first["state"], first["changes"]) == ("active", ["created"])
    launch = PROVIDERS[provider].launch
    assert launch == (Launch(False, 50) if provider == "go1" else Launch(True, 0))
    assert house.integration["defaultCompletion"] is launch.completes
    assert house.integration["defaultProgress"] == launch.progress
    assert house.integration["noGroupPropagation"] is False
    assert house.integration["groupId"] == house.group_id
    posts = house.sandbox.traffic.counts["POST 360learning"]
    again = house.manage("activate", provider)
    assert again == {**first, "changes": []}
    # One more login, and nothing else that writes.
    assert house.sandbox.traffic.counts["POST 360learning"] == posts + 1
    assert platform_writes(house) == 0


def test_activation_patches_what_differs(house: House) -> None:
    house.settle_in("go1")
    platform = house.sandbox.learning360
    other = platform.add_user(
        "other@example.org", roles=[{"groupId": house.group_id, "role": "admin"}]
    )
    house.integration["defaultCompletion"] = True
    result = house.settle_in("go1", author_id=other)
    assert sorted(result["changes"]) == ["authorId", "defaultCompletion"]
    assert house.integration["authorId"] == other
    assert len(platform.integrations) == 1


@pytest.mark.parametrize("provider", NAMES)
def test_what_start_makes_of_a_course_is_a_setting(house: House, provider: str) -> None:
    house.settle_in(provider)
    result = house.settle_in(provider, launch_completes=provider == "go1", launch_progress=7)
    assert sorted(result["changes"]) == ["defaultCompletion", "defaultProgress"]
    assert house.integration["defaultCompletion"] is (provider == "go1")
    assert house.integration["defaultProgress"] == 7


def test_courses_without_a_language_take_the_author_s(house: House) -> None:
    (author,) = house.sandbox.learning360.users.values()
    author["lang"] = "fr"
    house.settle_in("go1")
    GO1.put(house.sandbox, [{**GO1.course(0, "Course"), "language": None}])
    house.run("go1", "catalog")
    assert house.courses()[GO1.external_id(0)]["item"]["defaultLang"] == "fr"
    for settings, language in (({"default_language": "pl"}, "pl"), ({}, "fr")):
        house.settle_in("go1", **settings)
        house.run("go1", "catalog")
        assert house.courses()[GO1.external_id(0)]["item"]["defaultLang"] == language
    # One who may not be looked at now is who they were; of another nothing is known.
    platform = house.sandbox.learning360
    platform.scopes = platform.scopes - {"users:read"}
    other = platform.add_user("other@example.org", lang="pl")
    for settings, language in (({}, "fr"), ({"author_id": other}, "en")):
        house.settle_in("go1", **settings)
        house.run("go1", "catalog")
        assert house.courses()[GO1.external_id(0)]["item"]["defaultLang"] == language


def test_the_author_may_be_given_by_address(house: House) -> None:
    secret = house.sandbox.provider_secret("go1", group_id=house.group_id, author_id="")
    del secret["author_id"]
    house.put_secret("platforms/default", house.sandbox.platform_secret())
    secret["author_email"] = "author@example.org"
    house.put_secret("integrations/go1/default", secret)
    house.manage("activate", "go1")
    assert house.integration["authorId"] == house.author_id
    house.put_secret("integrations/go1/default", {**secret, "author_email": "x@example.org"})
    with pytest.raises(InvalidSettings, match=r"author_email .* no user") as raised:
        house.manage("activate", "go1")
    assert "x@example.org" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"group_id": "f" * 24}, "group_id of secret .* is not a group"),
        ({"author_id": "f" * 24}, "author_id of secret .* is not a user"),
        ({"group_id": "not-an-id"}, "group_id must be an id of 24 hexadecimal digits"),
        ({"author_id": "me"}, "author_id must be an id of 24 hexadecimal digits"),
        ({"extra_group_ids": ["abc"]}, "extra_group_ids.* must be an id of 24 hexadecimal digits"),
        ({"launch_completes": "yes"}, "launch_completes must be"),
        ({"launch_progress": 101}, "launch_progress must be"),
        (
            {"client_secret": "wrong"},
            "Go1 refuses the login: check client_id and client_secret in",
        ),
        ({"api_url": "http://127.0.0.1:9/v2"}, "api_url"),
        ({"api_url": "http://go1.example.com/v2"}, "api_url must be an https URL"),
        ({"surprise": 1}, "the key surprise is unknown"),
        ({"client_id": 7}, "client_id must be a text"),
        ({"client_id": " "}, "client_id must not be empty"),
        ({"extra_group_ids": "abc"}, "extra_group_ids must be a list"),
        ({"default_language": "en_US"}, "default_language must be one of"),
        ({"platform": "elsewhere"}, "platforms/elsewhere does not exist"),
        ({"author_email": "a@example.org"}, "one of author_id and author_email"),
    ],
)
def test_a_wrong_secret_is_one_clear_sentence(
    house: House, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidSettings, match=sentence) as raised:
        house.settle_in("go1", **change)
    assert "go1-secret" not in str(raised.value)
    assert house.sandbox.learning360.integrations == {}
    assert "go1#default" not in house.table_text()


def test_a_missing_key_is_named(house: House) -> None:
    house.put_secret("platforms/default", house.sandbox.platform_secret())
    house.put_secret("integrations/go1/default", {"group_id": house.group_id})
    with pytest.raises(InvalidSettings) as raised:
        house.manage("activate", "go1")
    for key in ("client_id", "client_secret"):
        assert f"the key {key} is missing" in str(raised.value)
    house.put_secret("integrations/go1/default", "no json")
    with pytest.raises(InvalidSettings, match="is not a JSON object"):
        house.manage("activate", "go1")


def test_a_refused_platform_login_and_a_missing_scope_are_named(house: House) -> None:
    platform = house.sandbox.learning360
    platform.scopes = platform.scopes - {"integrations:write"}
    with pytest.raises(InvalidSettings, match="scope integrations:write"):
        house.settle_in("go1")
    house.put_secret(
        "platforms/default", {**house.sandbox.platform_secret(), "client_secret": "wrong"}
    )
    with pytest.raises(InvalidSettings, match="content-sync/platforms/default"):
        house.manage("activate", "go1")


def test_a_missing_permission_of_the_provider_is_not_tried_again(house: House) -> None:
    house.sandbox.services["go1"].scopes = frozenset({"lo.read", "user.read", "portal.read"})
    before = house.sandbox.traffic.requests
    with pytest.raises(InvalidSettings, match=r"enrollment\.read"):
        house.settle_in("go1")
    assert house.sandbox.traffic.requests - before < 8


def test_an_author_without_rights_is_refused(house: House) -> None:
    platform = house.sandbox.learning360
    learner = platform.add_user(
        "learner@example.org", roles=[{"groupId": house.group_id, "role": "learner"}]
    )
    with pytest.raises(InvalidSettings, match="may not author in the group"):
        house.settle_in("go1", author_id=learner)
    parent = platform.add_group("Company")
    platform.groups[house.group_id]["parentId"] = parent
    admin = platform.add_user("admin@example.org", roles=[{"groupId": parent, "role": "admin"}])
    assert house.settle_in("go1", author_id=admin)["state"] == "active"


def test_two_integrations_may_not_share_a_group(house: House) -> None:
    house.settle_in("go1")
    with pytest.raises(InvalidSettings, match="synchronized by integration default already"):
        house.settle_in("go1", "second")
    other = house.sandbox.learning360.add_group("Other")
    roles = [{"groupId": other, "role": "admin"}]
    house.sandbox.learning360.users[house.author_id]["roles"] += roles
    assert house.settle_in("go1", "second", group_id=other)["state"] == "active"
    listed = house.call("integrations", {"action": "list"})["integrations"]
    assert [row["integration"] for row in listed] == ["default", "second"]


def test_a_lost_answer_of_the_creation_makes_no_second_configuration(house: House) -> None:
    house.sandbox.traffic.faults.append(
        Fault("POST /360learning/api/v2/integrations$", drop="after")
    )
    house.settle_in("go1")
    assert len(house.sandbox.learning360.integrations) == 1


def test_deactivation_archives_everything_and_activation_brings_it_back(house: House) -> None:
    house.settle_in("go1")
    fill(house)
    house.sandbox.learning360.add_user("learner@example.com")
    GO1.put_rows(house.sandbox, [GO1.row("learner@example.com", GO1.external_id(1))])
    house.run("go1", "catalog")
    house.run("go1", "stats")
    plan = house.manage("deactivate", "go1", mode="plan")
    assert (plan["state"], plan["changes"], plan["archived"]) == ("active", [], 12)
    for consent in ({}, {"allow_archives": 11}):
        with pytest.raises(InvalidEvent, match=r'12 courses at 360Learning.*"allow_archives": 12'):
            house.manage("deactivate", "go1", **consent)
    assert {course["status"] for course in house.courses().values()} == {"published"}
    result = house.manage("deactivate", "go1", allow_archives=12)
    assert (result["state"], result["changes"]) == ("inactive", ["deleted"])
    assert result["archived"] == 12
    assert {course["status"] for course in house.courses().values()} == {"archived"}
    assert len(house.sandbox.learning360.attempts) == 1
    assert "course#" not in house.table_text()
    with pytest.raises(InvalidEvent, match="is inactive"):
        house.run("go1", "catalog")
    assert house.manage("deactivate", "go1")["changes"] == []
    with pytest.raises(InvalidEvent, match="the key allow_archives belongs to deactivate"):
        house.manage("pause", "go1", allow_archives=1)
    assert house.call("go1_catalog", {}) == {"dispatched": []}
    house.manage("activate", "go1")
    assert house.run("go1", "catalog")["counts"]["created"] == 12
    assert house.run("go1", "stats")["counts"]["sent"] == 1


def test_deactivation_waits_for_no_run_but_says_so(house: House) -> None:
    house.settle_in("go1")
    fill(house)
    house.call("go1_catalog", {"integration": "default"})
    boto3.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": "go1#default"}, "sk": {"S": "lease#stats"}},
        UpdateExpression="SET lease_until = :until, holder = :other, generation = :one",
        ExpressionAttributeValues={
            ":until": {"N": "99999999999"},
            ":other": {"S": "other"},
            ":one": {"N": "1"},
        },
    )
    with pytest.raises(InvalidEvent, match="a stats run of this integration is under way"):
        house.manage("deactivate", "go1", allow_archives=12)
    assert len(house.sandbox.learning360.integrations) == 1


def test_the_schedules_pass_over_a_paused_integration(house: House) -> None:
    house.settle_in("go1")
    fill(house)
    assert house.manage("pause", "go1")["state"] == "paused"
    assert house.manage("pause", "go1")["state"] == "paused"
    assert house.call("go1_catalog", {}) == {"dispatched": []}
    # By hand it runs, and goes on where it is cut.
    assert house.run("go1", "catalog", seconds=10)["counts"]["created"] == 12
    (listed,) = house.manage("list", "go1")["integrations"]
    assert listed["state"] == "paused"
    assert facts(house)["configuration"]["ok"]
    assert house.manage("resume", "go1")["state"] == "active"
    assert house.call("go1_catalog", {}) == {"dispatched": ["default"]}
    house.manage("pause", "go1")
    assert house.manage("activate", "go1")["state"] == "active"
    house.manage("deactivate", "go1", allow_archives=12)
    for action in ("pause", "resume"):
        with pytest.raises(InvalidEvent, match="is inactive: activate it first"):
            house.manage(action, "go1")


@pytest.mark.parametrize("action", ["deactivate", "pause", "resume", "parked"])
def test_an_unknown_integration_is_refused_with_those_that_there_are(
    house: House, action: str
) -> None:
    house.settle_in("go1", "north")
    with pytest.raises(InvalidEvent, match="south of go1 is unknown, there are north"):
        house.manage(action, "go1", "south")
    with pytest.raises(InvalidEvent, match="there is none"):
        house.manage(action, "edflex")


def test_what_waits_is_listed_page_by_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.settle_in("go1")
    fill(house)
    house.run("go1", "catalog")
    mails = [f"learner{number}@example.com" for number in range(7)]
    GO1.put_rows(house.sandbox, [GO1.row(mail, GO1.external_id(1)) for mail in mails])
    house.run("go1", "stats")
    monkeypatch.setattr("content_sync.lifecycle.parked.ROWS_A_PAGE", 3)
    pages = [house.manage("parked", "go1", page=page) for page in (1, 2, 3, 4)]
    assert [(len(page["rows"]), page["more"]) for page in pages] == [
        *((3, True), (3, True), (1, False), (0, False)),
    ]
    row = pages[0]["rows"][0]
    assert (row["external_id"], row["state"], row["days"]) == (GO1.external_id(1), "refused", 0)
    assert "userNotFound" in row["reason"] or "360Learning" in row["reason"]
    assert {row["learner"] for page in pages for row in page["rows"]} == {"l***@example.com"}


def test_a_configuration_that_was_deleted_by_hand_is_filled_anew(house: House) -> None:
    house.settle_in("go1")
    fill(house)
    house.run("go1", "catalog")
    house.sandbox.learning360.integrations.clear()
    assert house.manage("activate", "go1")["changes"] == ["created"]
    assert house.run("go1", "catalog")["counts"]["created"] == 12


def test_another_platform_asks_for_deactivation_which_finds_the_old_one(house: House) -> None:
    house.settle_in("go1")
    house.put_secret(
        "platforms/other", {**house.sandbox.platform_secret(), "base_url": "http://127.0.0.1:9"}
    )
    with pytest.raises(InvalidSettings, match="deactivate first"):
        house.settle_in("go1", platform="other")
    assert house.manage("deactivate", "go1")["changes"] == ["deleted"]


@pytest.mark.parametrize("link", ["<https://[>; rel=next", "<" * 9_000, "<//[>; rel=next"])
def test_no_link_of_any_kind_leaves_a_handler_but_as_a_sentence(house: House, link: str) -> None:
    house.settle_in("go1")
    fault = Fault("GET /360learning/api/v2/integrations", status=200, body=[], times=9)
    fault.headers = {"Link": link}
    house.sandbox.traffic.faults.append(fault)
    with contextlib.suppress(ContentSyncError):
        house.manage("activate", "go1")


def test_what_nobody_foresaw_is_a_sentence_of_every_action(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settle_in("go1")

    def fails(*_: Any, **__: Any) -> Any:
        raise KeyError("jane@example.com")

    for name in ("list_integrations", "check", "show_report", "explain", "pause"):
        monkeypatch.setattr(f"content_sync.lifecycle.manage.{name}", fails)
    for action in ("list", "check", "report", "explain", "pause"):
        more = {"course": "1"} if action == "explain" else {}
        with pytest.raises(ContentSyncError, match="unforeseen fault") as raised:
            house.manage(action, "go1", **more)
        assert "jane" not in str(raised.value)

"""What goes wrong between a run and the rest of the world, one case each."""

import json
import re
import time
from typing import Any

import boto3
import pytest

from content_sync.aws.invocation import invoke_this_function
from content_sync.errors import ContentSyncError, InvalidEvent, InvalidSettings, LeaseLost
from content_sync.state.lease import Lease
from content_sync.state.table import Put, Table
from sandbox.service import Fault
from tests.conformance.tenants import HOUR, LAST_MS, TENANTS, changed
from tests.house import TABLE, House

GO1 = next(tenant for tenant in TENANTS if tenant.name == "go1")
OPENCLASSROOMS = next(tenant for tenant in TENANTS if tenant.name == "openclassrooms")
EDFLEX = next(tenant for tenant in TENANTS if tenant.name == "edflex")
BULK = "/360learning/api/v2/bulk"


def fill(house: House, number: int = 12, tenant: Any = GO1) -> list[dict[str, Any]]:
    courses = [tenant.course(index, f"Course {index}") for index in range(number)]
    tenant.put(house.sandbox, courses)
    return courses


def at_home(house: House, number: int = 12) -> list[dict[str, Any]]:
    house.settle_in("go1")
    return fill(house, number)


# Events


@pytest.mark.parametrize(
    ("function", "event", "sentence"),
    [
        ("go1_catalog", {"surprise": 1}, "the key surprise is unknown"),
        ("go1_catalog", {"since": "2026-01-01T00:00:00Z"}, "since belongs to statistics events"),
        ("go1_stats", {"allow_archives": 3}, "allow_archives belongs to catalogue events"),
        ("go1_catalog", {"mode": "dry"}, "mode must be 'apply' or 'plan'"),
        ("go1_catalog", {"full": "yes"}, "full must be true or false"),
        ("go1_catalog", {"allow_archives": -1}, "allow_archives must be a whole number"),
        ("go1_catalog", {"allow_archives": True}, "allow_archives must be a whole number"),
        ("go1_catalog", {"integration": 7}, "integration must be a text"),
        ("go1_catalog", {"integration": None}, "integration must not be null"),
        ("go1_stats", {"since": "2026-01-01"}, "since must be an ISO 8601 date with a time"),
        ("go1_stats", {"since": "2026-01-01T00:00:00"}, "since must be an ISO 8601 date"),
        ("go1_stats", {"until": 5}, "until must be an ISO 8601 date"),
        (
            "go1_stats",
            {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
            "since is after until",
        ),
        ("go1_catalog", {"integration": "elsewhere"}, "integration elsewhere of go1 is unknown"),
        (
            "go1_catalog",
            {"integration": "default", "run_id": "x"},
            "run_id x is not an unfinished run",
        ),
        ("go1_catalog", [], "not a JSON object"),
        ("integrations", {"action": "destroy"}, "action must be"),
        ("integrations", {"action": "activate"}, "the key provider is missing"),
        ("integrations", {"action": "activate", "provider": "udemy"}, "provider udemy is unknown"),
        ("integrations", {"action": "list", "mode": "plan"}, "mode belongs to rebuild"),
    ],
)
def test_a_wrong_event_is_refused_before_any_call(
    house: House, function: str, event: Any, sentence: str
) -> None:
    house.settle_in("go1")
    state, requests = house.table_text(), house.sandbox.traffic.requests
    with pytest.raises(InvalidEvent, match=re.escape(sentence)):
        house.call(function, event)
    assert house.sandbox.traffic.requests == requests
    assert "run#" not in house.table_text()
    assert state.splitlines()[0] in house.table_text()


# Leases, overlap, fan-out


def test_a_run_that_overlaps_another_ends_at_once(house: House) -> None:
    at_home(house)
    table = Table(TABLE)
    assert Lease.take(table, "go1#default", "catalog", holder="other", seconds=900)
    requests = house.sandbox.traffic.requests
    report = house.run("go1", "catalog")
    assert report["status"] == "skipped"
    assert house.sandbox.traffic.requests == requests
    # The statistics have a lease of their own; the same request may take its lease again.
    assert house.run("go1", "stats")["status"] == "succeeded"
    again = house.call("go1_catalog", {"integration": "default"}, request_id="other")
    assert again["status"] == "succeeded"


def test_a_run_that_lost_its_lease_writes_nothing(house: House) -> None:
    table = Table(TABLE)
    old = Lease.take(table, "go1#default", "catalog", holder="old", seconds=-100)
    assert old is not None
    new = Lease.take(table, "go1#default", "catalog", holder="new", seconds=900)
    assert new is not None
    with pytest.raises(LeaseLost):
        old.write([Put("course#0001", {})])
    assert table.get("go1#default", "course#0001") is None
    old.give_back()
    assert Lease.take(table, "go1#default", "catalog", holder="third", seconds=900) is None


def test_an_empty_event_dispatches_every_active_integration(house: House) -> None:
    platform = house.sandbox.learning360
    for name in ("default", "north", "south"):
        group = platform.add_group(name)
        platform.users[house.author_id]["roles"].append({"groupId": group, "role": "admin"})
        house.settle_in("go1", name, group_id=group)
    house.manage("deactivate", "go1", "north")
    assert house.call("go1_catalog", {"full": True}) == {"dispatched": ["default", "south"]}
    assert [event for _, event in house.invoked] == [
        {"full": True, "integration": "default"},
        {"full": True, "integration": "south"},
    ]
    assert house.call("edflex_catalog", {}) == {"dispatched": []}


def test_a_function_that_cannot_invoke_itself_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    with pytest.raises(InvalidSettings, match="invoke again by hand"):
        invoke_this_function({"integration": "default"})


# Bulk operations


def test_bulk_operations_wait_for_one_of_the_three_places(house: House) -> None:
    at_home(house)
    platform = house.sandbox.learning360
    platform.operation_seconds = 1.5
    for _ in range(3):
        house.sandbox.learning360.operations[platform.new_id()] = occupied(platform, 1.5)
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert platform.most_at_once <= 3


def occupied(platform: Any, seconds: float) -> Any:
    from sandbox.learning360 import Operation

    now = time.time()
    return Operation(
        platform.new_id(), "addSkillReviews", now, now + seconds, [], lambda _: (True, "")
    )


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_202_is_found_again_and_not_submitted_twice(house: House, drop: str) -> None:
    at_home(house)
    house.sandbox.traffic.faults.append(Fault(f"PUT {BULK}", drop=drop))
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert house.operations() == 1


def test_a_submit_answered_by_a_fault_is_tried_again_within_a_second(house: House) -> None:
    at_home(house)
    house.sandbox.traffic.faults += [
        Fault(f"PUT {BULK}", status=502, body="<html>"),
        Fault(f"PUT {BULK}", status=503, body={"error": {"code": "bulkAPIDisabled"}}),
    ]
    began = time.monotonic()
    assert house.run("go1", "catalog")["counts"]["created"] == 12
    assert time.monotonic() - began < 4
    assert house.operations() == 1


def test_one_item_that_is_refused_does_not_stop_the_rest(house: House) -> None:
    courses = at_home(house)
    house.sandbox.learning360.failing_items["36000003"] = "Invalid image"
    report = house.run("go1", "catalog")
    assert report["status"] == "partial"
    assert (report["counts"]["created"], report["counts"]["failed"]) == (11, 1)
    assert report["problems"][0]["message"] == "360Learning: Invalid image"
    house.sandbox.learning360.failing_items.clear()
    GO1.put(house.sandbox, courses)
    # Tried again, changed or not.
    report = house.run("go1", "catalog")
    assert (report["counts"]["created"], report["counts"]["unchanged"]) == (1, 11)


def test_a_chunk_that_is_refused_as_a_whole_is_halved(house: House) -> None:
    at_home(house)
    whole = {"error": {"code": "invalidInput", "message": "item 3"}}
    house.sandbox.traffic.faults += [Fault(f"PUT {BULK}", status=400, body=whole, times=2)]
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 12
    assert house.operations() == 3


def test_an_operation_that_is_gone_is_tried_again_by_the_next_run(house: House) -> None:
    at_home(house)
    gone = {"error": {"code": "bulkOperationNotFound", "message": "gone"}}
    house.sandbox.traffic.faults.append(
        Fault(f"GET {BULK}/operations/[0-9a-f]+$", status=404, body=gone, times=1)
    )
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["failed"]) == ("partial", 12)
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["created"]) == ("succeeded", 12)


def test_a_deleted_configuration_says_to_activate_again(house: House) -> None:
    at_home(house)
    house.sandbox.learning360.integrations.clear()
    with pytest.raises(InvalidSettings, match="activate it again"):
        house.run("go1", "catalog")
    house.manage("activate", "go1")
    assert house.run("go1", "catalog")["counts"]["created"] == 12


def test_a_refused_restore_is_tried_again(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses[1:])
    house.run("go1", "catalog")
    GO1.put(house.sandbox, courses)
    inactive = {"error": {"code": "integrationInactive", "message": "x"}}
    house.sandbox.traffic.faults.append(
        Fault("PUT /360learning/api/v2/courses/", status=400, body=inactive)
    )
    assert house.run("go1", "catalog")["counts"]["failed"] == 1
    assert house.run("go1", "catalog")["counts"]["restored"] == 1
    assert house.courses()["36000000"]["status"] == "published"


def test_an_archive_that_was_done_by_hand_counts_as_done(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    house.courses()["36000000"]["status"] = "archived"
    house.sandbox.learning360.failing_items["36000000"] = "already archived"
    GO1.put(house.sandbox, courses[1:])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)


# Crawls


def test_a_scroll_that_expires_is_read_again_and_archives_nothing(house: House) -> None:
    house.settle_in("go1")
    fill(house, 400)
    house.run("go1", "catalog")
    longer = [GO1.course(index, f"Course {index}") for index in range(10_500)]
    GO1.put(house.sandbox, longer[300:])
    house.sandbox.traffic.faults.append(
        Fault("scrollId=", after=5, times=1, act=lambda _: house.sandbox.go1.expire_scrolls())
    )
    report = house.run("go1", "catalog", allow_archives=1000)
    assert report["status"] == "partial"
    assert report["counts"]["read"] == 10_200
    assert report["counts"]["archived"] == 0
    assert any("expired" in problem["message"] for problem in report["problems"])


def test_beyond_the_window_everything_is_read_and_gone_courses_are_archived(house: House) -> None:
    house.settle_in("go1")
    kinds = ("course", "video")
    courses = [
        {**GO1.course(index, f"Course {index}"), "type": kinds[index % 2]}
        for index in range(10_150)
    ]
    GO1.put(house.sandbox, courses)
    report = house.run("go1", "catalog")
    assert report["counts"]["created"] == 10_150
    assert house.operations() == 2
    GO1.put(house.sandbox, courses[:-3])
    report = house.run("go1", "catalog")
    assert report["counts"] | {"read": 0} == report["counts"] | {"read": 0, "archived": 3}


def test_a_withdrawn_course_is_archived_beside_duplicates(house: House) -> None:
    courses = at_home(house, 60)
    house.run("go1", "catalog")
    courses[0] = {**courses[0], "published": False}
    GO1.put(house.sandbox, [*courses, courses[1]])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)
    GO1.put(house.sandbox, [*courses[:-1], courses[1]])
    report = house.run("go1", "catalog")
    assert (report["status"], report["counts"]["withheld"]) == ("partial", 1)


def test_edflex_repeats_resources_without_harm(house: House) -> None:
    house.settle_in("edflex")
    courses = fill(house, 60, EDFLEX)
    house.run("edflex", "catalog")
    EDFLEX.put(house.sandbox, [*courses[:-1], courses[1]])
    report = house.run("edflex", "catalog")
    assert (report["status"], report["counts"]["archived"]) == ("succeeded", 1)


def test_openclassrooms_lists_may_come_whole(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    house.sandbox.openclassrooms.whole_lists = True
    fill(house, 70, OPENCLASSROOMS)
    assert house.run("openclassrooms", "catalog")["counts"]["created"] == 70


# Statistics


def known(house: House, *mails: str) -> None:
    for mail in mails:
        house.sandbox.learning360.add_user(mail)


def attempts(house: House) -> list[Any]:
    house.sandbox.learning360.advance()
    return [row for rows in house.sandbox.learning360.attempts.values() for row in rows]


def iso(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(milliseconds / 1000))


def enrollment(first: int, last: int, status: str, **more: Any) -> dict[str, Any]:
    row = GO1.row("learner@example.com", "36000001")
    times = {
        "created_time": iso(LAST_MS + first * HOUR),
        "updated_time": iso(LAST_MS + last * HOUR),
    }
    return {**row, **times, "status": status, **more}


def test_several_enrollments_become_attempts_in_their_order(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    rows = [
        enrollment(-10, -9, "in-progress"),
        enrollment(-90, -80, "completed"),
        enrollment(-85, -60, "completed"),
    ]
    GO1.put_rows(house.sandbox, rows)
    report = house.run("go1", "stats")
    assert (report["counts"]["read"], report["counts"]["sent"]) == (2, 2)
    assert [attempt.progress for attempt in attempts(house)] == [100, 50]
    assert house.operations("importExternalStatistics") == 2
    assert house.run("go1", "stats")["counts"]["unchanged"] == 2


def test_a_second_attempt_waits_for_a_first_one_that_was_refused(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(
        house.sandbox, [enrollment(-90, -80, "completed"), enrollment(-10, -9, "in-progress")]
    )
    assert house.run("go1", "stats")["counts"]["parked"] == 2
    GO1.put_rows(house.sandbox, [])
    known(house, "learner@example.com")
    assert house.run("go1", "stats")["counts"]["replayed"] == 2
    assert [attempt.progress for attempt in attempts(house)] == [100, 50]


def test_a_newer_row_replaces_a_parked_one(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "in-progress")])
    house.run("go1", "stats")
    known(house, "learner@example.com")
    GO1.put_rows(house.sandbox, [enrollment(-10, -5, "completed")])
    report = house.run("go1", "stats")
    assert (report["counts"]["sent"], report["counts"]["replayed"]) == (1, 0)
    assert [attempt.progress for attempt in attempts(house)] == [100]


def test_a_parked_row_is_given_up_after_90_days(house: House, monkeypatch: Any) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "in-progress")])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [])
    known(house, "learner@example.com")
    later = LAST_MS + 91 * 24 * HOUR
    monkeypatch.setattr("content_sync.state.parked.now", lambda: later)
    assert house.run("go1", "stats")["counts"]["replayed"] == 0


def test_a_backfill_is_filtered_and_moves_no_watermark(house: House) -> None:
    house.settle_in("edflex")
    fill(house, 5, EDFLEX)
    house.run("edflex", "catalog")
    known(house, "a@example.com", "b@example.com")
    old = {"firstActivityAt": "2024-05-01T00:00:00+00:00", "lastActivityAt": "2024-05-02T00:00:00Z"}
    row = EDFLEX.open_row(EDFLEX.row("a@example.com", EDFLEX.external_id(1)))
    rows = [
        {**row, "attributes": {**row["attributes"], **old}},
        EDFLEX.row("b@example.com", EDFLEX.external_id(1)),
    ]
    EDFLEX.put_rows(house.sandbox, rows)
    window = {"since": "2024-01-01T00:00:00+01:00", "until": "2024-12-31T00:00:00+01:00"}
    report = house.run("edflex", "stats", **window)
    assert (report["counts"]["read"], report["counts"]["sent"]) == (1, 1)
    assert "mark#watermark" not in house.table_text()
    report = house.run("edflex", "stats")
    assert (report["counts"]["read"], report["counts"]["sent"]) == (2, 1)
    assert "mark#watermark" in house.table_text()


def test_full_sends_statistics_again_and_never_backward(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "completed")])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [enrollment(-10, -5, "in-progress")])
    report = house.run("go1", "stats", full=True, seconds=1)
    assert (report["counts"]["read"], report["counts"]["sent"]) == (1, 1)
    (attempt,) = attempts(house)
    assert attempt.completedAt == LAST_MS - 9 * HOUR


def test_courses_that_arrive_during_a_statistics_run_lose_no_history(house: House) -> None:
    house.settle_in("edflex")
    courses = fill(house, 70, EDFLEX)
    known(house, "a@example.com")
    EDFLEX.put_rows(house.sandbox, [EDFLEX.row("a@example.com", EDFLEX.external_id(60))])
    report = house.call("edflex_catalog", {"integration": "default"}, seconds=1)
    assert report["status"] == "continued"
    assert house.run("edflex", "stats")["counts"]["unknown_course"] == 1
    name, event = house.invoked.pop(0)
    assert house.call(name, event)["counts"]["created"] == len(courses)
    assert house.run("edflex", "stats")["counts"]["sent"] == 1


def test_an_unfollowed_course_is_still_closed(house: House, monkeypatch: Any) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    fill(house, 5, OPENCLASSROOMS)
    house.run("openclassrooms", "catalog")
    known(house, "a@example.com")
    row = OPENCLASSROOMS.row("a@example.com", OPENCLASSROOMS.external_id(2))
    OPENCLASSROOMS.put_rows(house.sandbox, [OPENCLASSROOMS.open_row(row)])
    house.run("openclassrooms", "stats")
    service = house.sandbox.openclassrooms
    service.unfollowed, service.followed = {12_000: [row]}, {}
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == 1
    assert [attempt.progress for attempt in attempts(house)] == [100]


def test_go1_without_a_users_listing_looks_each_up_once(house: House) -> None:
    house.sandbox.go1.has_user_listing = False
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    rows = [GO1.row("learner@example.com", GO1.external_id(number)) for number in range(5)]
    GO1.put_rows(house.sandbox, rows)
    before = house.sandbox.traffic.requests
    assert house.run("go1", "stats")["counts"]["sent"] == 5
    assert house.sandbox.traffic.requests - before < 12


def test_pluralsight_survives_refused_fields_with_either_type(house: House) -> None:
    pluralsight = next(tenant for tenant in TENANTS if tenant.name == "pluralsight")
    service = house.sandbox.pluralsight
    house.settle_in("pluralsight")
    fill(house, 3, pluralsight)
    house.run("pluralsight", "catalog")
    known(house, "a@example.com", "b@example.com")
    rows = [
        pluralsight.row("a@example.com", pluralsight.external_id(1)),
        pluralsight.open_row(pluralsight.row("b@example.com", pluralsight.external_id(1))),
    ]
    pluralsight.put_rows(house.sandbox, rows)
    service.usage = [
        {
            "user": {"email": "A@example.com"},
            "course": {"slug": pluralsight.external_id(1)},
            "clipViewSeconds": seconds,
            "rollupDate": iso(LAST_MS),
        }
        for seconds in (600.0, 300.4)
    ]
    service.validation_status = 200
    house.run("pluralsight", "stats")
    assert sorted(attempt.timeSpent for attempt in attempts(house)) == [900_400, HOUR]
    assert {attempt.lastActivityAt for attempt in attempts(house)} == {LAST_MS}


# Coursera's refresh token


def coursera_secret() -> dict[str, Any]:
    client = boto3.client("secretsmanager")
    name = "content-sync/integrations/coursera/default"
    content: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return content


def test_a_new_refresh_token_is_stored_before_it_is_needed(house: House) -> None:
    house.sandbox.coursera.rotates = True
    house.settle_in("coursera")
    assert coursera_secret()["refresh_token"] == house.sandbox.coursera.refresh_token == "refresh-2"
    house.run("coursera", "catalog")
    assert coursera_secret()["refresh_token"] == house.sandbox.coursera.refresh_token == "refresh-3"
    house.sandbox.coursera.rotates = False
    house.run("coursera", "catalog")
    assert coursera_secret()["refresh_token"] == "refresh-3"


def test_a_secret_that_cannot_be_written_spends_no_token(house: House, monkeypatch: Any) -> None:
    house.settle_in("coursera")
    from botocore.exceptions import ClientError

    from content_sync.aws.clients import client

    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutSecretValue")

    monkeypatch.setattr(client("secretsmanager"), "put_secret_value", denied)
    logins = house.sandbox.traffic.counts["POST coursera"]
    with pytest.raises(InvalidSettings, match="cannot be written"):
        house.run("coursera", "catalog")
    assert house.sandbox.traffic.counts["POST coursera"] == logins


def test_a_dead_refresh_token_says_reconnect(house: House) -> None:
    house.settle_in("coursera")
    house.sandbox.coursera.refresh_token_until = 0
    with pytest.raises(InvalidSettings, match="reconnect"):
        house.run("coursera", "catalog")


def test_coursera_without_a_refresh_token_logs_in_the_newer_way(house: House) -> None:
    house.settle_in("coursera")
    secret = coursera_secret()
    del secret["refresh_token"]
    secret["token_url"] = f"{house.sandbox.url}/coursera/oauth2/client_credentials/token"
    house.put_secret("integrations/coursera/default", secret)
    coursera = next(tenant for tenant in TENANTS if tenant.name == "coursera")
    fill(house, 3, coursera)
    house.sandbox.coursera.next_as = "number"
    house.sandbox.coursera.page_size = 2
    assert house.run("coursera", "catalog")["counts"]["created"] == 3


# Reports


def test_runs_are_stored_and_listed(house: House) -> None:
    at_home(house)
    report = house.run("go1", "catalog")
    (listed,) = house.call("integrations", {"action": "list"})["integrations"]
    assert listed["last_runs"] == {"catalog": report, "stats": None}
    assert listed["integration_id"] == house.integration["_id"]
    # An event that names a run which ended is answered with its report.
    again = house.call("go1_catalog", {"integration": "default", "run_id": report["run_id"]})
    assert again == report


def test_a_failed_run_is_stored_with_its_sentence_and_no_secret(house: House, capsys: Any) -> None:
    at_home(house)
    echo = {"error": "invalid client_secret go1-secret"}
    house.sandbox.traffic.faults.append(
        Fault("POST /go1/oauth/token", status=401, body=echo, times=9)
    )
    with pytest.raises(InvalidSettings) as raised:
        house.run("go1", "catalog")
    (listed,) = house.call("integrations", {"action": "list"})["integrations"]
    report = listed["last_runs"]["catalog"]
    assert report["status"] == "failed"
    assert report["problems"][0]["message"] == str(raised.value)
    printed = capsys.readouterr()
    assert "go1-secret" not in f"{printed.out}{printed.err}{report}{raised.value}"


def test_an_unforeseen_fault_names_itself_and_nothing_else(house: House, monkeypatch: Any) -> None:
    at_home(house)

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("learner@example.com")

    monkeypatch.setattr("content_sync.sync.catalog.judging.course_item", broken)
    with pytest.raises(ContentSyncError, match=r"unforeseen fault \(KeyError\)") as raised:
        house.run("go1", "catalog")
    assert "learner" not in str(raised.value)


def test_changed_course_keeps_its_place_among_others(house: House) -> None:
    courses = at_home(house)
    house.run("go1", "catalog")
    courses[0] = changed(courses[0], ("description",), None)
    GO1.put(house.sandbox, courses)
    house.run("go1", "catalog")
    # "Replaced with the new data": an optional value that is gone is gone there, too.
    assert house.courses()["36000000"]["item"]["description"] == "<p>Authors: Ann Lee</p>"


# Errors inside a 200


@pytest.mark.parametrize(
    ("name", "listing", "body"),
    [
        (
            "pluralsight",
            "POST /pluralsight/graphql",
            {"data": {"courseCatalog": None}, "errors": [{"message": "upstream timed out"}]},
        ),
        (
            "edflex",
            "GET /edflex/connect/v1/resources",
            {"data": [], "errors": [{"code": "500", "title": "Oops"}]},
        ),
    ],
)
def test_errors_in_a_200_are_no_empty_catalogue(
    house: House, name: str, listing: str, body: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    tenant = next(tenant for tenant in TENANTS if tenant.name == name)
    house.settle_in(name)
    fill(house, 6, tenant)
    house.sandbox.traffic.faults.append(Fault(listing, status=200, body=body, times=2))
    assert house.run(name, "catalog")["counts"]["created"] == 6
    house.sandbox.traffic.faults.append(Fault(listing, status=200, body=body, times=1000))
    with pytest.raises(ContentSyncError, match="could not answer"):
        house.run(name, "catalog")
    assert {course["status"] for course in house.courses().values()} == {"published"}


def test_edflex_refuses_a_login_with_a_200(house: House) -> None:
    with pytest.raises(InvalidSettings, match="client_id, client_secret and organization_name"):
        house.settle_in("edflex", client_secret="wrong")
    with pytest.raises(InvalidSettings, match="organization_name must be the first part"):
        house.settle_in("edflex", organization_name="https://mycompany.edflex.com")

"""Coursera's refresh token and its two generations."""

import json
from typing import Any

import boto3
import pytest

from content_sync.errors import InvalidSettings
from content_sync.fields.instants import now
from content_sync.providers.coursera.api import CourseraApi
from content_sync.state.lease import Lease
from sandbox.providers.base import HOUR
from sandbox.providers.coursera.tenant import TENANT as COURSERA
from sandbox.service import Fault
from tests.helpers import assert_repeated_statistics_end, fill, known, set_runs_clock
from tests.house import House


def coursera_secret() -> dict[str, Any]:
    client = boto3.client("secretsmanager")
    name = "content-sync/integrations/coursera/default"
    content: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return content


def test_a_new_refresh_token_is_stored_before_it_is_needed(house: House) -> None:
    house.sandbox.services["coursera"].rotates = True
    house.settle_in("coursera")
    assert (
        coursera_secret()["refresh_token"]
        == house.sandbox.services["coursera"].refresh_token
        == "refresh-2"
    )
    house.run("coursera", "catalog")
    assert (
        coursera_secret()["refresh_token"]
        == house.sandbox.services["coursera"].refresh_token
        == "refresh-3"
    )
    house.sandbox.services["coursera"].rotates = False
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
    house.sandbox.services["coursera"].refresh_token_until = 0
    with pytest.raises(InvalidSettings, match="reconnect"):
        house.run("coursera", "catalog")


def test_coursera_without_a_refresh_token_logs_in_the_newer_way(house: House) -> None:
    house.settle_in("coursera")
    secret = coursera_secret()
    del secret["refresh_token"]
    secret["token_url"] = f"{house.sandbox.url}/coursera/oauth2/client_credentials/token"
    house.put_secret("integrations/coursera/default", secret)
    fill(house, 3, COURSERA)
    house.sandbox.services["coursera"].next_as = "number"
    house.sandbox.services["coursera"].page_size = 2
    assert house.run("coursera", "catalog")["counts"]["created"] == 3


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_not_taken_for_a_dead_refresh_token(
    house: House, status: int
) -> None:
    house.settle_in("coursera")
    house.sandbox.traffic.faults.append(Fault("POST /coursera/oauth2", status=status, body={}))
    with pytest.raises(InvalidSettings, match="check client_id and client_secret in secret"):
        house.run("coursera", "catalog")


def test_everything_is_read_once_a_week(house: House, monkeypatch: Any) -> None:
    """Should a filter by time mean something else than we think, a week is what can be missing."""
    house.settle_in("coursera")
    fill(house, 5, COURSERA)
    house.run("coursera", "catalog")
    known(house, "learner@example.com")
    house.run("coursera", "stats")
    COURSERA.put_rows(
        house.sandbox,
        [COURSERA.row("learner@example.com", COURSERA.external_id(1))],
    )
    # It takes the number for seconds: nothing is after that.
    house.sandbox.services["coursera"].filter_unit = 1000
    for days, sent in ((1, 0), (6, 0), (7, 1)):
        later = now() + days * 24 * HOUR
        set_runs_clock(monkeypatch, lambda later=later: later)
        assert house.run("coursera", "stats")["counts"]["sent"] == sent


def test_a_time_that_is_no_time_ends_no_run(house: House) -> None:
    house.settle_in("coursera")
    fill(house, 5, COURSERA)
    house.run("coursera", "catalog")
    known(house, "a@example.com", "b@example.com")
    rows = [
        COURSERA.row(mail, COURSERA.external_id(1)) for mail in ("a@example.com", "b@example.com")
    ]
    COURSERA.put_rows(house.sandbox, [{**rows[0], "approxTotalCourseHrs": 1e13}, rows[1]])
    report = house.run("coursera", "stats")
    assert (report["status"], report["counts"]["sent"]) == ("succeeded", 2)


def test_statistics_that_begin_again_for_ever_end(house: House) -> None:
    def page(rows: list[Any], number: int) -> Any:
        return {"elements": rows, "paging": {"next": str(1000 * number), "total": 10**6}}

    assert_repeated_statistics_end(house, COURSERA, "GET /coursera/.*/enrollmentReports", page)


@pytest.mark.parametrize("mode", ["apply", "plan"])
def test_no_exchange_of_the_refresh_token_is_left_to_itself(
    house: House, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """The first is not made ahead, and the last is over before another invocation begins."""
    house.settle_in("coursera")
    done: list[str] = []

    def noted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **more: Any) -> Any:
            done.append(name)
            return original(*arguments, **more)

        monkeypatch.setattr(owner, name, wrapped)

    for name in ("prepare", "courses", "settle"):
        noted(CourseraApi, name)
    noted(Lease, "give_back")
    house.run("coursera", "catalog", mode=mode)
    ending = ["settle"] if mode == "plan" else ["settle", "give_back"]
    assert done == ["prepare", "courses", *ending]
    if mode == "apply":
        done.clear()
        fill(house, 150, COURSERA)
        report = house.call("coursera_catalog", {"integration": "default"}, seconds=1)
        assert report["status"] == "continued"
        assert done == ["prepare", "courses", "settle", "give_back"]

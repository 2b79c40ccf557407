"""AWS's own passing faults pass; what an operator must mend is a sentence."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from moto import mock_aws

from content_sync.aws import invocation
from content_sync.aws.clients import client
from content_sync.aws.secrets import StoredSecret, read_secret
from content_sync.errors import AwsUnavailable, InvalidSettings, LeaseLost, RemoteUnavailable
from content_sync.state.lease import Lease
from content_sync.state.table import TRANSACTION_ATTEMPTS, Put, Table
from tests.house import TABLE, create_table

PK = "acme#default"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("content_sync.aws.retrying.time.sleep", lambda seconds: None)
    with mock_aws():
        create_table(boto3.client("dynamodb"))
        yield Table(TABLE)


def fault(code: str, *reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "no"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")


def failing(table: Table, monkeypatch: pytest.MonkeyPatch, *errors: ClientError) -> list[Any]:
    """Let the first transactions fail."""
    left, sent = list(errors), []
    real = table.dynamodb.transact_write_items

    def transact(**arguments: Any) -> Any:
        sent.append(arguments)
        if left:
            raise left.pop(0)
        return real(**arguments)

    monkeypatch.setattr(table.dynamodb, "transact_write_items", transact)
    return sent


def taken(table: Table) -> Lease:
    lease = Lease.take(table, PK, "stats", holder="me", seconds=900)
    assert lease is not None
    return lease


@pytest.mark.parametrize(
    "error",
    [
        fault("TransactionCanceledException", "None", "TransactionConflict"),
        fault("TransactionCanceledException", "ThrottlingError"),
        fault("TransactionCanceledException", "None", "ProvisionedThroughputExceeded"),
        fault("TransactionInProgressException"),
        fault("ThrottlingException"),
    ],
)
def test_a_transaction_that_met_another_is_written_again(
    table: Table, monkeypatch: pytest.MonkeyPatch, error: ClientError
) -> None:
    lease = taken(table)
    sent = failing(table, monkeypatch, error, error)
    lease.write([Put("mark#x", {"a": 1})])
    assert table.get(PK, "mark#x") == {"a": 1}
    assert len(sent) == 3
    assert len({one["ClientRequestToken"] for one in sent}) == 1


def test_a_conflict_that_never_ends_is_raised(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = taken(table)
    error = fault("TransactionCanceledException", "TransactionConflict")
    sent = failing(table, monkeypatch, *[error] * 20)
    with pytest.raises(AwsUnavailable, match="TransactionCanceled"):
        lease.write([Put("mark#x", {})])
    assert len(sent) == TRANSACTION_ATTEMPTS


def test_a_lost_lease_is_no_passing_fault(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = taken(table)
    lost = fault("TransactionCanceledException", "ConditionalCheckFailed", "TransactionConflict")
    sent = failing(table, monkeypatch, *[lost] * 9)
    with pytest.raises(LeaseLost):
        lease.write([Put("mark#x", {})])
    assert len(sent) == 1


def test_denied_rights_are_a_sentence(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = taken(table)
    failing(table, monkeypatch, fault("AccessDeniedException"))
    with pytest.raises(InvalidSettings, match="deploy the template again"):
        lease.write([Put("mark#x", {})])


def test_a_lease_that_cannot_be_given_back_fails_nothing(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = taken(table)

    def update(**arguments: Any) -> Any:
        raise fault("InternalServerError")

    monkeypatch.setattr(table.dynamodb, "update_item", update)
    lease.give_back()


class Lambda:
    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)
        self.calls = 0

    def invoke(self, **arguments: Any) -> None:
        self.calls += 1
        if self.codes:
            raise fault(self.codes.pop(0))


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setattr("content_sync.aws.retrying.time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("function")
def test_a_throttled_continuation_is_tried_again_and_then_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lambda_ = Lambda("TooManyRequestsException", "ServiceException")
    monkeypatch.setattr(invocation, "client", lambda service: lambda_)
    invocation.invoke_this_function({"a": 1})
    assert lambda_.calls == 3
    lambda_.codes = ["TooManyRequestsException"] * 9
    with pytest.raises(RemoteUnavailable, match=r'by hand with \{"run_id": "r"\}'):
        invocation.invoke_this_function({"run_id": "r"})
    lambda_.codes = ["AccessDeniedException"]
    with pytest.raises(InvalidSettings, match="let its role invoke itself"):
        invocation.invoke_this_function({})


@pytest.mark.usefixtures("table")
def test_a_renewed_secret_is_merged_with_what_stands_there_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="s", SecretString='{"refresh_token": "old", "group_id": "a"}')
    stored = StoredSecret("s")
    client.put_secret_value(SecretId="s", SecretString='{"refresh_token": "old", "group_id": "b"}')
    real, left = stored._client.put_secret_value, [1, 2]

    def put(**arguments: Any) -> Any:
        if left:
            left.pop()
            raise fault("InternalServiceError")
        return real(**arguments)

    monkeypatch.setattr(stored._client, "put_secret_value", put)
    stored.replace("refresh_token", "new", spent="old")
    text = client.get_secret_value(SecretId="s")["SecretString"]
    assert json.loads(text) == {"refresh_token": "new", "group_id": "b"}
    left[:] = range(99)
    with pytest.raises(InvalidSettings, match="refresh_token was renewed and could not be stored"):
        stored.replace("refresh_token", "newest", spent="new")


@pytest.mark.usefixtures("table")
def test_what_somebody_put_there_meanwhile_stays() -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="s", SecretString='{"refresh_token": "old", "client_id": "a"}')
    stored = StoredSecret("s")
    theirs = '{"refresh_token": "of b", "client_id": "b"}'
    client.put_secret_value(SecretId="s", SecretString=theirs)
    stored.replace("refresh_token", "of a", spent="old")
    assert client.get_secret_value(SecretId="s")["SecretString"] == theirs


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "broken", [{"SecretString": "[1]"}, {"SecretString": "{"}, {"SecretBinary": b"x"}]
)
def test_a_secret_that_is_none_any_more_is_said(broken: Any) -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="s", SecretString='{"refresh_token": "old"}')
    stored = StoredSecret("s")
    client.put_secret_value(SecretId="s", **broken)
    with pytest.raises(InvalidSettings, match="refresh_token was renewed and could not be stored"):
        stored.replace("refresh_token", "new", spent="old")
    for read in (read_secret, StoredSecret):
        with pytest.raises(InvalidSettings, match="is not a JSON object"):
            read("s")


@pytest.mark.parametrize(
    "error",
    [
        fault("InternalServerError"),
        fault("SomethingNew"),
        EndpointConnectionError(endpoint_url="https://dynamodb.example"),
        ReadTimeoutError(endpoint_url="https://dynamodb.example"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_does_not_pass_is_a_sentence(
    table: Table, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    lease = taken(table)

    def fails(**_: Any) -> Any:
        raise error

    for operation in ("transact_write_items", "get_item", "put_item", "update_item"):
        monkeypatch.setattr(table.dynamodb, operation, fails)
    for call in (
        lambda: lease.write([Put("mark#x", {})]),
        lambda: table.get(PK, "mark#x"),
        lambda: table.write(PK, Put("mark#x", {})),
        lambda: Lease.take(table, PK, "catalog", holder="me", seconds=9),
    ):
        with pytest.raises(AwsUnavailable, match="DynamoDB could not be used now"):
            call()
    lease.give_back()


def test_a_secret_that_cannot_be_read_now_is_a_sentence(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("secretsmanager").create_secret(Name="s", SecretString="{}")
    for error in (fault("InternalServiceError"), ReadTimeoutError(endpoint_url="https://x")):

        def fails(error: Exception = error, **_: Any) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(client("secretsmanager"), "get_secret_value", fails)
            for read in (read_secret, StoredSecret):
                with pytest.raises(AwsUnavailable, match="now"):
                    read("s")
    assert read_secret("s") == {}


def test_who_can_mend_a_secret_is_told_right(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="{}")
    for code, expected in (
        ("AccessDeniedException", InvalidSettings),
        ("ResourceNotFoundException", InvalidSettings),
        ("ThrottlingException", AwsUnavailable),
        ("InternalServiceError", AwsUnavailable),
    ):

        def fails(code: str = code, **_: Any) -> Any:
            raise fault(code)

        stored = StoredSecret("s")
        with monkeypatch.context() as patch:
            patch.setattr(client("secretsmanager"), "put_secret_value", fails)
            with pytest.raises(expected):
                stored.check_writable()
            patch.setattr(client("secretsmanager"), "get_secret_value", fails)
            for read in (read_secret, StoredSecret):
                with pytest.raises(expected):
                    read("s")


@pytest.mark.parametrize("a_time", [0, 30])
def test_a_batch_is_asked_for_again_until_all_of_it_is_handed_out(
    table: Table, monkeypatch: pytest.MonkeyPatch, a_time: int
) -> None:
    monkeypatch.setattr("content_sync.state.table.time.sleep", lambda _: None)
    for number in range(70):
        table.write(PK, Put(f"x#{number:02d}", {"n": number}))
    hands_out = table.dynamodb.batch_get_item

    def throttled(RequestItems: Any) -> Any:
        ((name, asked),) = RequestItems.items()
        now_, later = asked["Keys"][:a_time], asked["Keys"][a_time:]
        answer: Any = {"Responses": {name: []}}
        if now_:
            answer = hands_out(RequestItems={name: asked | {"Keys": now_}})
        return answer | {"UnprocessedKeys": {name: asked | {"Keys": later}} if later else {}}

    monkeypatch.setattr(table.dynamodb, "batch_get_item", throttled)
    keys = [(PK, f"x#{number:02d}") for number in range(75)]
    if not a_time:
        with pytest.raises(AwsUnavailable, match="did not hand out all"):
            table.get_each(keys)
        return
    found = sorted(table.get_each(keys))
    assert [json.loads(text)["n"] for _, text in found] == list(range(70))

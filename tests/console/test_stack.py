"""How the stack is reached: by boto3, and in a sentence where it cannot be."""

import io
import json
import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError
from moto import mock_aws

from console.stack import ConsoleError, FunctionFailed, Stack, explained

REGION = "eu-west-3"


class Lambda:
    """A client that answers as AWS does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def invoke(self, **asked: Any) -> Any:
        self.asked = asked
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said AWS"}}, "Invoke")


def stack(monkeypatch: pytest.MonkeyPatch, answer: Any) -> tuple[Stack, Lambda]:
    made = Stack("my-stack", boto3.Session(region_name=REGION), None)
    client = Lambda(answer)
    monkeypatch.setattr(Stack, "client", lambda self, service: client)
    return made, client


def payload(content: Any, **more: Any) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(content).encode()), **more}


def test_a_function_is_invoked_by_the_stack_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made, client = stack(monkeypatch, payload({"status": "succeeded"}))
    assert made.call("go1_catalog", {"integration": "default"}) == {"status": "succeeded"}
    assert client.asked["FunctionName"] == "my-stack-go1-catalog"
    assert json.loads(client.asked["Payload"]) == {"integration": "default"}


def test_keys_that_are_none_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made, client = stack(monkeypatch, payload({}))
    made.manage("list", provider=None)
    assert json.loads(client.asked["Payload"]) == {"action": "list"}


def test_what_a_function_raised_is_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = payload({"errorMessage": "do this", "errorType": "X"}, FunctionError="Unhandled")
    made, _ = stack(monkeypatch, answer)
    with pytest.raises(FunctionFailed, match=r"^do this$"):
        made.call("go1_catalog", {})


@pytest.mark.parametrize("content", [None, [], "x"])
def test_an_answer_of_another_program_is_said(
    monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    made, _ = stack(monkeypatch, payload(content))
    with pytest.raises(ConsoleError, match="did not answer as it should"):
        made.call("go1_catalog", {})


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refused("ResourceNotFoundException"), "no function my-stack-go1-catalog here"),
        (refused("AccessDeniedException"), "may not do that"),
        (refused("TooManyRequestsException"), "said AWS"),
        (NoCredentialsError(), "no AWS credentials"),
        (NoRegionError(), "no AWS region"),
    ],
)
def test_a_fault_of_aws_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, said: str
) -> None:
    made, _ = stack(monkeypatch, fault)
    with pytest.raises(ConsoleError, match=said):
        made.call("go1_catalog", {})


def test_a_profile_that_is_not_there_is_said() -> None:
    with pytest.raises(ConsoleError, match="list-profiles"):
        Stack.reached("x", region=REGION, profile="no-such-profile", endpoint_url=None)


def test_a_secret_is_made_written_and_read() -> None:
    with mock_aws():
        made = Stack("x", boto3.Session(region_name=REGION), None)
        assert made.secret("content-sync/a") is None
        made.put_secret("content-sync/a", {"key": 1})
        made.put_secret("content-sync/a", {"key": 2})
        assert made.secret("content-sync/a") == {"key": 2}
        made.client("secretsmanager").put_secret_value(SecretId="content-sync/a", SecretString="x")
        with pytest.raises(ConsoleError, match="not a JSON object"):
            made.secret("content-sync/a")


def test_log_lines_are_those_of_the_stack_s_group() -> None:
    with mock_aws():
        made = Stack("x", boto3.Session(region_name=REGION), None)
        with pytest.raises(ConsoleError, match="no log group /content-sync/x here"):
            list(made.log_lines("", 0))
        logs = made.client("logs")
        logs.create_log_group(logGroupName="/content-sync/x")
        logs.create_log_stream(logGroupName="/content-sync/x", logStreamName="s")
        at = int(time.time() * 1000)
        events = [{"timestamp": at - 9000, "message": "one"}, {"timestamp": at, "message": "two\n"}]
        logs.put_log_events(logGroupName="/content-sync/x", logStreamName="s", logEvents=events)
        assert list(made.log_lines("", at - 1000)) == ["two"]


def test_an_address_that_is_none_is_said() -> None:
    made = Stack("x", boto3.Session(region_name=REGION), "foo")
    with pytest.raises(ConsoleError, match="--endpoint-url"):
        made.call("go1_catalog", {})


def test_another_error_is_nobody_s_sentence() -> None:
    with pytest.raises(KeyError), explained():
        raise KeyError("x")

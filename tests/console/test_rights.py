"""The rights that docs/deploy.md names for an operator are those that the command line needs."""

import collections
import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from console.stack import ConsoleError, Stack
from tests.template.simulation import Request, is_allowed
from tests.template.test_template import TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
REGION, ACCOUNT = "eu-west-3", "123456789012"


def statements() -> list[dict[str, Any]]:
    text = (ROOT / "docs" / "deploy.md").read_text().partition("## Rights of who operates")[2]
    (policy,) = re.findall(r"```json\n(.+?)```", text, re.DOTALL)
    return list(json.loads(policy)["Statement"])


def resource(service: str, parameters: dict[str, Any]) -> str:
    match service:
        case "lambda":
            return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{parameters['FunctionName']}"
        case "secretsmanager":
            name = parameters.get("SecretId") or parameters["Name"]
            return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-aB3dE6"
        case _:
            group = parameters["logGroupName"]
            return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:"


def test_an_operator_may_do_what_the_command_line_does_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: set[Request] = set()
    real = BaseClient._make_api_call  # type: ignore[attr-defined]
    actions = {"Invoke": "InvokeFunction"}

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        action = f"{service}:{actions.get(operation, operation)}"
        asked.add(Request(action, resource(service, parameters)))
        return real(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    with mock_aws():
        stack = Stack("content-sync", boto3.Session(region_name=REGION), None)
        for function in ("go1_catalog", "integrations"):
            with pytest.raises(ConsoleError, match="there is no function"):
                stack.call(function, {})
        stack.secret("content-sync/platforms/default")
        stack.put_secret("content-sync/integrations/go1/default", {})
        with pytest.raises(ConsoleError, match="there is no log group"):
            list(stack.log_lines("x", 0))
    granted = statements()
    for request in asked:
        assert is_allowed(granted, request), request
    used = {request.action for request in asked}
    named = {
        action
        for statement in granted
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    assert named == used
    functions = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    secrets = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
    for elsewhere in (
        Request("lambda:InvokeFunction", f"{functions}:other"),
        Request("lambda:DeleteFunction", f"{functions}:content-sync-integrations"),
        Request("secretsmanager:GetSecretValue", f"{secrets}:other"),
        Request("secretsmanager:DeleteSecret", f"{secrets}:content-sync/platforms/default"),
    ):
        assert not is_allowed(granted, elsewhere)


def test_the_page_counts_what_the_template_has() -> None:
    resources = TEMPLATE["Resources"].values()
    kinds = collections.Counter(resource["Type"] for resource in resources)
    schedules = sum(
        event["Type"] == "ScheduleV2"
        for resource in resources
        for event in resource["Properties"].get("Events", {}).values()
    )
    words = {7: "seven", 10: "ten", 11: "eleven"}
    page = " ".join((ROOT / "docs" / "deploy.md").read_text().lower().split())
    assert f"{words[kinds['AWS::Serverless::Function']]} lambda functions" in page
    assert f"{words[schedules]} schedules" in page
    assert f"{words[kinds['AWS::IAM::Role']]} roles" in page
    assert kinds["AWS::DynamoDB::Table"] == kinds["AWS::SQS::Queue"] == 1
    assert f"{words[kinds['AWS::CloudWatch::Alarm']]} alarms" in page
    assert kinds["AWS::Logs::LogGroup"] == 1


def test_the_page_has_every_parameter_with_its_default() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()
    rows = [
        (re.findall(r"`([^`]+)`", names), re.findall(r"`([^`]+)`", defaults) or [""])
        for names, defaults in re.findall(r"^\| (`[A-Z].*?) \| (.*?) \|", page, re.MULTILINE)
    ]
    told = {
        name: default
        for names, defaults in rows
        for name, default in zip(names, defaults, strict=True)
    }
    parameters = TEMPLATE["Parameters"].items()
    assert told == {name: str(parameter.get("Default", "")) for name, parameter in parameters}

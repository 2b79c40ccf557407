"""Each function may do all that it does, and nothing with what belongs to another provider."""

import json
import os
from typing import Any

import pytest
from botocore.client import BaseClient

from content_sync.providers.registry import PROVIDERS
from content_sync.request import parse_integrations_event
from sandbox.providers import PROVIDERS as SIMULATED
from tests.helpers import fill, known
from tests.house import PREFIX, House
from tests.template.simulation import Request, Template, is_allowed, requests_of
from tests.template.test_template import FUNCTIONS, TEMPLATE

INVOKE = "lambda:InvokeFunction"
OF_INTEGRATIONS = "integrations"


def role_of(function: str) -> str:
    (name, attribute) = FUNCTIONS[function]["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    return str(name)


def rights(function: str, **parameters: str) -> list[dict[str, Any]]:
    return Template(TEMPLATE, **parameters).statements(role_of(function))


def function_arn(name: str) -> str:
    named = f"content-sync-{name.replace('_', '-')}"
    return f"arn:aws:lambda:eu-west-3:123456789012:function:{named}"


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[Request]]:
    """What each function asks of AWS; the tests' own calls are of no function."""
    asked: dict[str, set[Request]] = {}
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "")
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if function := os.environ["AWS_LAMBDA_FUNCTION_NAME"]:
            service = client.meta.service_model.service_name
            asked.setdefault(function, set()).update(requests_of(service, operation, parameters))
        return real(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return asked


def live_a_day(house: House, provider: str) -> None:
    """Let every function do all that it does, but for what nobody sees."""

    def quietly(*_: Any) -> None:
        os.environ["AWS_LAMBDA_FUNCTION_NAME"] = ""

    tenant = SIMULATED[provider].tenant
    quietly()
    house.settle_in(provider)
    quietly()
    courses = fill(house, 12, tenant)
    known(house, "learner@example.com")
    tenant.put_rows(house.sandbox, [tenant.row("learner@example.com", tenant.external_id(1))])
    house.run(provider, "catalog")
    quietly()
    tenant.put(house.sandbox, courses[1:])
    house.run(provider, "catalog", seconds=25)
    house.run(provider, "stats")
    house.run(provider, "stats", mode="plan")
    house.call(f"{provider}_catalog", {})
    for action in ("check", "list", "report", "parked", "pause", "resume"):
        house.manage(action, provider)
    house.manage("explain", provider, course=tenant.external_id(1), learner="learner@example.com")
    house.manage("reconcile", provider, mode="apply")
    house.manage("deactivate", provider, mode="apply", allow_archives=20)
    quietly()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_functions_may_do_what_they_do_and_nothing_with_what_is_another_s(
    house: House, asked: dict[str, set[Request]], provider: str
) -> None:
    live_a_day(house, provider)
    own = {f"{provider}_catalog", f"{provider}_stats"}
    assert asked.keys() == own | {OF_INTEGRATIONS}
    for function, requests in asked.items():
        denied = {one for one in requests if not is_allowed(rights(function), one)}
        assert not denied, f"{function} may not {denied}"
    secret = f"secret:{PREFIX}/integrations/{provider}/"
    theirs = {
        one
        for requests in asked.values()
        for one in requests
        if secret in one.resource or (one.leading_key or "").startswith(f"{provider}#")
    }
    assert {"secretsmanager:GetSecretValue", "dynamodb:PutItem", "dynamodb:Query"} <= {
        one.action for one in theirs
    }
    for other in FUNCTIONS.keys() - own - {OF_INTEGRATIONS}:
        allowed = {one for one in theirs if is_allowed(rights(other), one)}
        assert not allowed, f"{other} may {allowed}"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_goes_on_in_itself_and_says_what_failed(function: str) -> None:
    statements = rights(function)
    assert is_allowed(statements, Request(INVOKE, function_arn(function)))
    assert is_allowed(statements, Request("logs:PutLogEvents", "Logs.Arn"))
    assert is_allowed(statements, Request("sqs:SendMessage", "DeadLetters.Arn"))
    others = {other for other in FUNCTIONS if role_of(other) != role_of(function)}
    for other in others:
        assert not is_allowed(statements, Request(INVOKE, function_arn(other)))


@pytest.mark.parametrize("function", sorted(FUNCTIONS.keys() - {OF_INTEGRATIONS}))
def test_which_integrations_there_are_is_read_and_not_written(function: str) -> None:
    statements = rights(function)
    for action in ("PutItem", "UpdateItem", "DeleteItem"):
        row = Request(f"dynamodb:{action}", "StateTable.Arn", "integrations")
        assert not is_allowed(statements, row)
    assert is_allowed(statements, Request("dynamodb:Query", "StateTable.Arn", "integrations"))
    for action in ("Scan", "DeleteTable", "BatchWriteItem"):
        assert not is_allowed(statements, Request(f"dynamodb:{action}", "StateTable.Arn", "x"))


def test_a_key_of_one_s_own_may_be_used_if_there_is_one() -> None:
    key = "arn:aws:kms:eu-west-3:123456789012:key/1"
    for function in FUNCTIONS:
        request = Request("kms:Decrypt", key)
        assert is_allowed(rights(function, KmsKeyArn=key), request)
        assert not is_allowed(rights(function), request)
    table = TEMPLATE["Resources"]["StateTable"]["Properties"]
    kept = Template(TEMPLATE, KmsKeyArn=key).resolved(table["SSESpecification"])
    assert kept == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    assert Template(TEMPLATE).resolved(table["SSESpecification"]) == {"SSEEnabled": True}


def test_no_function_has_a_role_that_sam_makes_or_that_aws_manages() -> None:
    for function, properties in FUNCTIONS.items():
        assert "Policies" not in properties, function
        for event in properties.get("Events", {}).values():
            assert event["Properties"]["RoleArn"] == {"Fn::GetAtt": ["SchedulerRole", "Arn"]}
    roles = {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    assert len(roles) == len(PROVIDERS) + 2
    assert not any("ManagedPolicyArns" in properties for properties in roles.values())


def test_schedules_of_other_accounts_use_no_role_of_ours() -> None:
    (statement,) = TEMPLATE["Resources"]["SchedulerRole"]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert statement["Condition"] == account
    statements = Template(TEMPLATE).statements("SchedulerRole")
    for function in FUNCTIONS.keys() - {OF_INTEGRATIONS}:
        assert is_allowed(statements, Request(INVOKE, function_arn(function)))
    for other in (OF_INTEGRATIONS, "prod-go1-catalog"):
        assert not is_allowed(statements, Request(INVOKE, function_arn(other)))
    assert not is_allowed(statements, Request(INVOKE, function_arn("x").replace("content", "my")))


def test_a_summary_is_sent_only_where_it_is_wanted_and_somebody_hears() -> None:
    topic = "arn:aws:sns:eu-west-3:123456789012:alarms"
    invoke = Request(INVOKE, "Integrations.Arn")
    for wanted, arn in (("ENABLED", topic), ("ENABLED", ""), ("DISABLED", topic)):
        template = Template(TEMPLATE, DailySummary=wanted, AlarmTopicArn=arn)
        both = wanted == "ENABLED" and bool(arn)
        assert template.holds("Summarizes") is both
        assert is_allowed(template.statements("SchedulerRole"), invoke) is both
        publish = Request("sns:Publish", topic)
        assert is_allowed(template.statements("IntegrationsRole"), publish) is bool(arn)
        tells = template.resolved(FUNCTIONS[OF_INTEGRATIONS]["Environment"])["Variables"]
        assert tells["TOPIC_ARNS"] == arn
    assert not Template(TEMPLATE).holds("Summarizes"), "by default nobody is written to"
    schedule = TEMPLATE["Resources"]["SummarySchedule"]
    assert schedule["Condition"] == "Summarizes"
    request = parse_integrations_event(json.loads(schedule["Properties"]["Target"]["Input"]))
    assert (request.action, request.plans) == ("summarize", False)


def test_the_table_survives_the_stack_and_whoever_deletes_it() -> None:
    table = TEMPLATE["Resources"]["StateTable"]
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")

"""The whole house in one process: the handlers, moto as AWS, the sandbox as the outer world."""

import importlib.util
import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
from moto import mock_aws

from sandbox.server import Sandbox

ROOT = Path(__file__).parents[1]
TABLE = "state"
PREFIX = "content-sync"
REGION = "eu-west-3"
# Operations end at once, so that nobody waits for a poll, but where time is short.
SHORT_SECONDS = 60
OPERATION_SECONDS = 0.2


class Context:
    """A Lambda context with so many seconds left."""

    def __init__(self, seconds: float = 900, request_id: str | None = None) -> None:
        self._ends = time.monotonic() + seconds
        self.aws_request_id = request_id or uuid.uuid4().hex

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


@dataclass
class House:
    """What a test needs to let things happen and to see what happened."""

    sandbox: Sandbox
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    group_id: str = ""
    author_id: str = ""

    def __post_init__(self) -> None:
        self.group_id = self.sandbox.learning360.add_group("Content")
        self.author_id = self.sandbox.learning360.add_user(
            "author@example.org", roles=[{"groupId": self.group_id, "role": "editor"}]
        )

    def put_secret(self, name: str, content: Any) -> None:
        client = boto3.client("secretsmanager")
        text = content if isinstance(content, str) else json.dumps(content)
        try:
            client.create_secret(Name=f"{PREFIX}/{name}", SecretString=text)
        except client.exceptions.ResourceExistsException:
            client.put_secret_value(SecretId=f"{PREFIX}/{name}", SecretString=text)

    def settle_in(self, provider: str, name: str = "default", **more: Any) -> dict[str, Any]:
        """Writes the secrets and activates an integration."""
        self.put_secret("platforms/default", self.sandbox.platform_secret())
        secret = self.sandbox.provider_secret(
            provider, group_id=self.group_id, author_id=self.author_id
        )
        self.put_secret(f"integrations/{provider}/{name}", {**secret, **more})
        return self.manage("activate", provider, name)

    def manage(self, action: str, provider: str, name: str = "default", **more: Any) -> Any:
        event = {"action": action, "provider": provider, "integration": name, **more}
        return self.call("integrations", event)

    def run(self, provider: str, kind: str, *, seconds: float = 900, **event: Any) -> Any:
        """One run, over as many invocations as it takes."""
        event = {"integration": "default", **event}
        report = self.call(f"{provider}_{kind}", event, seconds=seconds)
        while report["status"] == "continued":
            name, event = self.invoked.pop()
            report = self.call(name, event, seconds=seconds)
        assert_counts_add_up(report)
        return report

    def call(
        self, function: str, event: Any, *, seconds: float = 900, request_id: str | None = None
    ) -> Any:
        if seconds < SHORT_SECONDS:
            self.take_time()
        os.environ["AWS_LAMBDA_FUNCTION_NAME"] = function
        return handler(function).lambda_handler(event, Context(seconds, request_id))

    def take_time(self) -> None:
        """Let operations last beyond an invocation; as long as a test says, if it does."""
        platform = self.sandbox.learning360
        platform.operation_seconds = platform.operation_seconds or OPERATION_SECONDS

    @property
    def integration(self) -> dict[str, Any]:
        (integration,) = self.sandbox.learning360.integrations.values()
        return integration

    def course(self, external_id: str) -> dict[str, Any] | None:
        return self.sandbox.learning360.course(self.integration["_id"], external_id)

    def courses(self) -> dict[str, dict[str, Any]]:
        """The courses at 360Learning by external id."""
        self.sandbox.learning360.advance()
        return {
            course["item"]["externalId"]: course
            for course in self.sandbox.learning360.courses.values()
        }

    def operations(self, kind: str | None = None) -> int:
        return sum(
            kind is None or operation.type == kind
            for operation in self.sandbox.learning360.operations.values()
        )

    def table_text(self, *, reports: bool = True) -> str:
        """Everything in the state table, as text; on demand without reports and their lists."""
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        return "\n".join(
            json.dumps(item)
            for page in pages
            for item in page["Items"]
            if reports or not item["sk"]["S"].startswith(("run#", "detail#"))
        )


# What counts beside what was read.
BESIDE = {
    "catalog": ("archived", "withheld"),
    "stats": ("replayed", "confirmed", "unconfirmed"),
}


def assert_counts_add_up(report: dict[str, Any]) -> None:
    """Each row that was read stands under exactly one other heading, however the run was cut."""
    counts, beside = report["counts"], BESIDE[report["kind"]]
    assert all(number >= 0 for number in counts.values()), counts
    if report["kind"] == "stats":
        others = sum(number for name, number in counts.items() if name not in ("read", *beside))
        assert others == counts["read"], counts


_HANDLERS: dict[str, ModuleType] = {}


def handler(function: str) -> ModuleType:
    """The module of a function, imported once, as Lambda does."""
    if function not in _HANDLERS:
        path = ROOT / "functions" / function / "app.py"
        spec = importlib.util.spec_from_file_location(f"functions_{function}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _HANDLERS[function] = module
    return _HANDLERS[function]


def create_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def house(monkeypatch: Any) -> Iterator[House]:
    """A house of its own for a test."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("STATE_TABLE", TABLE)
    monkeypatch.setenv("SECRETS_PREFIX", PREFIX)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    with mock_aws(), Sandbox().serving() as sandbox:
        create_table(boto3.client("dynamodb"))
        built = House(sandbox)
        sandbox.learning360.operation_seconds = 0.0

        def invoke(event: dict[str, Any]) -> None:
            built.invoked.append((os.environ["AWS_LAMBDA_FUNCTION_NAME"], event))

        for module in ("execute", "dispatch"):
            monkeypatch.setattr(f"content_sync.sync.{module}.invoke_this_function", invoke)
        yield built

"""The deployed stack: its functions, its secrets and its logs, with the operator's credentials."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

# Longer than any function may run.
LONGEST_ANSWER_SECONDS = 910
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
MISSING = "ResourceNotFoundException"
LOOK = "look at its name, --stack, --region and --profile"

Json = dict[str, Any]

# Of a session of boto3, one thread at a time makes clients; used they are by many.
_MAKING = threading.Lock()


class ConsoleError(Exception):
    """One sentence that says what went wrong and what to do."""


class FunctionFailed(ConsoleError):
    """A function refused what it was asked, or failed; the sentence is its own."""


@dataclass(frozen=True)
class Stack:
    """A stack, as the operator reaches it.

    Attributes:
        name: Its name.
        session: The operator's credentials and region.
        endpoint_url: Of an AWS that is not Amazon's; None for Amazon's.
    """

    name: str
    session: boto3.Session
    endpoint_url: str | None

    @classmethod
    def reached(
        cls, name: str, *, region: str | None, profile: str | None, endpoint_url: str | None
    ) -> "Stack":
        """Return a stack by its name.

        Raises:
            ConsoleError: There is no such profile.
        """
        with explained():
            session = boto3.Session(region_name=region, profile_name=profile)
        return cls(name, session, endpoint_url)

    def client(self, service: str) -> Any:
        """Return a client; a function is not invoked twice because its answer took long."""
        config = Config(
            read_timeout=LONGEST_ANSWER_SECONDS,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
        )
        with explained(), _MAKING:
            try:
                return self.session.client(service, endpoint_url=self.endpoint_url, config=config)
            except ValueError as error:  # boto3's word for an address that is none
                raise ConsoleError(f"{error}: look at --endpoint-url") from error

    def call(self, function: str, event: Json) -> Json:
        """Invoke a function, and wait for its answer.

        Args:
            function: Such as `go1_catalog`.
            event: What it is asked.

        Raises:
            FunctionFailed: It refused or failed.
            ConsoleError: It could not be reached.
        """
        name = f"{self.name}-{function.replace('_', '-')}"
        with explained(
            f"there is no function {name} here: content-sync status shows the integrations that "
            f"there are; if it finds none, {LOOK}"
        ):
            answer = self.client("lambda").invoke(
                FunctionName=name, Payload=json.dumps(event).encode()
            )
            content = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            said = content.get("errorMessage") if isinstance(content, dict) else None
            raise FunctionFailed(str(said or f"{name} failed without a word: look at its logs"))
        if not isinstance(content, dict):
            raise ConsoleError(f"{name} did not answer as it should: is it of this program?")
        return content

    def manage(self, action: str, **keys: Any) -> Json:
        """Ask the `integrations` function for an action; keys that are None are left out."""
        given = {key: value for key, value in keys.items() if value is not None}
        return self.call("integrations", {"action": action, **given})

    def secret(self, name: str) -> Json | None:
        """Return a secret's content; None where there is none yet."""
        try:
            text = self.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
            content = json.loads(text)
        except ClientError as error:
            if error.response["Error"]["Code"] == MISSING:
                return None
            with explained():
                raise
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise ConsoleError(f"secret {name} is not a JSON object: delete it, or put one there")
        return content

    def put_secret(self, name: str, content: Json) -> None:
        """Write a secret, which is made where there is none."""
        client, text = self.client("secretsmanager"), json.dumps(content)
        with explained():
            try:
                client.put_secret_value(SecretId=name, SecretString=text)
            except ClientError as error:
                if error.response["Error"]["Code"] != MISSING:
                    raise
                client.create_secret(Name=name, SecretString=text)

    def log_lines(self, pattern: str, since: int) -> Iterator[str]:
        """Yield the functions' log lines that match a filter pattern of CloudWatch Logs.

        Args:
            pattern: Such as `{ $.run_id = "..." }`.
            since: From when on, in milliseconds.
        """
        group = f"/content-sync/{self.name}"
        with explained(f"there is no log group {group} here: {LOOK}"):
            pages = (
                self.client("logs")
                .get_paginator("filter_log_events")
                .paginate(logGroupName=group, filterPattern=pattern, startTime=since)
            )
            for page in pages:
                for event in page["events"]:
                    yield event["message"].rstrip("\n")


@contextmanager
def explained(missing: str = "it is not there") -> Iterator[None]:
    """Say in one sentence why AWS could not be used.

    Args:
        missing: What to say where something is not there.

    Raises:
        ConsoleError: The sentence.
    """
    try:
        yield
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code == MISSING:
            raise ConsoleError(missing) from error
        if code in DENIED:
            raise ConsoleError(
                f"these AWS credentials may not do that ({error.operation_name}): docs/deploy.md "
                "says which rights an operator needs"
            ) from error
        raise ConsoleError(f"AWS refused {error.operation_name} ({code}): {said}") from error
    except NoCredentialsError as error:
        raise ConsoleError(
            "no AWS credentials were found: log in (aws sso login), or name --profile"
        ) from error
    except NoRegionError as error:
        raise ConsoleError("no AWS region is set: name --region, or set AWS_REGION") from error
    except ProfileNotFound as error:
        raise ConsoleError(f"{error}: aws configure list-profiles shows yours") from error
    except EndpointConnectionError as error:
        raise ConsoleError(f"{error}: is the network there, and the region right?") from error
    except BotoCoreError as error:
        raise ConsoleError(f"AWS could not be used: {error}") from error

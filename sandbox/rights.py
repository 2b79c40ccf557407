"""Least privilege, tried on the local AWS with each provider's own role.

The local AWS does not judge `dynamodb:LeadingKeys`: that a role is refused another provider's rows
is for the policy simulation in the tests to say.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from sandbox.local_aws import STACK, LocalAws
from sandbox.providers import PROVIDERS

DENIED = ("AccessDenied", "AccessDeniedException")

# What is asked for, how, and whether it may be had.
Question = tuple[str, Callable[[], Any], bool]


def try_rights(aws: LocalAws, table: str) -> tuple[int, list[str]]:
    """Ask for many things with every provider's role.

    Args:
        aws: The local AWS, with the template deployed and the secrets written.
        table: The state table.

    Returns:
        How many things were refused, as they should be, and what went otherwise.
    """
    refused, found = 0, []
    for provider in PROVIDERS:
        for what, call, may in _questions(aws, provider, table):
            if (granted := _granted(call)) != may:
                found.append(f"the role of {provider} is {'' if granted else 'not '}granted {what}")
            refused += not (granted or may)
    return refused, found


def _questions(aws: LocalAws, provider: str, table: str) -> Iterator[Question]:
    """Yield what a provider's role asks for."""
    role = aws.with_role_of(f"{provider}_catalog")
    secrets, dynamodb, functions = map(role.client, ("secretsmanager", "dynamodb", "lambda"))
    for name in ("platforms/default", *(f"integrations/{other}/default" for other in PROVIDERS)):
        own = name in ("platforms/default", f"integrations/{provider}/default")
        secret = f"content-sync/{name}"
        yield secret, partial(secrets.get_secret_value, SecretId=secret), own
    key = {"pk": {"S": f"{provider}#default"}, "sk": {"S": "lease#catalog"}}
    yield "its lease", partial(dynamodb.get_item, TableName=table, Key=key), True
    yield "the whole table", partial(dynamodb.scan, TableName=table), False
    for other in PROVIDERS:
        if other != provider:
            name = f"{STACK}-{other}-catalog"
            # An event that no function takes, should one be invoked.
            yield name, partial(functions.invoke, FunctionName=name, Payload=b"[]"), False


def _granted(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            return False
        raise
    return True

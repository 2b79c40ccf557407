"""AWS clients: made once for each endpoint and identity, shared by later invocations."""

import os
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

_IDENTITY = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID")


def client(service: str) -> Any:
    """Return the boto3 client of a service, wherever the environment says that AWS is."""
    return _client(service, tuple(os.environ.get(name) for name in _IDENTITY))


@lru_cache(maxsize=16)
def _client(service: str, _identity: tuple[str | None, ...]) -> Any:
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=5,
        read_timeout=30,
        # What is called wrongly shows in the tests; looked at for each item it takes longer than
        # all the rest of a large transaction.
        parameter_validation=False,
    )
    return boto3.client(service, config=config)


def open_clients(*services: str) -> None:
    """Make clients while Lambda initializes a function: it has a whole processor then.

    Args:
        *services: Which will be needed, whatever the event.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        for service in services:
            client(service)


def error_code_of(error: BaseException) -> str:
    """Return the code of a botocore ClientError, or `""`."""
    return str(_response_of(error).get("Error", {}).get("Code", ""))


def cancelled_for(error: BaseException) -> list[str]:
    """Return why each action of a transaction was cancelled; none for any other error."""
    reasons = _response_of(error).get("CancellationReasons", ())
    return [str(reason.get("Code")) for reason in reasons]


def _response_of(error: BaseException) -> dict[str, Any]:
    # Some errors that are no answer have one of None.
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}

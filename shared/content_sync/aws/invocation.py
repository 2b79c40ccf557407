"""What the Lambda context says of this invocation, and how it starts others."""

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from content_sync.aws.clients import client, error_code_of
from content_sync.aws.retrying import tried_again
from content_sync.errors import InvalidSettings, RemoteUnavailable

# Outside Lambda nobody counts the time: as much as a function has at most.
MOST_MILLISECONDS = 900_000
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.5
MENDED_BY_OPERATORS = {"AccessDeniedException", "ResourceNotFoundException"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of a function.

    Attributes:
        request_id: Kept by Lambda's retries of the same request.
        remaining_ms: How many milliseconds it still has.
    """

    request_id: str
    remaining_ms: Callable[[], int]

    @classmethod
    def of(cls, context: Any) -> "Invocation":
        """Read the context; a missing one stands for an invocation by hand."""
        request_id = getattr(context, "aws_request_id", None) or uuid.uuid4().hex
        remaining = getattr(context, "get_remaining_time_in_millis", lambda: MOST_MILLISECONDS)
        return cls(str(request_id), remaining)


def invoke_this_function(event: dict[str, Any]) -> None:
    """Start another invocation of the function that is running, and does not wait for it.

    Raises:
        InvalidSettings: There is no such function, or its role may not invoke it.
        RemoteUnavailable: Lambda takes no more invocations for now.
    """
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    if not name:
        raise InvalidSettings(
            "AWS_LAMBDA_FUNCTION_NAME is not set, so nothing can be invoked: outside Lambda invoke "
            f"again by hand with {json.dumps(event)}"
        )
    payload = json.dumps(event).encode()
    invoke = partial(
        client("lambda").invoke, FunctionName=name, InvocationType="Event", Payload=payload
    )
    try:
        tried_again(
            invoke,
            attempts=ATTEMPTS,
            first_pause=FIRST_PAUSE_SECONDS,
            passes=lambda error: error_code_of(error) not in MENDED_BY_OPERATORS,
        )
    except (ClientError, BotoCoreError) as error:
        code = error_code_of(error) or type(error).__name__
        if code in MENDED_BY_OPERATORS:
            raise InvalidSettings(
                f"function {name} cannot be invoked ({code}): let its role invoke itself, as the "
                "template does"
            ) from None
        raise RemoteUnavailable(
            f"function {name} could not be invoked now ({code}): invoke it again by hand with "
            f"{json.dumps(event)}"
        ) from None

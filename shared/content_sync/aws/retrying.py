"""What AWS gave up for a moment is tried again, beside boto3's own tries."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from content_sync.aws.clients import cancelled_for, error_code_of
from content_sync.errors import AwsUnavailable

T = TypeVar("T")


def tried_again(
    call: Callable[[], T],
    *,
    attempts: int,
    first_pause: float,
    passes: Callable[[Exception], bool] = lambda error: True,
) -> T:
    """Return what a call returns in the end.

    Args:
        call: What is tried.
        attempts: How often at most.
        first_pause: About how many seconds to wait before the second; each pause doubles.
        passes: Whether a fault is over in a moment.

    Raises:
        ClientError, BotoCoreError: The fault that did not pass.
    """
    for attempt in range(attempts - 1):
        try:
            return call()
        except (ClientError, BotoCoreError) as error:
            if not passes(error):
                raise
            time.sleep(first_pause * 2**attempt * random.uniform(0.5, 1.0))
    return call()


@contextmanager
def as_unavailable(service: str) -> Iterator[None]:
    """Say which of AWS's services failed, however often it was tried.

    A condition that does not hold is no failure, and is raised as it is.

    Raises:
        AwsUnavailable: It did.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if is_of_a_condition(error):
            raise
        raise AwsUnavailable(
            f"{service} could not be used now ({error_code_of(error) or type(error).__name__}): "
            "try again later; the next run goes on from what was saved"
        ) from None


def is_of_a_condition(error: Exception) -> bool:
    """Tell whether something was not written because a condition did not hold."""
    return error_code_of(
        error
    ) == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in cancelled_for(error)

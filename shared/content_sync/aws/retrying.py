"""What AWS gave up for a moment is tried again, beside boto3's own tries."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

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

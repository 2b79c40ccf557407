"""Whatever is raised, foreseen or not, leaves a handler as one sentence, and stands in the log."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from content_sync.errors import ContentSyncError, Signal
from content_sync.observability import logger


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Turn whatever is raised into one sentence, and log it."""
    try:
        yield
    except Signal:
        raise
    except Exception as error:  # noqa: BLE001
        failure = explained(error)
        if failure is error:
            logger.error(str(error), detail=failure.detail, error=type(error).__name__)
        else:
            logger.error(
                "unforeseen fault",
                error=type(error).__name__,
                stack="".join(traceback.format_tb(error.__traceback__)),
            )
        raise failure from None


def explained(error: Exception) -> ContentSyncError:
    """Return a failure as one sentence; of what was not foreseen, only the kind is told."""
    if isinstance(error, ContentSyncError):
        return error
    return ContentSyncError(
        f"an unforeseen fault ({type(error).__name__}) ended the run: an engineer should look at "
        "this function's log"
    )

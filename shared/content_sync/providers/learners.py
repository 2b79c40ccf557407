"""Learners who are read one by one: what one answers is that one's problem, not everybody's."""

import threading
from collections.abc import Callable
from typing import TypeVar

from content_sync.errors import (
    ContentSyncError,
    Denied,
    NotFound,
    Refused,
    RemoteUnavailable,
)

# Fewer learners who fail are never most; and before the end of a listing, only so many.
FEW_LEARNERS = 3
MANY_LEARNERS = 50

T = TypeVar("T")


class LearnersAsked:
    """Those who were asked, and how many of them answered; several threads may ask at once."""

    def __init__(self) -> None:
        self._asked = self._failed = 0
        self._error: ContentSyncError | None = None
        self._lock = threading.Lock()

    def ask(self, read: Callable[[], T]) -> T | ContentSyncError:
        """Read a learner; return the error instead where it is about this one.

        Raises:
            ContentSyncError: It is about all of them, or most of them answer so.
        """
        try:
            found: T | ContentSyncError = read()
        except (Denied, NotFound, Refused) as error:
            found = error
        except RemoteUnavailable as error:
            if error.status < 500:
                raise
            found = error
        with self._lock:
            self._asked += 1
            if isinstance(found, ContentSyncError):
                self._failed += 1
                self._error = found
                self._must_be_few(MANY_LEARNERS)
        return found

    def known(self, number: int) -> None:
        """Note learners who need not be asked."""
        with self._lock:
            self._asked += number

    def end(self) -> None:
        """Judge, before the last page of a listing that was read whole; raises as `ask` does."""
        self._must_be_few(FEW_LEARNERS)

    def _must_be_few(self, least: int) -> None:
        if self._error is not None and self._failed >= least and 2 * self._failed > self._asked:
            raise self._error

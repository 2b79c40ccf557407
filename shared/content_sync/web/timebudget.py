"""How long this invocation may still work and wait."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from content_sync.errors import RemoteUnavailable

RESERVE_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 60.0
CHECKPOINT_SECONDS = 30.0
# What a run needs after its last wait to write its cursor and its report; of a short time a part.
CLOSING_SECONDS = 5.0
CLOSING_PART = 20


class TimeBudget:
    """The time left in an invocation, and the rule by which a run stops in time.

    Args:
        remaining_ms: What the Lambda context says is left, in milliseconds.
    """

    def __init__(self, remaining_ms: Callable[[], int]) -> None:
        self._remaining_ms = remaining_ms
        self._closing = min(CLOSING_SECONDS, remaining_ms() / 1000 / CLOSING_PART)
        self._slowest = 0.0
        self._units = 0
        self._saved_at = time.monotonic()
        self._closed = False

    def close(self) -> None:
        """Let nothing more be asked for: whoever still works ahead, in other threads, ends."""
        self._closed = True

    def remaining(self) -> float:
        """Return the seconds left."""
        return self._remaining_ms() / 1000

    def usable(self) -> float:
        """Return the seconds left to ask and to wait in; what is left then is for the closing."""
        return 0.0 if self._closed else self.remaining() - self._closing

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Measure one unit of work: a page, a chunk, a poll."""
        began = time.monotonic()
        yield
        self._slowest = max(self._slowest, time.monotonic() - began)
        self.did_unit()

    def did_unit(self) -> None:
        """Count a unit of work."""
        self._units += 1

    def exhausted(self) -> bool:
        """Tell whether the run should stop at this checkpoint; never before one unit was done."""
        if not self._units:
            return False
        return self.remaining() < max(RESERVE_SECONDS, 2 * self._slowest)

    def checkpoint_due(self) -> bool:
        """Tell whether so much time went by since the last one that losing it would hurt."""
        return time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS

    def saved(self) -> None:
        """Note that the cursor was written."""
        self._saved_at = time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            RemoteUnavailable: When the wait is longer than is sensible, or than what is left.
        """
        if seconds > LONGEST_WAIT_SECONDS:
            raise RemoteUnavailable(
                f"asked to wait {seconds:.0f} s, which is longer than the "
                f"{LONGEST_WAIT_SECONDS:.0f} s a run waits: the next run goes on from here"
            )
        if seconds > self.usable():
            raise RemoteUnavailable(
                f"asked to wait {seconds:.0f} s, which is longer than this invocation still has: "
                "the next run goes on from here"
            )
        time.sleep(seconds)

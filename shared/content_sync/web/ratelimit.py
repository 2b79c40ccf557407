"""Keep calls within a documented number a second, over all threads."""

import threading
import time


class RateLimit:
    """Hands out evenly spaced starting times.

    Args:
        per_second: How many calls a second the service admits.
    """

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may start."""
        with self._lock:
            start = max(self._next, time.monotonic())
            self._next = start + self._interval
        time.sleep(max(0.0, start - time.monotonic()))

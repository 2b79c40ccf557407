"""Keep calls within a documented number a second, over all threads."""

import threading
import time
from collections import deque


class RateLimit:
    """Lets calls begin evenly spaced, or so many at once and then none until their time is over.

    Args:
        per_second: How many calls a second are admitted on average.
        at_once: How many may begin together; any `at_once / per_second` seconds hold no more.
    """

    def __init__(self, per_second: float, *, at_once: int = 1) -> None:
        self._begun: deque[float] = deque(maxlen=at_once)
        self._seconds = at_once / per_second
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may begin."""
        with self._lock:
            start = time.monotonic()
            if len(self._begun) == self._begun.maxlen:
                start = max(start, self._begun[0] + self._seconds)
            self._begun.append(start)
        time.sleep(max(0.0, start - time.monotonic()))

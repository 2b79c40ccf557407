"""Keep calls within a documented number a second, over all threads."""

import threading
import time
from collections import deque

# The calls that fit into this time may come together: two such times make a second, which is then
# never exceeded, and little more arrives in one if the network holds some of them up.
BURST_SECONDS = 0.5


class RateLimit:
    """Hands out starting times, of which no stretch of a second holds more than it may.

    Args:
        per_second: How many calls a second the service admits.
    """

    def __init__(self, per_second: float) -> None:
        burst = max(1, int(per_second * BURST_SECONDS))
        self._seconds = BURST_SECONDS if burst > 1 else 1 / per_second
        self._starts: deque[float] = deque([float("-inf")] * burst, maxlen=burst)
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may start."""
        with self._lock:
            start = max(self._starts[0] + self._seconds, time.monotonic())
            self._starts.append(start)
        time.sleep(max(0.0, start - time.monotonic()))

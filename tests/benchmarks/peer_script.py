"""What an engineer writes in an afternoon: the same job, one request after the other.

Usage: python -m tests.benchmarks.peer_script JOB_FILE

What it sent, and when it last read, stands in a file.
"""

import json
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.job import MOST_ITEMS, Platform, job, key_of, measured, since_of
from tests.benchmarks.plain import item_of, plain
from tests.benchmarks.plain.base import Reader


def main() -> None:
    """Read everything, send what changed, wait for the operations."""
    given = job()
    path = Path(given.state)

    def work() -> None:
        state: dict[str, Any] = {"sent": {}, "since": None}
        if path.exists():
            state = json.loads(path.read_text())
        sent, began = state["sent"], int(time.time() * 1000)
        platform, provider = Platform(given), plain(given.provider)
        reader, since = Reader(provider.log_in(given)), since_of(given, state["since"])
        changed, places = [], []
        for place, row in enumerate(reader.all_rows(provider, given, since), 1):
            item = item_of(given.kind, provider, row)
            if sent.get(key_of(item)) != item:
                changed.append(item)
                places.append(place)
        delivered = []
        for start in range(0, len(changed), MOST_ITEMS):
            for item in platform.deliver(changed[start : start + MOST_ITEMS]):
                sent[key_of(item)] = item
                delivered.append(key_of(item))
        state |= {"sent": sent, "read_since": since, "delivered": delivered}
        # For the floor: after how many rows each was known, and how many pages there were.
        state |= {"places": places, "pages": reader.pages}
        state["since"] = began
        path.write_text(json.dumps(state))

    measured(work)


if __name__ == "__main__":
    main()

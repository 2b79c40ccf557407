"""Storms by the dozen: `make storm`, RUNS and SEED to say how many and which one first.

With `--broken` the program is broken on purpose instead, in one place after the other, until a
storm notices it: what no storm notices, storms do not prove.
"""

import argparse
import collections
import contextlib
import faulthandler
import io
import sys
import time
import traceback
from collections.abc import Callable

import pytest

from content_sync.observability import logger
from tests.house import house
from tests.storm.broken import BROKEN
from tests.storm.storm import Storm

RUNS_A_STORM = 50
# Whoever stands still longer says where, and ends.
LONGEST_SECONDS = 600
# As many storms may miss a break before it counts as unnoticed.
MOST_STORMS = 40

Break = Callable[[pytest.MonkeyPatch], None]


def main(arguments: list[str]) -> int:
    """Run the storms; return the exit code."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="of functions, in all storms")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm")
    parser.add_argument("--broken", action="store_true", help="see whether storms notice")
    options = parser.parse_args(arguments)
    logger.handlers[0].setStream(io.StringIO())
    if options.broken:
        missed = [what for what in BROKEN if not noticed(what, BROKEN[what], options.seed)]
        return int(bool(missed))
    return weathered(options.runs, options.seed)


def weathered(most: int, seed: int) -> int:
    """Let storms rage until there were so many runs; return the exit code."""
    began, runs, said, failed = time.monotonic(), 0, 0, []
    survived: collections.Counter[str] = collections.Counter()
    while runs < most:
        faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
        storm, faults = raged(seed, min(RUNS_A_STORM, most - runs))
        runs += storm.runs
        said += len(storm.said)
        survived.update(storm.weather.counts)
        verdict = "ok" if not faults else "FAILED\n  " + "\n  ".join(faults[:10])
        print(f"seed {seed}: {storm.runs} runs, {len(storm.said)} failed: {verdict}", flush=True)
        failed += [seed] if faults else []
        seed += 1
    faulthandler.cancel_dump_traceback_later()
    print(f"{runs} runs in {time.monotonic() - began:.0f} s, of which {said} said why they failed")
    for what, number in sorted(survived.items()):
        print(f"  {number:>5} {what}")
    print(f"seeds that failed: {failed}" if failed else "every storm ended as it should")
    return int(bool(failed))


def noticed(what: str, breaks: Break, seed: int) -> bool:
    """Tell whether a storm notices how the program was broken."""
    for number in range(MOST_STORMS):
        _, faults = raged(seed + number, RUNS_A_STORM, breaks)
        if faults:
            said = faults[0].strip().splitlines()[-1][:200]
            print(f"noticed by storm {number + 1}: {what}\n    {said}", flush=True)
            return True
    print(f"NOT NOTICED by {MOST_STORMS} storms: {what}", flush=True)
    return False


def raged(seed: int, runs: int, breaks: Break = lambda patch: None) -> tuple[Storm, list[str]]:
    """Let one storm rage; return it, and what was not as it must be."""
    # Metrics go to standard output, as Lambda wants them.
    with (
        contextlib.redirect_stdout(io.StringIO()),
        pytest.MonkeyPatch.context() as patch,
        house(patch) as built,
    ):
        storm = Storm(built, seed, patch)
        breaks(patch)
        try:
            storm.rage(runs)
            return storm, storm.clear_up()
        except Exception:  # noqa: BLE001
            return storm, [traceback.format_exc()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

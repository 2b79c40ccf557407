"""Storms by the dozen: `make storm`, RUNS and SEED to say how many and which one first."""

import argparse
import collections
import io
import sys
import time
import traceback

import pytest

from content_sync.observability import logger
from tests.house import house
from tests.storm.storm import Storm

RUNS_A_STORM = 50


def main(arguments: list[str]) -> int:
    """Run the storms; return the exit code."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="of functions, in all storms")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm")
    options = parser.parse_args(arguments)
    logger.handlers[0].setStream(io.StringIO())
    began, runs, failed = time.monotonic(), 0, []
    survived: collections.Counter[str] = collections.Counter()
    said = 0
    seed = options.seed
    while runs < options.runs:
        with pytest.MonkeyPatch.context() as patch, house(patch) as built:
            storm = Storm(built, seed, patch, strict=True)
            try:
                storm.rage(min(RUNS_A_STORM, options.runs - runs))
                faults = storm.clear_up()
            except Exception:  # noqa: BLE001
                faults = [traceback.format_exc()]
        runs += storm.runs
        said += len(storm.said)
        survived.update(storm.weather.counts)
        verdict = "ok" if not faults else "FAILED\n  " + "\n  ".join(faults[:10])
        print(f"seed {seed}: {storm.runs} runs, {len(storm.said)} failed: {verdict}", flush=True)
        failed += [seed] if faults else []
        seed += 1
    print(f"{runs} runs in {time.monotonic() - began:.0f} s, of which {said} said why they failed")
    for what, number in sorted(survived.items()):
        print(f"  {number:>5} {what}")
    print(f"seeds that failed: {failed}" if failed else "every storm ended as it should")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

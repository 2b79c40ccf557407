"""`make demo`: the stage is built, the story told, and the house left open until Ctrl-C."""

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox.demo import next_steps, proofs, story
from sandbox.demo.stage import DemoFailure, Stage
from sandbox.demo.telling import Teller
from sandbox.local_aws import LocalAwsError, local_aws
from sandbox.server import Sandbox
from sandbox.world import populate

STOPPED = 130


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a number between two."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is no number from {least:,} to {most:,}")
        return int(text)

    return read


def main(arguments: list[str]) -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop at the end and judge")
    for name, of, least, most, default in (
        ("--seed", "of the generated data", 0, 10**9, 1),
        ("--courses", "of each provider", 100, 20_000, 3000),
        ("--enrollments", "of each provider", 200, 50_000, 4000),
    ):
        told = f"{of}: from {least:,} to {most:,}, by default {default:,}"
        parser.add_argument(name, type=between(least, most), default=default, help=told)
    options = parser.parse_args(arguments)
    # What was started ends with us, and what was written goes.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _stopped)
    folder = Path(tempfile.mkdtemp(prefix="content-sync-demo-"))
    teller = Teller()
    try:
        code = _play(options, folder, teller)
    except (DemoFailure, LocalAwsError) as failure:
        teller.say(f"\nThe demo failed: {failure}\nLogs: {folder}")
        return 1
    except KeyboardInterrupt:
        code = STOPPED
    shutil.rmtree(folder, ignore_errors=True)
    if code == STOPPED or not options.once:
        # Its terminal may be gone, too.
        with contextlib.suppress(OSError):
            teller.say("stopped")
    return code


def _stopped(*_: Any) -> None:
    raise KeyboardInterrupt


def _play(options: argparse.Namespace, folder: Path, teller: Teller) -> int:
    sandbox = Sandbox()
    world = populate(
        sandbox, seed=options.seed, courses=options.courses, enrollments=options.enrollments
    )
    with sandbox.serving(), ExitStack() as stack:
        teller.say("Five providers and a 360Learning, all simulated, answer on this machine.")
        with teller.step("Starting a local AWS"):
            aws = stack.enter_context(local_aws(folder))
        with teller.step("Building and deploying template.yaml with SAM"):
            outputs = aws.deploy()
        stage = Stage(sandbox, world, aws, outputs["StateTable"], teller)
        faults = story.day_one(stage, folder, options.seed)
        faults += story.day_two(stage)
        faults += story.day_three(stage)
        faults += proofs.prove(stage)
        if faults:
            raise DemoFailure(f"{len(faults)} things are not right, see above")
        if not options.once:
            with (
                stage.console(folder) as address,
                next_steps.told(stage, address),
                # That is how it ends.
                contextlib.suppress(KeyboardInterrupt),
            ):
                while True:
                    time.sleep(3600)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

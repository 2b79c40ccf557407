"""Child processes that end with us, whatever becomes of us.

`python -m sandbox.process COMMAND ...` runs COMMAND in a process group of its own and ends the
whole group when its standard input closes, as it does when the parent dies.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

GRACE_SECONDS = 5.0


@contextlib.contextmanager
def running(
    command: list[str], *, environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command until the block ends; its output goes to `log`."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "sandbox.process", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        yield child
    finally:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(GRACE_SECONDS + 2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def free_port() -> int:
    """Return a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _watch(command: list[str]) -> None:
    """Run a command; end the whole group when it ends, or when our standard input does."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    # Not before the child was started: it would inherit what we ignore.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def end_with_child() -> None:
        child.wait()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=end_with_child, daemon=True).start()
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    _watch(sys.argv[1:])

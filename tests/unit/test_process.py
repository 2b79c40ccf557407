"""Child processes end with the block that runs them, and with a parent that is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox.process import running
from tests.house import ROOT

# A server that has a child of its own and does not mind SIGTERM.
STUBBORN = (
    "import signal, subprocess, sys, time, pathlib;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "pathlib.Path(sys.argv[1]).write_text(f'{__import__(\"os\").getpid()} {inner.pid}');"
    "time.sleep(600)"
)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return not Path("/proc/self").exists()
    return state != "Z"


def pids(file: Path) -> list[int]:
    for _ in range(100):
        if file.exists() and len(file.read_text().split()) == 2:
            return [int(pid) for pid in file.read_text().split()]
        time.sleep(0.1)
    raise AssertionError("it did not start")


def ended(numbers: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(map(alive, numbers)):
            return True
        time.sleep(0.1)
    return False


def test_everything_ends_with_the_block(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STUBBORN, str(tmp_path / "pids")]
    with running(command, environment=os.environ, log=tmp_path / "log"):
        numbers = pids(tmp_path / "pids")
        assert all(map(alive, numbers))
    assert ended(numbers, 3)


def test_everything_ends_with_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, sys, time; from pathlib import Path; from sandbox.process import running\n"
            "with running(sys.argv[2:], environment=os.environ, log=Path(sys.argv[1])):"
            " time.sleep(600)",
            str(tmp_path / "log"),
            *(sys.executable, "-c", STUBBORN, str(tmp_path / "pids")),
        ],
        cwd=ROOT,
    )
    numbers = pids(tmp_path / "pids")
    parent.kill()
    parent.wait()
    assert ended(numbers, 10)

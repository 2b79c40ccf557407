"""The memory that a process had at most: its own, not that of whoever started it.

What `getrusage` says survives an exec, so that a small program has at least what its parent had.
"""

from pathlib import Path


def peak_mb(process: str = "self") -> float:
    """Return a living process's largest resident memory, in megabytes of 1,024 kilobytes.

    Raises:
        RuntimeError: This is no Linux.
    """
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the memory of a process is read as Linux tells it")

"""Where and when figures were measured, and of what: each row tells it of itself."""

import os
import platform
import random
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.local_aws import ROOT


@dataclass(frozen=True)
class Sitting:
    """One call of `make bench`.

    Attributes:
        seed: Of its first data; each further run takes the next number.
        on: The day, in UTC.
        machine: As far as it matters.
    """

    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(1_000_000))
    on: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")
    machine: str = field(default_factory=lambda: _machine())

    def told(self) -> dict[str, Any]:
        """Return what a row says of it that is made now.

        That is also the commit of the program, with a plus where files were changed since.
        """
        return asdict(self) | {"commit": _commit()}


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
        )
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return (
        f"{os.cpu_count()} shared cores ({platform.machine()}, {_processor()}), {memory:.0f} GB, "
        f"{python}"
    )


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"

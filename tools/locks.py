"""Makes the locks: what each environment holds, with the hashes of all that may be installed.

Usage: build/environments/locks/bin/python tools/locks.py

Each `.in` file says what is wanted; its `.txt` file, which nobody edits, says what comes of it on
any system and any Python from the oldest that we support on. Where the index is stands in neither.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = "3.11"
# The layer's first: the environment of the tests holds the same.
WANTED = [ROOT / "shared" / "requirements.in", *sorted((ROOT / "requirements").glob("*.in"))]


def main() -> int:
    """Make all of them; return the exit code."""
    for wanted in WANTED:
        lock = wanted.with_suffix(".txt")
        command = [str(Path(sys.executable).parent / "uv"), "pip", "compile", "--quiet"]
        command += ["--universal", "--python-version", OLDEST, "--generate-hashes", "--upgrade"]
        command += ["--custom-compile-command", "make locks"]
        done = subprocess.run(
            [*command, str(wanted.relative_to(ROOT)), "--output-file", str(lock.relative_to(ROOT))],
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            return done.returncode
        print(f"locked {lock.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

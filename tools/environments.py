"""Makes the virtual environments under build/, each from its lock, once.

Usage: python3 tools/environments.py NAME [NAME ...]

An environment is made again when its lock changed, or when making it was interrupted. Each Python
has its own, so that changing between two makes neither anew; build/environments/NAME leads to the
one of the last call. Two calls at once do not disturb each other. Needs Python 3.11 or later,
nothing else.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
# Its commands are installed, too.
WITH_THE_PROJECT = "console"


def main(names: list[str]) -> int:
    """Make the named environments; return the exit code."""
    if sys.version_info < OLDEST:
        print(
            f"Python {'.'.join(map(str, OLDEST))} or later is needed; call make PYTHON=python3.13"
        )
        return 1
    for name in names:
        folder = of_this_python(name)
        with locked(folder):
            lead_to(folder, name)
            if (folder / "complete").is_file() and (folder / "complete").read_text() == key(name):
                continue
            began = time.monotonic()
            print(f"installing {name} ...", flush=True)
            if not make(folder, name):
                return 1
            (folder / "complete").write_text(key(name))
            print(f"installed {name} in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def of_this_python(name: str) -> Path:
    """Return where an environment of the Python that runs this is kept."""
    which = hashlib.sha256(f"{sys.version} {os.path.realpath(sys.executable)}".encode())
    version = ".".join(map(str, sys.version_info[:3]))
    return ROOT / "build" / "environments" / f"python{version}-{which.hexdigest()[:8]}" / name


def lead_to(folder: Path, name: str) -> None:
    """Let an environment's short name lead to one Python's."""
    short = ROOT / "build" / "environments" / name
    target = folder.relative_to(short.parent)
    if short.is_symlink() and Path(os.readlink(short)) == target:
        return
    if short.is_dir() and not short.is_symlink():
        # As it was before each Python had its own.
        shutil.rmtree(short)
    # In one step: somebody else may be using it.
    made = short.with_name(f".{name}-{os.getpid()}")
    made.symlink_to(target)
    made.replace(short)


def key(name: str) -> str:
    """Return what an environment depends on."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update((ROOT / "requirements" / f"{name}.txt").read_bytes())
    if name == WITH_THE_PROJECT:
        digest.update((ROOT / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def make(folder: Path, name: str) -> bool:
    """Make one environment from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    # Not the environment itself, should it be the active one.
    interpreter = os.path.realpath(sys.executable)
    made = subprocess.run([interpreter, "-m", "venv", str(folder)], check=False)
    if made.returncode:
        print(
            "this Python cannot make virtual environments: install its venv package "
            "(on Debian and Ubuntu: apt install python3-venv)"
        )
        return False
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    requirements = str(ROOT / "requirements" / f"{name}.txt")
    installed = subprocess.run(
        # A lock is whole: nothing else is looked for.
        [*pip, "install", "--no-deps", "--require-hashes", "--requirement", requirements],
        check=False,
    )
    if installed.returncode == 0 and name == WITH_THE_PROJECT:
        arguments = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        installed = subprocess.run([*pip, "install", *arguments], check=False)
    if installed.returncode:
        print(f"installing {requirements} failed: see above; is a package index within reach?")
        return False
    return True


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from making the same environment at the same time."""
    import fcntl

    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main(sys.argv[1:]))

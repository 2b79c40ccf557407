"""Builds the layer: the locked packages, a bill of them, content_sync, and compiled files.

Usage: python3 layer.py FOLDER, with what to build for in the environment:

LAYER_PYTHON        the runtime's version, as the template's parameter Runtime says (3.13)
LAYER_ARCHITECTURE  arm64, x86_64, or host for the machine and the Python that build it (arm64)
LAYER_CACHE         a folder that keeps what was installed for the next time; none by default

`sam build` runs it with whatever Python there is: it needs nothing but pip.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sbom

HERE = Path(__file__).resolve().parent
PLATFORMS = {"arm64": "manylinux2014_aarch64", "x86_64": "manylinux2014_x86_64"}
HOST = "host"
# By it the functions tell whether the layer is for them; see content_sync/__init__.py.
BUILT_FOR = "layer.json"


class Refused(Exception):
    """It cannot be built so; the text says what to do."""


@dataclass(frozen=True)
class Target:
    """What a layer is built for.

    Attributes:
        python: The runtime's version, such as `3.13`.
        architecture: The processor, `arm64` or `x86_64`.
        host: Whether that is this machine and this Python.
    """

    python: str
    architecture: str
    host: bool

    @classmethod
    def chosen(cls) -> "Target":
        """Read the environment.

        Raises:
            Refused: It names no processor that Lambda has, or no version of Python.
        """
        architecture = os.environ.get("LAYER_ARCHITECTURE") or "arm64"
        if architecture == HOST:
            here = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
            return cls(f"{sys.version_info.major}.{sys.version_info.minor}", here, host=True)
        if architecture not in PLATFORMS:
            raise Refused(f"LAYER_ARCHITECTURE={architecture}: it is arm64, x86_64 or host")
        version = os.environ.get("LAYER_PYTHON") or "3.13"
        if not version.startswith("3.") or not version[2:].isdecimal():
            raise Refused(f"LAYER_PYTHON={version}: it is a version such as 3.13")
        return cls(version, architecture, host=False)

    @property
    def pip(self) -> list[str]:
        """Return what pip is told; nothing where it installs for itself."""
        if self.host:
            return []
        wheels = ["--platform", PLATFORMS[self.architecture], "--python-version", self.python]
        return [*wheels, "--implementation", "cp", "--only-binary=:all:"]

    @property
    def compiler(self) -> str | None:
        """Return a Python whose compiled files the runtime takes; None where there is none."""
        if self.host:
            return sys.executable
        name = f"python{self.python}"
        says = "import sys; print(*sys.version_info[:2], sep='.')"
        try:
            # One that is found need not run: version managers leave names that lead nowhere.
            asked = subprocess.run([name, "-c", says], capture_output=True, text=True, check=False)
        except OSError:
            return None
        return name if asked.stdout.strip() == self.python else None


def build(target: Target, folder: Path) -> None:
    """Build the layer into a folder, which holds nothing yet."""
    install(target, folder)
    sbom.main(folder)
    shutil.copytree(HERE / "content_sync", folder / "content_sync")
    built_for = {"python": target.python, "architecture": target.architecture}
    (folder / BUILT_FOR).write_text(json.dumps(built_for) + "\n")
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for compiled in [*folder.rglob("__pycache__")]:
        shutil.rmtree(compiled)
    if target.compiler is None:
        print(
            f"python{target.python} is not installed here, so the layer holds no compiled files: "
            "it works, and a cold start takes about half a second longer"
        )
        return
    # Their time is the source's nobody looks at: Lambda unpacks all with one date.
    options = ["-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([target.compiler, "-m", "compileall", *options, str(folder)], check=True)


def install(target: Target, folder: Path) -> None:
    """Install the locked packages; from the cache, where it has them.

    Raises:
        Refused: pip could not.
    """
    lock = HERE / "requirements.txt"
    cache = os.environ.get("LAYER_CACHE")
    if not cache:
        _pip(target, lock, folder)
        return
    what = f"{target}{sys.version_info[:2]}".encode() + lock.read_bytes()
    kept = Path(cache) / hashlib.sha256(what).hexdigest()[:16]
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Whole, or not at all.
        with tempfile.TemporaryDirectory(dir=kept.parent) as made:
            _pip(target, lock, Path(made) / "packages")
            try:
                (Path(made) / "packages").rename(kept)
            except OSError:
                # Another build was faster.
                if not kept.is_dir():
                    raise
    shutil.copytree(kept, folder)


def _pip(target: Target, lock: Path, folder: Path) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    locked = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
    command = [sys.executable, "-m", "pip", "install", *quiet, *locked, *target.pip]
    done = subprocess.run([*command, "--target", str(folder)], check=False)
    if done.returncode:
        raise Refused(
            f"pip could not install the layer's packages for Python {target.python} on "
            f"{target.architecture}: see above; is a package index within reach?"
        )


def main(folder: Path) -> int:
    """Build; return the exit code."""
    try:
        build(Target.chosen(), folder)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

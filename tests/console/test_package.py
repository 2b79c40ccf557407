"""What `pipx install .` installs: the command, with all that it serves."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house import ROOT


def test_a_wheel_holds_every_file_of_the_command(tmp_path: Path) -> None:
    # Building leaves folders behind in the tree that is built.
    tree = tmp_path / "tree"
    tree.mkdir()
    shutil.copy(ROOT / "pyproject.toml", tree)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "console", tree / "console", ignore=ignored)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(tmp_path), "."]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("console/")}
        (entries,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "content-sync = console.__main__:main" in archive.read(entries).decode()
    files = (path for path in (tree / "console").rglob("*") if path.is_file())
    assert held == {str(path.relative_to(tree)) for path in files}
    assert {"console/page/templates/base.html", "console/page/static/style.css"} <= held

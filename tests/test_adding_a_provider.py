"""docs/adding-a-provider.md, followed to the letter in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "adding-a-provider.md"
COPIED = ("console", "shared", "functions", "sandbox", "tests", "tools", "events", "docs")
FILES = ("template.yaml", "samconfig.toml", "pyproject.toml", "Makefile", "README.md")
STEP = re.compile(
    r"<!-- (?P<verb>file|insert): (?P<path>[^,]+?)(?:, before: (?P<before>.+?))? -->\n"
    r"```\w+\n(?P<text>.*?)```\n",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which the page was followed."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, copy / name)
    for step in STEP.finditer(PAGE.read_text()):
        path = copy / step["path"]
        if step["verb"] == "file":
            assert not path.exists(), f"{step['path']} stands there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["text"])
            continue
        lines = path.read_text().splitlines(keepends=True)
        place = next(n for n, line in enumerate(lines) if line.startswith(step["before"]))
        path.write_text("".join([*lines[:place], step["text"], *lines[place:]]))
    return copy


def run(tree: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{tree / 'shared'}{os.pathsep}{tree}"}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


def test_the_page_touches_what_it_says_and_nothing_else() -> None:
    steps = list(STEP.finditer(PAGE.read_text()))
    edited = {step["path"] for step in steps if step["verb"] == "insert"}
    assert edited == {"shared/content_sync/providers/registry.py", "template.yaml"}
    own = {step["path"] for step in steps if step["verb"] == "file"}
    assert all("acme" in path for path in own)
    assert len(own) == 15


def test_acme_passes_the_suites_that_every_provider_passes(tree: Path) -> None:
    run(tree, "tools.pages")
    said = run(
        tree, "pytest", "-q", "-p", "no:cacheprovider", "-k",
        "acme or test_structure or test_template",
        "tests/conformance", "tests/kills", "tests/contract", "tests/end_to_end", "tests/mapping",
        "tests/template", "tests/providers/test_any_json.py", "tests/unit/test_structure.py",
        "tests/behaviour/test_lifecycle.py",
    )  # fmt: skip
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None
    assert int(passed[1]) > 80, said[-2000:]
    assert "skipped" not in said


def test_acme_s_code_is_as_clean_as_ours(tree: Path) -> None:
    run(tree, "ruff", "check", ".")
    run(tree, "ruff", "format", "--check", ".")
    run(tree, "mypy")

"""Every command line that README, docs and help name is one that works."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from console.app import app
from tests.console.conftest import Typed
from tests.helpers import GO1, at_home, known
from tests.house import House

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# In code blocks and in running text.
LINE = re.compile(r"(?:^|`)content-sync ((?!-)[a-z-]+[^`\n#]*)", re.MULTILINE)
MAIL = "ann@example.com"
RUN = "20261129T081500Z-1a2b3c4d"


def examples() -> list[str]:
    """What the help of each verb shows."""
    epilogs = [command.epilog or "" for command in app.registered_commands]
    return [found[1] for epilog in epilogs for found in re.finditer(r"`content-sync (.+)`", epilog)]


def documented() -> list[str]:
    found = [one.strip() for page in PAGES for one in LINE.findall(page.read_text())]
    # A verb alone is its name.
    return sorted({*found, *examples()} - {"setup"})


@pytest.fixture(name="go1")
def _go1(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Go1 as the examples suppose it, with the files that they name."""
    courses = at_home(house, 20)
    known(house, MAIL)
    GO1.put_rows(house.sandbox, [GO1.row(MAIL, "36000001")])
    house.run("go1", "catalog")
    house.run("go1", "stats")
    monkeypatch.chdir(tmp_path)
    for provider in ("go1", "edflex"):
        keys = house.sandbox.provider_secret(
            provider, group_id=house.group_id, author_id=house.author_id
        )
        content = {"platform": house.sandbox.platform_secret(), "integration": keys}
        Path(f"{provider}.json").write_text(json.dumps(content))
    return courses


def test_there_are_some_for_every_verb() -> None:
    verbs = {str(command.name) for command in app.registered_commands}
    assert {line.split()[0] for line in documented()} == verbs
    assert len(examples()) >= len(verbs)


@pytest.mark.parametrize("line", documented())
@pytest.mark.usefixtures("go1")
def test_it_works(house: House, typed: Typed, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(line)
    latest = house.manage("runs", "go1")["runs"][0]["run_id"]
    words = [latest if word == RUN else word for word in words]
    logged = [json.dumps({"level": "INFO", "message": "m", "timestamp": "t", "run_id": latest})]
    monkeypatch.setattr("console.stack.Stack.log_lines", lambda *_: iter(logged))
    # Nothing is changed where it is set up already; consent is given.
    answers = {"setup": [""], "deactivate": ["y"]}.get(words[0])
    if "--from-file" in words:
        answers = None
    if words[0] == "setup" and "--from-file" not in words and words[1:] != ["go1"]:
        # The whole conversation is in the tests of `setup`.
        house.sandbox.learning360.add_group("Portal", parent=house.group_id)
        answers = ["", "portal", "author@example.org"]
        assert f"2. {words[1].partition('/')[0]}" in typed(*words, answers=answers).stderr
        return
    # What it serves is in the tests of the page.
    monkeypatch.setattr(
        "console.page.serving.PageServer.run", lambda server: server._server.server_close()
    )
    result = typed(*words, answers=answers)
    assert result.exit_code == 0, result.stderr + result.stdout

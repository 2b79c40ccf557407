"""Each Python has environments of its own; a short name leads to those of the last call."""

import os
from pathlib import Path

import pytest

from tools import environments


@pytest.fixture(name="root", autouse=True)
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("small==1\n")
    return tmp_path


@pytest.fixture(name="made")
def _made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was made, without installing anything."""
    made: list[Path] = []

    def make(folder: Path, name: str) -> bool:
        del name
        folder.mkdir(parents=True, exist_ok=True)
        made.append(folder)
        return True

    monkeypatch.setattr(environments, "make", make)
    return made


def test_it_is_made_once_and_again_when_its_lock_changed(root: Path, made: list[Path]) -> None:
    for _ in range(2):
        assert environments.main(["dev"]) == 0
    assert len(made) == 1
    (root / "requirements" / "dev.txt").write_text("small==2\n")
    environments.main(["dev"])
    assert len(made) == 2


def test_another_python_has_its_own_and_changing_back_makes_nothing(
    root: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    short = root / "build" / "environments" / "dev"
    environments.main(["dev"])
    first = short.resolve()
    monkeypatch.setattr(environments.sys, "version", "3.99.0 (another)")
    environments.main(["dev"])
    second = short.resolve()
    assert first != second
    monkeypatch.undo()
    monkeypatch.setattr(environments, "ROOT", root)
    monkeypatch.setattr(environments, "make", lambda *_: pytest.fail("it was there already"))
    environments.main(["dev"])
    assert short.resolve() == first
    assert made == [first, second]


def test_one_of_before_gives_way(root: Path, made: list[Path]) -> None:
    short = root / "build" / "environments" / "dev"
    (short / "bin").mkdir(parents=True)
    environments.main(["dev"])
    assert short.is_symlink()
    assert not Path(os.readlink(short)).is_absolute(), "the checkout may be moved"
    assert len(made) == 1

"""The layer: built for one Python and processor, which it says, and refuses others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import layer
from content_sync.layer import must_fit

ROOT = Path(__file__).parents[2]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = "arm64" if os.uname().machine in ("arm64", "aarch64") else "x86_64"
OTHER_MACHINE = "x86_64" if MACHINE == "arm64" else "arm64"


def built_for(folder: Path, python: str, architecture: str) -> Path:
    path = folder / "layer.json"
    path.write_text(json.dumps({"python": python, "architecture": architecture}))
    return path


def test_one_that_is_for_this_function_fits(tmp_path: Path) -> None:
    must_fit(built_for(tmp_path, HERE, MACHINE))
    # On a developer's machine nothing was built.
    must_fit(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("python", "architecture"), [("3.9", MACHINE), (HERE, OTHER_MACHINE), ("3.9", OTHER_MACHINE)]
)
def test_one_for_another_says_how_to_build_it(
    tmp_path: Path, python: str, architecture: str
) -> None:
    with pytest.raises(ImportError) as refused:
        must_fit(built_for(tmp_path, python, architecture))
    said = str(refused.value)
    assert f"built for Python {python} on {architecture}" in said
    assert f"LAYER_PYTHON={HERE} LAYER_ARCHITECTURE={MACHINE} sam build" in said


def test_a_function_says_so_before_anything_else(tmp_path: Path) -> None:
    (tmp_path / "content_sync").symlink_to(ROOT / "shared" / "content_sync")
    package = tmp_path / "python"
    package.mkdir()
    subprocess.run(["cp", "-R", ROOT / "shared" / "content_sync", package], check=True)
    built_for(package, "3.9", MACHINE)
    app = ROOT / "functions" / "integrations" / "app.py"
    # Isolated: none of its packages is to be had.
    done = subprocess.run(
        [sys.executable, "-S", str(app)],
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith(f"ImportError: the layer was built for Python 3.9 on {MACHINE}")
    )


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LAYER_ARCHITECTURE", "sparc", "it is arm64, x86_64 or host"),
        ("LAYER_PYTHON", "three", "it is a version such as 3.13"),
    ],
)
def test_what_lambda_does_not_have_is_refused_in_a_sentence(
    tmp_path: Path, variable: str, value: str, says: str
) -> None:
    done = subprocess.run(
        ["make", "-s", "-C", "shared", "build-ContentSyncLayer", f"PYTHON={sys.executable}"],
        cwd=ROOT,
        env={**os.environ, "ARTIFACTS_DIR": str(tmp_path), variable: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"{variable}={value}: {says}"
    assert not (tmp_path / "python").exists()


@pytest.fixture(name="installs")
def _installs(monkeypatch: pytest.MonkeyPatch) -> list[layer.Target]:
    """How often pip was asked, which installs one small package here."""
    asked: list[layer.Target] = []

    def pip(target: layer.Target, lock: Path, folder: Path) -> None:
        assert lock.is_file()
        asked.append(target)
        package = folder / "small"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("VALUE = 1\n")
        (folder / "bin").mkdir()

    monkeypatch.setattr(layer, "_pip", pip)
    return asked


def test_the_cache_knows_lock_python_and_processor(
    tmp_path: Path, installs: list[layer.Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYER_CACHE", str(tmp_path / "cache"))
    arm, intel = (layer.Target("3.13", name, host=False) for name in ("arm64", "x86_64"))
    for number, target in enumerate((arm, arm, intel, arm)):
        layer.install(target, tmp_path / f"layer{number}")
        assert (tmp_path / f"layer{number}" / "small" / "__init__.py").is_file()
    assert installs == [arm, intel]
    lock = tmp_path / "shared"
    lock.mkdir()
    (lock / "requirements.txt").write_text("another==1\n")
    monkeypatch.setattr(layer, "HERE", lock)
    layer.install(arm, tmp_path / "later")
    assert installs == [arm, intel, arm]


def test_two_builds_at_once_do_not_disturb_each_other(
    tmp_path: Path, installs: list[layer.Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYER_CACHE", str(tmp_path / "cache"))
    target = layer.Target("3.13", "arm64", host=False)
    alone = layer._pip

    def meanwhile(target: layer.Target, lock: Path, folder: Path) -> None:
        monkeypatch.setattr(layer, "_pip", alone)
        layer.install(target, tmp_path / "faster")
        alone(target, lock, folder)

    monkeypatch.setattr(layer, "_pip", meanwhile)
    layer.install(target, tmp_path / "slower")
    assert len(installs) == 2
    for name in ("faster", "slower"):
        assert (tmp_path / name / "small").is_dir()


def test_one_that_was_interrupted_is_not_taken_for_whole(
    tmp_path: Path, installs: list[layer.Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYER_CACHE", str(tmp_path / "cache"))
    target = layer.Target("3.13", "arm64", host=False)
    whole = layer._pip

    def half(target: layer.Target, lock: Path, folder: Path) -> None:
        whole(target, lock, folder)
        raise layer.Refused("interrupted")

    monkeypatch.setattr(layer, "_pip", half)
    with pytest.raises(layer.Refused):
        layer.install(target, tmp_path / "first")
    assert list((tmp_path / "cache").iterdir()) == []
    monkeypatch.setattr(layer, "_pip", whole)
    layer.install(target, tmp_path / "second")
    assert len(installs) == 2


def test_a_layer_is_compiled_anew_and_says_what_it_is_for(
    tmp_path: Path, installs: list[layer.Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAYER_CACHE", raising=False)
    monkeypatch.setenv("LAYER_ARCHITECTURE", "host")
    folder = tmp_path / "python"
    layer.build(layer.Target.chosen(), folder)
    assert len(installs) == 1
    assert json.loads((folder / "layer.json").read_text()) == {
        "python": HERE,
        "architecture": MACHINE,
    }
    sources = {path.relative_to(folder) for path in folder.rglob("*.py")}
    compiled = {
        path.relative_to(folder).parent.parent / f"{path.name.partition('.')[0]}.py"
        for path in folder.rglob("*.pyc")
    }
    assert compiled == sources
    assert Path("content_sync/layer.py") in sources
    assert not (folder / "bin").exists()
    # Unchecked: no date of a file, which Lambda changes, makes it stale.
    pyc = next(folder.rglob("*.pyc")).read_bytes()
    assert pyc[4:8] == (1).to_bytes(4, "little")


def test_without_the_runtime_s_python_it_works_uncompiled(
    tmp_path: Path, installs: list[layer.Target], capsys: pytest.CaptureFixture[str]
) -> None:
    del installs
    layer.build(layer.Target("3.99", "arm64", host=False), tmp_path / "python")
    assert not list(tmp_path.rglob("*.pyc"))
    assert "python3.99 is not installed here" in capsys.readouterr().out


@pytest.mark.parametrize("does", ["exit 127", "echo 3.9"])
def test_a_name_that_leads_to_no_such_python_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text(f"#!/bin/sh\n{does}\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    target = layer.Target("3.99", "arm64", host=False)
    assert target.compiler is None
    shim.write_text("#!/bin/sh\necho 3.99\n")
    assert target.compiler == "python3.99"

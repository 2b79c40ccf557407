"""The supply chain's own tools: what a bill says, and that nothing looked up is no pass."""

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import sbom
from tools import security

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "shared" / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_is_of_its_wishes_has_hashes_and_names_no_index(lock: Path) -> None:
    text = lock.read_text()
    packages = dict(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))
    wanted = re.findall(
        r"^([A-Za-z0-9-]+)(?:\[.*\])?==(\S+)$", lock.with_suffix(".in").read_text(), re.MULTILINE
    )
    assert wanted
    for name, version in wanted:
        assert packages[name.lower()] == version
    for block in re.split(r"\n(?=[a-z0-9])", text):
        assert not re.match(r"[a-z0-9-]+==", block) or "--hash=sha256:" in block
    # No address, and no option of the installer's, which could name one.
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


def test_the_tests_run_on_what_the_layer_holds() -> None:
    pattern = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    shipped = dict(pattern.findall((ROOT / "shared" / "requirements.txt").read_text()))
    tested = dict(pattern.findall((ROOT / "requirements" / "dev.txt").read_text()))
    assert shipped.items() <= tested.items()
    assert metadata.version("pydantic") == shipped["pydantic"]


def let_pip_audit_say(
    monkeypatch: pytest.MonkeyPatch, out: str, error: str = "", code: int = 0
) -> None:
    done = subprocess.CompletedProcess([], code, out.encode(), error.encode())
    monkeypatch.setattr(security, "_run", lambda *_: done)


def test_nothing_looked_up_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    skipped = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    assert security.audit(skipped) == (0, ["a"], [])
    assert security.audit({}) == (0, [], [])
    monkeypatch.setattr(security, "look_at_code", list)
    monkeypatch.setattr(security, "look_at_layer", list)
    let_pip_audit_say(monkeypatch, "", "requests.exceptions.ConnectionError: Max retries exceeded")
    assert security.main([]) == security.NOT_AUDITED
    assert security.main(["--offline-passes"]) == 0
    one = {"name": "b", "version": "1", "vulns": []}
    partly = {"dependencies": [*skipped["dependencies"], one]}
    let_pip_audit_say(monkeypatch, json.dumps(partly))
    assert security.main([]) == security.NOT_AUDITED
    let_pip_audit_say(monkeypatch, json.dumps({"dependencies": [one]}))
    assert security.main([]) == 0


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("", ""),
        ("", "pip-audit: error: unrecognized arguments: --x"),
        ("", "something timed out\nKeyError: 'x'"),
        ("{}", ""),
        ("[]", ""),
        ("null", ""),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', ""),
    ],
)
def test_a_check_that_could_not_even_run_never_passes(
    monkeypatch: pytest.MonkeyPatch, out: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(security, "look_at_code", list)
    monkeypatch.setattr(security, "look_at_layer", list)
    let_pip_audit_say(monkeypatch, out, said, code=2)
    assert security.main(["--offline-passes"]) == 1
    assert "pip-audit failed (exit code 2)" in capsys.readouterr().out


def test_a_known_fault_is_found_whatever_else_was_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = {"id": "CVE-1", "fix_versions": ["2"]}
    report: dict[str, Any] = {
        "dependencies": [{"name": "a", "version": "1", "vulns": [fault]}, {"name": "b"}]
    }
    looked_up, skipped, (known,) = security.audit(report)
    assert (looked_up, skipped, known) == (1, ["b"], "a 1: CVE-1, mended in ['2']")
    monkeypatch.setattr(security, "look_at_code", list)
    monkeypatch.setattr(security, "look_at_layer", lambda: ["a licence"])
    let_pip_audit_say(monkeypatch, "", "Max retries exceeded")
    assert security.main(["--offline-passes"]) == 1


def test_the_bill_names_what_is_installed_and_its_licence(tmp_path: Path) -> None:
    for name, line in {
        "Some_Package": "License-Expression: MIT",
        "other": "Classifier: License :: OSI Approved :: Apache Software License",
        "third": "License: BSD-3-Clause",
        "bare": "Summary: nothing said",
    }.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        said = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{line}\n"
        (folder / "METADATA").write_text(said)
    sbom.main(tmp_path)
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert {one["purl"]: one["licenses"] for one in bill["components"]} == {
        "pkg:pypi/some-package@1.0": [{"expression": "MIT"}],
        "pkg:pypi/other@1.0": [{"license": {"name": "Apache Software License"}}],
        "pkg:pypi/third@1.0": [{"license": {"name": "BSD-3-Clause"}}],
        "pkg:pypi/bare@1.0": [],
    }

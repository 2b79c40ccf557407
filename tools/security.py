"""Looks at our own code, and at what is shipped with it: `make security`.

Builds the layer as it is shipped, reads its bill, and lets each check say what it found. Known
faults of packages are looked up in a database elsewhere; where that cannot be reached nothing was
audited, which is said and is not a pass: exit code 3, and 1 for anything found. `--offline-passes`
lets it be enough that all else is well, for machines that reach no database.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
LOCK = "shared/requirements.txt"
# Licences that ask for no more than to be named, and Mozilla's, which asks for nothing of users.
LICENCES = {
    "Apache License 2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "MIT",
    "MIT License",
    "MIT No Attribution License (MIT-0)",
    "MIT-0",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
}
NOT_AUDITED = 3
# How it sounds where no database can be reached.
UNREACHABLE = (
    "ConnectionError",
    "Connection refused",
    "Connection reset",
    "Max retries exceeded",
    "NameResolutionError",
    "ProxyError",
    "Temporary failure in name resolution",
    "timed out",
)


def main(arguments: list[str]) -> int:
    """Run all checks; return the exit code."""
    found = look_at_code() + look_at_layer()
    audited, skipped, known = look_for_known_faults()
    for line in found + known:
        print(line)
    if found or known:
        return 1
    print("code, licences and bill are in order")
    if audited and not skipped:
        print(f"{audited} packages have no known faults")
        return 0
    which = ", ".join(skipped) if audited else "any package"
    print(f"NOT AUDITED: no database of known faults told of {which}; run it where one does")
    return 0 if "--offline-passes" in arguments else NOT_AUDITED


_AUDIT = ("--requirement", LOCK, "--disable-pip", "--require-hashes", "--format", "json")


def look_at_code() -> list[str]:
    """Return what bandit found."""
    folders = [str(ROOT / name) for name in ("shared", "functions", "tools")]
    report = json.loads(
        _output("bandit", "--quiet", "--recursive", "-ll", "--format", "json", *folders)
    )
    return [
        f"{one['filename']}:{one['line_number']}: {one['issue_text']} ({one['test_id']})"
        for one in report["results"] + report["errors"]
    ]


def look_at_layer() -> list[str]:
    """Return what is wrong with what the layer is made of."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ARTIFACTS_DIR": folder, "LAYER_ARCHITECTURE": "host"}
        subprocess.run(
            ["make", "-s", "-C", "shared", "build-ContentSyncLayer", f"PYTHON={sys.executable}"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        return faults_of(Path(folder, "python", "sbom.cdx.json").read_text())


def faults_of(bill: str) -> list[str]:
    """Return what is wrong with a bill: its form, or a licence that nobody looked at."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill)
    found = [] if error is None else [f"the bill is no CycloneDX: {error}"]
    components = json.loads(bill)["components"]
    if not components:
        found.append("the bill is empty")
    for component in components:
        licences = [
            one.get("expression") or one["license"]["name"] for one in component["licenses"]
        ]
        named = {word for licence in licences or ["none"] for word in _words(licence)}
        if strange := named - LICENCES:
            found.append(f"{component['purl']}: nobody looked at licence {', '.join(strange)}")
    return found


def _words(expression: str) -> list[str]:
    """Return the licences of an expression, all of which must be in order."""
    if expression in LICENCES:
        return [expression]
    return [one.strip("() ") for one in expression.replace(" OR ", " AND ").split(" AND ")]


def look_for_known_faults() -> tuple[int, list[str], list[str]]:
    """Return what `audit` does; that nothing was told because no database answered is no fault."""
    done = _run("pip-audit", *_AUDIT)
    with contextlib.suppress(ValueError):
        report = json.loads(done.stdout)
        # It ends with 1 where it found something.
        if isinstance(report, dict) and report.get("dependencies") and done.returncode in (0, 1):
            return audit(report)
    last = (done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"])[-1]
    if any(sign in last for sign in UNREACHABLE):
        return audit({})
    return 0, [], [f"pip-audit failed (exit code {done.returncode}); it said: {last}"]


def audit(report: dict[str, Any]) -> tuple[int, list[str], list[str]]:
    """Return how many packages were looked up, which were not, and the known faults.

    Args:
        report: Of pip-audit; empty where it could not even begin.
    """
    packages = report.get("dependencies", [])
    looked_up = [one for one in packages if "vulns" in one]
    known = [
        f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for one in looked_up
        for fault in one["vulns"]
    ]
    skipped = [one["name"] for one in packages if "vulns" not in one]
    return len(looked_up), skipped, known


def _output(command: str, *arguments: str) -> str:
    return _run(command, *arguments).stdout.decode()


def _run(command: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [str(BIN / command), *arguments], cwd=ROOT, capture_output=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

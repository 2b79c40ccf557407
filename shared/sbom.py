"""Writes the bill of what the layer is made of: CycloneDX 1.6, from what was installed.

Usage: python3 sbom.py FOLDER

`sam build` runs it with whatever Python there is: it needs nothing but the standard library.
"""

import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Write the bill of a folder into it."""
    found = metadata.distributions(path=[str(folder)])
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "content-sync"}},
        "components": sorted(map(component, found), key=lambda one: str(one["bom-ref"])),
    }
    (folder / "sbom.cdx.json").write_text(json.dumps(bill, indent=2) + "\n")


def component(package: metadata.Distribution) -> dict[str, Any]:
    """Return what the bill says of one package."""
    name, about = package.name.lower().replace("_", "-"), package.metadata
    url = f"pkg:pypi/{name}@{package.version}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": package.version,
        "purl": url,
        "licenses": licences(about),
    }


def licences(about: Any) -> list[dict[str, Any]]:
    """Return what a package says of its licence, in the way that says most."""
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    names = classified or [line for line in (about.get("License") or "").splitlines()[:1] if line]
    return [{"license": {"name": name}} for name in names]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

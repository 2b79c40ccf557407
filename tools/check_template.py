"""The template's gate: sam validate, and cfn-lint on the SAM file and on its translation.

Each finds what the others miss: SAM's translator knows unknown properties and policy templates,
cfn-lint on the translation knows wrong values in Globals. What none of them reads (cron
expressions, zones, names, handlers, rights) is tested in tests/template. Runs in the environment of
SAM's own command line (requirements/sam.txt).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
REGION = "eu-west-3"
PLACEHOLDER = "s3://placeholder-bucket/code.zip"


def main() -> int:
    """Run the whole gate; return the exit code."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    os.environ["SAM_CLI_TELEMETRY"] = "0"
    template = load()
    failed = run("sam", "validate", "--lint", "--region", REGION)
    failed |= run("cfn-lint", "template.yaml")
    translated = translate(template)
    if made := roles(translated) - roles(template):
        print(f"SAM makes roles of its own, which nobody limits: {', '.join(sorted(made))}")
        failed = True
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "translated.json"
        file.write_text(json.dumps(translated))
        failed |= run("cfn-lint", str(file))
    return int(failed)


def run(*command: str) -> bool:
    """Run a tool of this environment; return True when it found something."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False)
    return done.returncode != 0


def load() -> dict[str, Any]:
    """Return the SAM file, with CloudFormation's short forms spelt out."""
    from samcli.yamlhelper import yaml_parse

    template: dict[str, Any] = json.loads(
        json.dumps(yaml_parse((ROOT / "template.yaml").read_text()))
    )
    return template


def translate(template: dict[str, Any]) -> Any:
    """Return the CloudFormation template that SAM makes of it, its code taken as uploaded."""
    from samtranslator.translator.transform import transform

    template = json.loads(json.dumps(template))
    for resource in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = PLACEHOLDER
    return transform(template, {}, _NoManagedPolicies())


def roles(template: dict[str, Any]) -> set[str]:
    """Return the names of a template's roles."""
    resources = template["Resources"].items()
    return {name for name, resource in resources if resource["Type"] == "AWS::IAM::Role"}


class _NoManagedPolicies:
    """No managed policy is named in the template: nothing has to be looked up."""

    def load(self) -> dict[str, str]:
        return {}


if __name__ == "__main__":
    sys.exit(main())

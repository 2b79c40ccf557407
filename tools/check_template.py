"""The template's gate: sam validate, cfn-lint on the SAM file and on its translation, and ours.

Each finds what the others miss: SAM's translator knows unknown properties and policy templates,
cfn-lint on the translation knows wrong values in Globals, and neither reads cron expressions, time
zones or handlers. Runs in the environment of SAM's own command line (requirements/sam.txt).
"""

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zoneinfo
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
REGION = "eu-west-3"
PLACEHOLDER = "s3://placeholder-bucket/code.zip"
# Minutes, hours, day of month, month, day of week, year: what our schedules may say.
CRON = re.compile(r"cron\(([0-5]?\d) ((?:1?\d|2[0-3])(?:,(?:1?\d|2[0-3]))*) \* \* \? \*\)")
# Which parameter of the template stands for which zone of the schedules.
ZONES = {"PARIS_ZONE": "ParisZone", "FIXED_ZONE": "FixedZone"}
sys.path.insert(0, str(ROOT / "shared"))
PROVIDERS = importlib.import_module("content_sync.providers.registry").PROVIDERS
SCHEDULES = {
    f"{provider.name}_{kind}": (schedule.cron, ZONES[schedule.zone])
    for provider in PROVIDERS.values()
    for kind, schedule in provider.schedules.items()
}


def main() -> int:
    """Runs the whole gate; returns the exit code."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    os.environ["SAM_CLI_TELEMETRY"] = "0"
    template = load()
    problems = our_own(template)
    for problem in problems:
        print(f"template.yaml: {problem}")
    failed = bool(problems)
    failed |= run("sam", "validate", "--lint", "--region", REGION)
    failed |= run("cfn-lint", "template.yaml")
    with tempfile.TemporaryDirectory() as folder:
        translated = Path(folder) / "translated.json"
        translated.write_text(json.dumps(translate(template)))
        failed |= run("cfn-lint", str(translated))
    return int(failed)


def run(*command: str) -> bool:
    """Runs a tool of this environment; True when it found something."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False)
    return done.returncode != 0


def load() -> dict[str, Any]:
    """The SAM file, with CloudFormation's short forms spelt out."""
    from samcli.yamlhelper import yaml_parse

    template: dict[str, Any] = json.loads(
        json.dumps(yaml_parse((ROOT / "template.yaml").read_text()))
    )
    return template


def translate(template: dict[str, Any]) -> Any:
    """The CloudFormation template that SAM makes of it, its code taken as uploaded."""
    from samtranslator.translator.transform import transform

    template = json.loads(json.dumps(template))
    for resource in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = PLACEHOLDER
    return transform(template, {}, _NoManagedPolicies())


class _NoManagedPolicies:
    """No managed policy is named in the template: nothing has to be looked up."""

    def load(self) -> dict[str, str]:
        return {}


def our_own(template: dict[str, Any]) -> list[str]:
    """What no tool sees: handlers, schedules, zones, secrets and rights."""
    problems: list[str] = []
    functions = {
        Path(resource["Properties"]["CodeUri"]).name: resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    folders = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    for name in sorted(functions.keys() ^ folders):
        problems.append(f"functions/{name} is either not there or not deployed")
    for name, properties in sorted(functions.items()):
        source = ROOT / "functions" / name / "app.py"
        if source.is_file() and "def lambda_handler(" not in source.read_text():
            problems.append(f"functions/{name}/app.py has no lambda_handler")
        problems += schedule_problems(name, properties)
        problems += rights_problems(name, properties)
    for parameter in ZONES.values():
        try:
            zoneinfo.ZoneInfo(template["Parameters"][parameter]["Default"])
        except (KeyError, ValueError):
            problems.append(f"the default of {parameter} is no time zone")
    return problems


def schedule_problems(name: str, properties: dict[str, Any]) -> list[str]:
    """What is wrong with a function's schedules."""
    events = list(properties.get("Events", {}).values())
    expected = SCHEDULES.get(name)
    if expected is None:
        return [f"{name} must have no schedule"] if events else []
    if len(events) != 1 or events[0]["Type"] != "ScheduleV2":
        return [f"{name} must have one ScheduleV2"]
    schedule = events[0]["Properties"]
    problems: list[str] = []
    if not CRON.fullmatch(schedule["ScheduleExpression"]):
        problems.append(f"{name}: {schedule['ScheduleExpression']} is no daily cron expression")
    if (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"].get("Ref")) != (
        expected
    ):
        problems.append(f"{name} must fire at {expected[0]} in {expected[1]}")
    if schedule.get("Input") != "{}":
        problems.append(f"{name}: the scheduler must send an empty event")
    if "RetryPolicy" not in schedule or "DeadLetterConfig" not in schedule:
        problems.append(f"{name}: the schedule needs a retry policy and a dead-letter queue")
    return problems


def rights_problems(name: str, properties: dict[str, Any]) -> list[str]:
    """Rights that a function has and does not need."""
    text = json.dumps(properties.get("Policies", []))
    problems = [f"{name} has a right on everything"] if re.search(r'"\*"|:\*"', text) else []
    provider = name.partition("_")[0]
    if name != "integrations":
        for other in re.findall(r"integrations/([a-z0-9*]+)/\*", text):
            if other != provider:
                problems.append(f"{name} may read the secrets of {other}")
    return problems


if __name__ == "__main__":
    sys.exit(main())

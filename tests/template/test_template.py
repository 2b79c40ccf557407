"""What no linter reads in the template: handlers, schedules, zones, names and rights."""

import json
import re
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
import yaml

from content_sync.providers.registry import PROVIDERS
from content_sync.providers.schedule import DEFAULT_ZONES, FIXED, PARIS

ROOT = Path(__file__).parents[2]
# Minutes, hours, day of month, month, day of week, year: what our schedules may say.
CRON = re.compile(r"cron\(([0-5]?\d) ((?:1?\d|2[0-3])(?:,(?:1?\d|2[0-3]))*) \* \* \? \*\)")
# Which parameter of the template stands for which zone of the schedules.
ZONES = {PARIS: "ParisZone", FIXED: "FixedZone"}
SCHEDULES = {
    f"{provider.name}_{kind}": schedule
    for provider in PROVIDERS.values()
    for kind, schedule in provider.schedules.items()
}


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their long ones."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".")
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Template.add_multi_constructor("!", _long_form)
TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Template)
FUNCTIONS: dict[str, dict[str, Any]] = {
    Path(resource["Properties"]["CodeUri"]).name: resource["Properties"]
    for resource in TEMPLATE["Resources"].values()
    if resource["Type"] == "AWS::Serverless::Function"
}


def after_the_stack(function: str) -> dict[str, str]:
    return {"Fn::Sub": f"${{AWS::StackName}}-{function.replace('_', '-')}"}


def schedules_of(function: str) -> list[dict[str, Any]]:
    return [
        event["Properties"]
        for event in FUNCTIONS[function].get("Events", {}).values()
        if event["Type"] == "ScheduleV2"
    ]


def test_every_handler_is_deployed_and_every_function_has_one() -> None:
    folders = {path.parent.name for path in ROOT.glob("functions/*/app.py")}
    assert set(FUNCTIONS) == folders
    assert folders == set(SCHEDULES) | {"integrations"}
    for folder in folders:
        assert "def lambda_handler(" in (ROOT / "functions" / folder / "app.py").read_text()


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_names_begin_with_the_stack_so_that_two_live_in_one_account(function: str) -> None:
    assert FUNCTIONS[function]["FunctionName"] == after_the_stack(function)
    for schedule in schedules_of(function):
        assert schedule["Name"] == after_the_stack(function)


@pytest.mark.parametrize("function", sorted(SCHEDULES))
def test_functions_fire_when_the_provider_s_record_says(function: str) -> None:
    (schedule,) = schedules_of(function)
    expected = SCHEDULES[function]
    assert CRON.fullmatch(schedule["ScheduleExpression"])
    assert schedule["ScheduleExpression"] == expected.cron
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": ZONES[expected.zone]}
    assert schedule["State"] == {"Ref": "SchedulesState"}
    assert schedule["Input"] == "{}"
    assert {"RetryPolicy", "DeadLetterConfig"} <= schedule.keys()


def test_integrations_are_managed_by_hand() -> None:
    assert "Events" not in FUNCTIONS["integrations"]


@pytest.mark.parametrize("zone", sorted(ZONES))
def test_zones_exist_and_are_those_of_the_code(zone: str) -> None:
    default = TEMPLATE["Parameters"][ZONES[zone]]["Default"]
    assert default == DEFAULT_ZONES[zone]
    zoneinfo.ZoneInfo(default)


def test_nobody_has_a_right_on_everything() -> None:
    roles = [one for one in TEMPLATE["Resources"].values() if one["Type"] == "AWS::IAM::Role"]
    assert not re.search(r'"\*"|:\*"', json.dumps(roles))


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_what_reads_statistics_has_room_for_the_rows(function: str) -> None:
    storage = FUNCTIONS[function].get("EphemeralStorage")
    assert (storage is not None) == function.endswith(("_stats", "integrations"))


def test_memory_is_chosen_beyond_what_was_measured() -> None:
    """`make bench` measures at most 256 MB, with a million statistics."""
    assert TEMPLATE["Parameters"]["MemorySize"]["MinValue"] >= 2 * 256

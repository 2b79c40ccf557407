"""Every request that goes to 360Learning is one that the vendor's own OpenAPI admits.

The contract is cut from the specification by tools/cut_contract.py, not written by us.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.providers import PROVIDERS
from sandbox.service import Recorded
from sandbox.world import populate
from tests.helpers import wipe
from tests.house import House

CONTRACT = json.loads((Path(__file__).parent / "360learning.json").read_text())
PREFIX = "/360learning"
NAMES = sorted(PROVIDERS)


def schema(part: Any) -> Any:
    """A schema that can be validated by itself, with strict keys for objects of requests."""
    return {**part, "components": CONTRACT["components"]}


def operation_of(request: Recorded) -> tuple[str, dict[str, Any]]:
    path = request.path.removeprefix(PREFIX)
    for template, operations in CONTRACT["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"([^/]+)", template)
        if re.fullmatch(pattern, path) and request.method.lower() in operations:
            return template, operations[request.method.lower()]
    raise AssertionError(f"{request.method} {path} is not in the specification")


def validate(request: Recorded) -> None:
    template, operation = operation_of(request)
    values = re.fullmatch(
        re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), request.path.removeprefix(PREFIX)
    )
    assert values is not None
    headers = {name.lower(): value for name, value in request.headers.items()}
    allowed: set[str] = set()
    for parameter in operation["parameters"]:
        name, place = parameter["name"], parameter["in"]
        if place == "path":
            jsonschema.validate(values[name], schema(parameter["schema"]))
        elif place == "header":
            assert name.lower() in headers or not parameter.get("required")
            jsonschema.validate(headers[name.lower()], schema(parameter["schema"]))
        else:
            # deepObject: field[operator]=value, and field[operator][number]=value of an array
            properties = parameter["schema"].get("properties", {})
            for key, value in request.query:
                found = re.fullmatch(rf"{name}\[(\w+)\](\[\d+\])?", key)
                if found is not None and found[1] in properties:
                    asked = properties[found[1]]
                    jsonschema.validate([value] if found[2] else value, schema(asked))
                    allowed.add(key)
    assert {key for key, _ in request.query} <= allowed | {"next"}
    body = operation["requestBody"]
    if body is None:
        assert request.body == b""
        return
    assert headers["content-type"] == "application/json"
    content = json.loads(request.body)
    jsonschema.validate(content, schema(body["content"]["application/json"]["schema"]))
    assert_known_keys(content, body["content"]["application/json"]["schema"])


def assert_known_keys(content: Any, part: Any) -> None:
    """No key that the specification does not name: what the service does with those is open."""
    if "$ref" in part:
        part = CONTRACT["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    for inner in part.get("allOf", []):
        assert_known_keys(content, inner)
    if isinstance(content, dict) and "properties" in part:
        assert content.keys() <= part["properties"].keys(), content.keys()
        for key, value in content.items():
            assert value is not None
            assert_known_keys(value, part["properties"][key])
    if isinstance(content, list) and "items" in part:
        for item in content:
            assert_known_keys(item, part["items"])


@pytest.mark.parametrize("provider", NAMES)
def test_every_request_validates_against_the_specification(
    house: House, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    populate(house.sandbox, seed=3, courses=45, enrollments=60)
    traffic = house.sandbox.traffic
    traffic.recording = True
    more: dict[str, Any] = {"sync_tags": True} if provider == "edflex" else {}
    group = house.sandbox.learning360.add_group("Further")
    house.settle_in(provider, extra_group_ids=[group], **more)
    house.manage("activate", provider)
    house.run(provider, "catalog", mode="plan")
    house.run(provider, "catalog")
    house.run(provider, "stats")
    tenant = PROVIDERS[provider].tenant
    tenant.put(house.sandbox, [tenant.course(number, "Other") for number in range(3)])
    house.run(provider, "catalog", allow_archives=1000)
    populate(house.sandbox, seed=3, courses=45, enrollments=0)
    house.settle_in(provider, **more)
    house.run(provider, "catalog")
    house.manage("check", provider)
    house.manage("reconcile", provider, mode="apply")
    tenant.put(house.sandbox, [tenant.course(number, "Another") for number in range(2, 5)])
    wipe(house, "course#")
    house.manage("reconcile", provider, mode="apply", allow_archives=1000)
    house.manage("deactivate", provider, allow_archives=1000)
    sent = [request for request in traffic.recorded if request.path.startswith(PREFIX)]
    assert len(sent) > 20
    for request in sent:
        validate(request)
    used = {f"{request.method} {operation_of(request)[0]}" for request in sent}
    assert "PUT /api/v2/bulk/integrations/{integrationId}/courses" in used
    assert "POST /api/v2/bulk/integrations/{integrationId}/stats" in used
    assert "GET /api/v2/courses" in used
    if tenant.archives:
        assert "DELETE /api/v2/bulk/integrations/{integrationId}/courses" in used
        assert "PUT /api/v2/courses/{courseId}/archive" in used


def test_the_languages_are_those_of_the_specification() -> None:
    from content_sync.domain.languages import LANGUAGES

    item = CONTRACT["components"]["schemas"]["ExternalCourseDTO"]
    assert set(item["properties"]["defaultLang"]["enum"]) == LANGUAGES


def test_the_contract_refuses_what_is_wrong() -> None:
    """The validation above can fail."""
    item = {"externalId": "x", "name": "n", "launchUrl": "u", "defaultLang": "en_US"}
    body = CONTRACT["paths"]["/api/v2/bulk/integrations/{integrationId}/courses"]["put"]
    part = body["requestBody"]["content"]["application/json"]["schema"]
    wrong = {"input": [item | {"sources": [], "subjects": []}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema(part))
    with pytest.raises(AssertionError):
        assert_known_keys({"input": [{"unknown": 1}]}, part)

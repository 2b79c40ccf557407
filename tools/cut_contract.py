"""Cuts what the tests need from the vendor's OpenAPI files into one small data file.

Usage: python tools/cut_contract.py BULK.json CORE.json > tests/contract/360learning.json

The files are those that 360Learning publishes beside its API reference. Nothing is retyped: paths
and schemas are copied as they are, descriptions and examples left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

# What the program calls; everything else of the specification is left out.
PATHS = (
    "/api/v2/oauth2/token",
    "/api/v2/integrations",
    "/api/v2/integrations/{integrationId}",
    "/api/v2/integrations/{integrationId}/courses/{externalId}",
    "/api/v2/courses",
    "/api/v2/courses/stats",
    "/api/v2/courses/{courseId}",
    "/api/v2/courses/{courseId}/archive",
    "/api/v2/courses/{courseId}/tags",
    "/api/v2/tags",
    "/api/v2/users",
    "/api/v2/users/{userId}",
    "/api/v2/users/{userId}/roles",
    "/api/v2/groups",
    "/api/v2/groups/{groupId}",
    "/api/v2/bulk/groups/catalog",
    "/api/v2/bulk/groups/library",
    "/api/v2/bulk/integrations/{integrationId}/courses",
    "/api/v2/bulk/integrations/{integrationId}/stats",
    "/api/v2/bulk/operations",
    "/api/v2/bulk/operations/{bulkOperationId}",
    "/api/v2/bulk/operations/{bulkOperationId}/results",
)
PROSE = ("description", "example", "examples", "summary", "title")


def main(files: list[str]) -> None:
    """Print the contract."""
    specifications = [json.loads(Path(file).read_text()) for file in files]
    paths: dict[str, Any] = {}
    for specification in specifications:
        for path, operations in specification["paths"].items():
            for method, operation in operations.items():
                if path in PATHS:
                    paths.setdefault(path, {})[method] = {
                        "parameters": plain(operation.get("parameters", [])),
                        "requestBody": plain(operation.get("requestBody")),
                    }
    if missing := set(PATHS) - paths.keys():
        sys.exit(f"not in the specification: {sorted(missing)}")
    schemas: dict[str, Any] = {}
    wanted = references(paths)
    while wanted - schemas.keys():
        for name in wanted - schemas.keys():
            for specification in specifications:
                if name in specification["components"]["schemas"]:
                    schemas[name] = plain(specification["components"]["schemas"][name])
        wanted |= references(schemas)
    contract = {"paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}
    print(json.dumps(contract, indent=1))


def plain(value: Any, *, names: bool = False) -> Any:
    """Without prose; `names` says that the keys are names of properties, which may be anything."""
    if isinstance(value, dict):
        return {
            key: plain(inner, names=key == "properties")
            for key, inner in value.items()
            if names or key not in PROSE
        }
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def references(value: Any) -> set[str]:
    """Return the names of the schemas that a value refers to."""
    if isinstance(value, dict):
        own = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(references(inner) for inner in value))
    return set()


if __name__ == "__main__":
    main(sys.argv[1:])

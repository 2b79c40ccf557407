"""Cuts the schemas of vendors' answers, of which the fuzz makes its own, into one data file.

Usage: python -m tools.cut_answers FOLDER > tests/fuzz/answers.json

The folder holds the OpenAPI files that the vendors publish. Nothing is retyped: schemas are copied
as they are, descriptions and examples left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.cut_contract import plain, references

# Which answer of which file, by the name under which the fuzz asks for it.
ANSWERS = {
    "openclassrooms course": ("openclassrooms-api.yml", "/courses/{courseId}"),
    "openclassrooms followed": ("openclassrooms-api.yml", "/users/{userId}/followed-courses/"),
    "openclassrooms users": ("openclassrooms-api.yml", "/organizations/{organizationId}/users"),
    "go1 learning object": ("go1-openapi.yml", "/learning-objects/{id}"),
    "go1 enrollment": ("go1-openapi.yml", "/enrollments/{id}"),
    "360learning attempts": ("360learning-core-api.json", "/api/v2/courses/stats"),
    "360learning users": ("360learning-core-api.json", "/api/v2/users"),
    "360learning results": (
        "360learning-bulk-api.json",
        "/api/v2/bulk/operations/{bulkOperationId}/results",
    ),
}


def main(folder: str) -> None:
    """Print the schemas."""
    cut: dict[str, Any] = {}
    files = {name: _read(Path(folder, name)) for name, _ in ANSWERS.values()}
    for name, (file, path) in ANSWERS.items():
        (answer,) = (
            found
            for status, found in files[file]["paths"][path]["get"]["responses"].items()
            if str(status) == "200"
        )
        (media,) = answer["content"].values()
        components = files[file].get("components", {}).get("schemas", {})
        schemas: dict[str, Any] = {}
        schema = plain(media["schema"])
        wanted = references(schema)
        while missing := wanted - schemas.keys():
            schemas |= {one: plain(components[one]) for one in missing}
            wanted |= references(schemas)
        cut[name] = {"schema": schema, "components": {"schemas": dict(sorted(schemas.items()))}}
    print(json.dumps(cut, indent=1))


def _read(file: Path) -> Any:
    text = file.read_text()
    return json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)


if __name__ == "__main__":
    main(sys.argv[1])

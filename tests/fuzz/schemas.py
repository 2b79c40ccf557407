"""Values as vendors' schemas describe them, and as nobody describes them, from the same schemas."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())
# What stands in the place of anything, now and then.
ODD = st.sampled_from(
    (None, True, -1, 0.5, 1e308, 10**400, "", " ", "\x00", "\ud800", "²²", "9" * 5000,
     "a@b.example", "<b>x", "2026-02-31T25:00Z", [], {}, [[]], {"": None})
)  # fmt: skip
TEXTS = {
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "date": st.dates().map(str),
    "uri": st.sampled_from(("https://a.example/x", "http://a.example", "//", "https://[")),
    "email": st.sampled_from(("a@example.com", "A@EXAMPLE.COM", "a", "@")),
    "ObjectId": st.integers(0, 2**96 - 1).map(lambda number: f"{number:024x}"),
}


def answers(name: str) -> st.SearchStrategy[Any]:
    """Answers as a vendor's schema describes them, a part of them odd at any place."""
    return _of(ANSWERS[name]["schema"], ANSWERS[name]["components"]["schemas"], 4)


def _of(schema: dict[str, Any], named: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _of(named[schema["$ref"].rpartition("/")[2]], named, depth)
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return st.one_of(*(_of(one, named, depth) for one in schema[key]))
    if "allOf" in schema:
        parts = [_of(one, named, depth) for one in schema["allOf"]]
        return st.tuples(*parts).map(_together)
    return _or_odd(_plain(schema, named, depth), nullable=bool(schema.get("nullable")))


@st.composite
def _or_odd(draw: st.DrawFn, value: st.SearchStrategy[Any], *, nullable: bool) -> Any:
    """Draw a value; one in ten is odd, and of those that may be null another one is."""
    chance = draw(st.integers(0, 9))
    if chance == 9:
        return draw(ODD)
    return None if nullable and chance == 8 else draw(value)


def _plain(schema: dict[str, Any], named: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        properties = schema.get("properties", {}) if depth else {}
        fields = {name: _of(part, named, depth - 1) for name, part in properties.items()}
        return st.fixed_dictionaries({}, optional=fields)
    if kind == "array":
        items = schema.get("items", {}) if depth else {}
        return st.lists(_of(items, named, depth - 1), max_size=3)
    if kind in ("integer", "number"):
        return st.integers() | st.floats() if kind == "number" else st.integers()
    if kind == "boolean":
        return st.booleans()
    return TEXTS.get(schema.get("format", ""), st.text(max_size=20))


def _together(parts: tuple[Any, ...]) -> Any:
    if all(isinstance(part, dict) for part in parts):
        return {name: value for part in parts for name, value in part.items()}
    return parts[0]

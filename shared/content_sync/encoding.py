"""JSON as this program writes and reads it: compact, in UTF-8, and fast.

What orjson refuses (half characters, whole numbers beyond 64 bits, keys that are no texts) goes the
standard library's way. Whole numbers beyond 64 bits are read as floats, which nothing takes for ids
or amounts; nothing that is written holds floats.
"""

import json
from typing import Any

import orjson


def as_json(value: Any) -> bytes:
    """Return compact JSON; half a surrogate pair is written as `?`.

    Raises:
        TypeError: JSON cannot hold it.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def from_json(text: str | bytes) -> Any:
    """Return what a JSON text holds.

    Raises:
        ValueError: It is none.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def sorted_json(value: Any) -> bytes:
    """Return compact JSON with sorted keys: the same for equal values, for ever.

    What was hashed from it is kept for years. How floats are written may change from one version to
    the next: there are none in what is hashed.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

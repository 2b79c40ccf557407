"""The filters of listings, as https://360learning.readme.io/docs/filtering describes them.

`?type[eq]=a`, `?type[in][0]=a&type[in][1]=b`; the index in brackets is optional. Arrays longer than
20 are refused here: a common parser of query strings turns them into objects.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from sandbox.learning360.platform import refusal
from sandbox.learning360.schema import OBJECT_ID

MOST_IN_AN_ARRAY = 20
_FILTER = re.compile(r"(\w+)\[(eq|ne|in|nin|lt|gte)\](?:\[\d*\])?")
# What a listing takes besides filters: the place of its next page.
_OTHERS = ("next",)

Match = Callable[[Any], bool]


def matching(
    request: web.Request,
    allowed: dict[str, str],
    *,
    ids: Iterable[str] = (),
    normal: Callable[[str, Any], Any] = lambda name, value: value,
) -> Callable[[dict[str, Any]], bool]:
    """Return what tells whether a row passes all filters of a request.

    Args:
        request: The request.
        allowed: For each field, the operators that the endpoint documents, as words.
        ids: The fields whose values must be ObjectIds.
        normal: Brings a field's value into the form in which it is compared.
    """
    asked: dict[tuple[str, str], list[str]] = {}
    for key, value in request.query.items():
        if key in _OTHERS:
            continue
        found = _FILTER.fullmatch(key)
        if found is None or found[2] not in allowed.get(found[1], "").split():
            raise refusal(400, "invalidInput", f"{key} is not a filter of this endpoint")
        asked.setdefault((found[1], found[2]), []).append(value)
    for (name, _), values in asked.items():
        if len(values) > MOST_IN_AN_ARRAY:
            raise refusal(400, "invalidInput", f"{name} must be an array")
        if name in ids and not all(OBJECT_ID.match(value) for value in values):
            raise refusal(400, "invalidInput", f"{name} must be an ObjectId")
    tests = [
        (name, _test(operator, {normal(name, value) for value in values}))
        for (name, operator), values in asked.items()
    ]

    def passes(row: dict[str, Any]) -> bool:
        return all(test(normal(name, row.get(name))) for name, test in tests)

    return passes


def _test(operator: str, values: set[Any]) -> Match:
    value = next(iter(values))
    tests: dict[str, Match] = {
        "eq": lambda found: found == value,
        "ne": lambda found: found != value,
        "in": lambda found: found in values,
        "nin": lambda found: found not in values,
        "lt": lambda found: found is not None and found < value,
        "gte": lambda found: found is not None and found >= value,
    }
    return tests[operator]

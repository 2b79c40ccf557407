"""The providers as an engineer reads them in an afternoon: logins, listings and mappings.

What the peers need of them and no framework brings, one module a provider. Only what the
benchmark's own data holds is understood: nothing is withdrawn, missing or of another type. Nothing
of it is the program's.
"""

import importlib
from typing import Any

from tests.benchmarks.plain.base import Item, Plain


def plain(name: str) -> Plain:
    """Return a provider by its name."""
    found: Plain = importlib.import_module(f"tests.benchmarks.plain.{name}").PLAIN
    return found


def item_of(kind: str, provider: Plain, row: Any) -> Item:
    """Return the upsert's or the import's item of a row."""
    if kind == "catalog":
        item = provider.course(row)
        item.setdefault("subjects", [])
        return {key: value for key, value in item.items() if value is not None}
    course, mail, progress, first, last, spent = provider.statistic(row)
    return {
        "courseIdentifier": {"type": "externalId", "value": course},
        "userIdentifier": {"type": "mail", "value": mail},
        "progress": progress,
        "timeSpent": spent,
        "firstActivityAt": first,
        "lastActivityAt": last,
    }

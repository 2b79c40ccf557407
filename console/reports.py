"""A run's report with the complete lists behind it, as `report` answers it page by page."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from console.session import Target
from console.stack import ConsoleError, Json, Stack

COLUMNS = ("what", "external_id", "action", "reason", "title", "learner", "message", "fields")
# What a spreadsheet takes for the beginning of a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def entries(stack: Stack, target: Target, first: Json) -> Iterator[Json]:
    """Yield all entries behind a report.

    Args:
        stack: Where it is.
        target: The integration.
        first: The first page, as `report` answered it.
    """
    names = {"kind": first["report"]["kind"], "run_id": first["report"]["run_id"]}
    answer = first
    while True:
        yield from answer["entries"]
        if not answer["more"]:
            return
        answer = stack.manage("report", **target._asdict(), **names, page=answer["page"] + 1)


def needs_decision(report: Json) -> bool:
    """Tell whether a run left something for somebody to decide."""
    return report["status"] in ("partial", "failed") or bool(report["counts"].get("withheld"))


def awaiting_consent(report: Json) -> int:
    """Return how many archives a consent would let through; one changes nothing but the brake."""
    if report["kind"] != "catalog" or not report.get("reasons", {}).get("brake"):
        return 0
    return int(report["counts"].get("withheld", 0))


def csv_lines(listed: Iterable[Json]) -> Iterator[str]:
    """Yield entries as a table that any spreadsheet opens, and none takes for formulas."""
    line = io.StringIO(newline="")
    # By it a spreadsheet tells that it is UTF-8.
    line.write("\ufeff")
    writer = csv.DictWriter(line, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    entries = iter(listed)
    while True:
        try:
            entry = next(entries, None)
        except ConsoleError as error:
            # Whoever reads it sees that it is not whole.
            entry, entries = {"what": "incomplete", "message": str(error)}, iter(())
        if entry is None:
            break
        writer.writerow({key: _cell(value) for key, value in entry.items()})
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _cell(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text[:1] in FORMULAS else text

"""Run reports, and the marks that outlive runs."""

import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from content_sync.batches import in_batches
from content_sync.encoding import as_json
from content_sync.fields.instants import to_iso
from content_sync.state.table import Delete, Put, Table, Write

REPORTS_KEPT_DAYS = 90
# Below DynamoDB's 400 KB an item.
REPORT_BYTES = 300_000
# Mostly one of the latest reports is looked for, and each may be large.
LOOKED_AT = 4


def in_days(days: float) -> int:
    """Return the epoch second so many days from now, for `expires_at`."""
    return int(time.time() + days * 86_400)


# Reports


def report_write(report: dict[str, Any]) -> Put:
    """Return the item of a finished run's report."""
    sk = f"run#{report['kind']}#{report['started_at']}#{report['run_id']}"
    kept = dict(report)
    # All of both stand in the lists behind the report.
    for name in ("changes", "problems"):
        while kept.get(name) and len(as_json(kept)) > REPORT_BYTES:
            kept[name] = kept[name][: len(kept[name]) // 2]
    return Put(sk, kept, expires_at=in_days(REPORTS_KEPT_DAYS))


def last_report(
    table: Table, pk: str, kind: str, *, plans: bool = False, statuses: Collection[str] = ()
) -> dict[str, Any] | None:
    """Return the report of the latest run of a kind.

    Args:
        table: The state table.
        pk: The integration's partition.
        kind: Of which runs.
        plans: Whether a plan is one, too.
        statuses: Of runs that ended so only; of all where none is named.
    """
    for report in reports(table, pk, kind, at_once=LOOKED_AT):
        if (plans or report["mode"] != "plan") and (not statuses or report["status"] in statuses):
            return report
    return None


def report_of(table: Table, pk: str, kind: str, run_id: str) -> dict[str, Any] | None:
    """Return the report of a run that ended."""
    return next((one for one in reports(table, pk, kind) if one["run_id"] == run_id), None)


def reports(
    table: Table, pk: str, kind: str, *, at_once: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the reports of all runs of a kind, plans included, the latest first; see `query`."""
    for _, report in table.query(pk, f"run#{kind}#", newest_first=True, at_once=at_once):
        yield dict(report)


# Marks

COURSES_GAINED = "courses_gained"
WATERMARK = "watermark"
# When all statistics were last read, whatever the watermark.
WHOLE_READ = "whole_read"


def read_mark(table: Table, pk: str, name: str) -> int | None:
    """Return an instant that was noted under a name, in milliseconds."""
    content = table.get(pk, f"mark#{name}")
    return content["instant"] if content else None


def mark_write(name: str, instant: int) -> Put:
    """Return the item that notes an instant."""
    return Put(f"mark#{name}", {"instant": instant, "utc": to_iso(instant)})


def mark_forgotten(name: str) -> Delete:
    """Return what removes a mark."""
    return Delete(f"mark#{name}")


_PARKED_ROWS = "mark#parked_rows"


def parked_rows_write(number: int) -> Put:
    """Return the item that notes how many rows wait at the end of a statistics run."""
    return Put(_PARKED_ROWS, {"rows": number})


def parked_rows_counted(table: Table, pk: str) -> int:
    """Return how many rows waited at the end of the latest statistics run."""
    content = table.get(pk, _PARKED_ROWS)
    return int(content["rows"]) if content else 0


# The 360Learning ids of courses that stand archived there, and whose external ids nobody knows.
_LEFT_ARCHIVED = "mark#left_archived#"
_IDS_AN_ITEM = 5000


def left_archived(table: Table, pk: str) -> set[str]:
    """Return the ids of courses that a lost ledger left archived."""
    return {
        course_id
        for _, content in table.query(pk, _LEFT_ARCHIVED)
        for course_id in content["course_ids"]
    }


def left_archived_writes(table: Table, pk: str, course_ids: Iterable[str]) -> list[Write]:
    """Return what is to be written to note these, and no others."""
    writes: list[Write] = [
        Put(f"{_LEFT_ARCHIVED}{number:04d}", {"course_ids": ids})
        for number, ids in enumerate(in_batches(course_ids, _IDS_AN_ITEM))
    ]
    kept = {write.sk for write in writes}
    return writes + [Delete(sk) for sk, _ in table.query(pk, _LEFT_ARCHIVED) if sk not in kept]

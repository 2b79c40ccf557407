"""Run reports, the cursor of an unfinished run, and the marks that outlive runs."""

import base64
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any

from content_sync.fields.instants import to_iso
from content_sync.state.lease import Lease
from content_sync.state.table import Delete, Put, Table, Write

REPORTS_KEPT_DAYS = 90
CURSOR_KEPT_DAYS = 7
# Compressed, base64: well below DynamoDB's 400 KB an item.
PART_BYTES = 250_000


def in_days(days: float) -> int:
    """The epoch second so many days from now, for `expires_at`."""
    return int(time.time() + days * 86_400)


# Reports


def report_write(report: dict[str, Any]) -> Put:
    """The item of a finished run's report."""
    sk = f"run#{report['kind']}#{report['started_at']}#{report['run_id']}"
    return Put(sk, report, expires_at=in_days(REPORTS_KEPT_DAYS))


def last_report(table: Table, pk: str, kind: str) -> dict[str, Any] | None:
    """The report of the latest run of a kind."""
    for _, report in table.query(pk, f"run#{kind}#", newest_first=True, most=1):
        return dict(report)
    return None


def report_of(table: Table, pk: str, kind: str, run_id: str) -> dict[str, Any] | None:
    """The report of a run that ended."""
    for _, report in table.query(pk, f"run#{kind}#", newest_first=True):
        if report["run_id"] == run_id:
            return dict(report)
    return None


# Marks

COURSES_GAINED = "courses_gained"


def read_mark(table: Table, pk: str, name: str) -> int | None:
    """An instant that was noted under a name, in milliseconds."""
    content = table.get(pk, f"mark#{name}")
    return content["instant"] if content else None


def mark_write(name: str, instant: int) -> Put:
    """The item that notes an instant."""
    return Put(f"mark#{name}", {"instant": instant, "utc": to_iso(instant)})


# Cursors


class CursorStore:
    """Where an unfinished run goes on: one small item, and parts that are only ever added.

    Args:
        table: The state table.
        pk: The integration's partition.
        kind: `catalog` or `stats`.
    """

    def __init__(self, table: Table, pk: str, kind: str) -> None:
        self._table = table
        self._pk = pk
        self._sk = f"cursor#{kind}"

    def read(self) -> dict[str, Any] | None:
        """The cursor that a run left, or None."""
        content = self._table.get(self._pk, self._sk)
        if content is None or "packed_into" not in content:
            return dict(content) if content else None
        (cursor,) = self.read_parts(content["packed_into"], [[0, content["parts"]]])
        return dict(cursor)

    def write(self, cursor: dict[str, Any]) -> list[Put]:
        """The items of the cursor: one to be read by people, or packed parts if that is too large.

        The parts stand beside those of the save before, so that a save cut short spoils nothing.
        """
        if len(json.dumps(cursor)) <= PART_BYTES:
            return [Put(self._sk, cursor, expires_at=in_days(CURSOR_KEPT_DAYS))]
        name = "even" if cursor.get("packed_as") == "odd" else "odd"
        cursor["packed_as"] = name
        parts = self.parts(name, 0, cursor)
        head = {"run_id": cursor["run_id"], "packed_into": name, "parts": len(parts)}
        return [*parts, Put(self._sk, head, expires_at=in_days(CURSOR_KEPT_DAYS))]

    def parts(self, name: str, first: int, content: Any) -> list[Put]:
        """The items of something larger than an item may be.

        Args:
            name: What it is, such as `seen`.
            first: The number of the first part.
            content: Anything JSON.
        """
        packed = base64.b64encode(zlib.compress(json.dumps(content).encode(), 1)).decode()
        return [
            Put(
                f"{self._sk}#{name}#{first + number:05d}",
                packed[start : start + PART_BYTES],
                expires_at=in_days(CURSOR_KEPT_DAYS),
            )
            for number, start in enumerate(range(0, len(packed), PART_BYTES))
        ]

    def read_parts(self, name: str, spans: list[list[int]]) -> Iterator[Any]:
        """What was written by `parts`, one content for each span of [first, count]."""
        if not spans:
            return
        stored = {
            int(sk.rpartition("#")[2]): part
            for sk, part in self._table.query(self._pk, f"{self._sk}#{name}#")
        }
        for first, count in spans:
            packed = "".join(stored[number] for number in range(first, first + count))
            yield json.loads(zlib.decompress(base64.b64decode(packed)))

    def clear(self, lease: Lease, also: list[Write]) -> None:
        """Forgets the cursor and its parts, after writing what ends the run.

        The cursor itself goes with what ends the run; parts that a crash leaves behind expire.
        """
        parts = [sk for sk, _ in self._table.query(self._pk, f"{self._sk}#")]
        lease.write([*also, Delete(self._sk), *(Delete(sk) for sk in parts)])

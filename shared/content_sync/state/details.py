"""The complete lists behind a report: every problem, everything left out or withheld.

They are kept beside the report, compressed and spread over the shards, for as long as it is.
"""

import base64
import zlib
from collections.abc import Iterator
from itertools import count
from typing import Any

from content_sync.batches import by_weight
from content_sync.encoding import as_json, from_json
from content_sync.report import Report
from content_sync.state.runs import REPORTS_KEPT_DAYS, in_days
from content_sync.state.table import SHARDS, Put, Table, Write, shard_key

ENTRIES_A_PIECE = 400
# What cannot be compressed is still smaller, as base64, than an item may be.
BYTES_A_PIECE = 250_000

DETAIL = "detail#"

Entry = dict[str, Any]


class Details:
    """What a report is told, written with each save of its run.

    Args:
        report: Which also keeps how many pieces there are, since it is saved with them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._entries: list[Entry] = []
        report.listen(self._entries.append)

    def writes(self) -> list[Write]:
        """Return what to write for what was told since the last call."""
        writes: list[Write] = []
        written = (_written(entry) for entry in self._entries)
        weighed = ((one, len(one) + 1) for one in written)
        for entries in by_weight(weighed, most=ENTRIES_A_PIECE, heaviest=BYTES_A_PIECE):
            text = b"[" + b",".join(entries) + b"]"
            packed = base64.b64encode(zlib.compress(text)).decode()
            number = self._report.pieces
            self._report.pieces += 1
            sk = _sk(self._report.kind, self._report.run_id, number)
            writes.append(Put(sk, packed, in_days(REPORTS_KEPT_DAYS), _shard(number)))
        self._entries.clear()
        return writes


def read_details(table: Table, pk: str, kind: str, run_id: str) -> Iterator[Entry]:
    """Yield all that a run's report was told, in that order."""
    for number in count():
        packed = table.get(shard_key(pk, _shard(number)), _sk(kind, run_id, number))
        if packed is None:
            return
        yield from from_json(zlib.decompress(base64.b64decode(packed)))


def _written(entry: Entry) -> bytes:
    return as_json(entry)


def _sk(kind: str, run_id: str, number: int) -> str:
    return f"{DETAIL}{kind}#{run_id}#{number:05d}"


def _shard(number: int) -> str:
    return SHARDS[number % len(SHARDS)]

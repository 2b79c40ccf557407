"""One run's report with the complete lists behind it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, get_args

from content_sync.errors import InvalidEvent
from content_sync.report import ARCHIVE
from content_sync.request import Reported
from content_sync.state import integrations
from content_sync.state.details import Entry, read_details
from content_sync.state.runs import last_report, report_of
from content_sync.state.table import Table

ENTRIES_A_PAGE = 500


def show_report(
    table: Table, provider: str, name: str, *, kind: Reported | None, run_id: str | None, page: int
) -> dict[str, Any]:
    """Return a run's report and a page of its lists.

    Args:
        table: The state table.
        provider: Whose integration.
        name: The integration's name.
        kind: Of which runs; None for both.
        run_id: Which run; None for the latest.
        page: From 1.

    Returns:
        `{"report", "page", "more", "entries"}`; an entry is `{"what": "problem" | "left_out" |
        "withheld", "external_id", "reason"}`, of a problem with its `message` and the masked
        `learner`, of a withheld archive with the `title`; of a plan `{"what": "change",
        "external_id", "action"}` with the course's `title` or the masked `learner`, and `fields`,
        old and new, of the first 2,000. Archives stand before all else. `reasons` of the report
        has the totals.

    Raises:
        InvalidEvent: There is no such integration or run.
    """
    pk = integrations.known(table, provider, name).pk
    kinds = (kind,) if kind else get_args(Reported)
    found = [
        report_of(table, pk, one, run_id) if run_id else last_report(table, pk, one, plans=True)
        for one in kinds
    ]
    reports = sorted((one for one in found if one), key=lambda one: one["started_at"])
    if not reports:
        which = f"run {run_id}" if run_id else f"{kind} run" if kind else "run"
        raise InvalidEvent(
            f"there is no report of any {which} of integration {name} of {provider}: correct "
            "run_id or kind, or leave them out; reports are kept for 90 days"
        )
    report = reports[-1]
    start = (page - 1) * ENTRIES_A_PAGE
    entries = list(islice(_details(table, pk, report), start, start + ENTRIES_A_PAGE + 1))
    return {
        "report": report,
        "page": page,
        "more": len(entries) > ENTRIES_A_PAGE,
        "entries": entries[:ENTRIES_A_PAGE],
    }


def _details(table: Table, pk: str, report: dict[str, Any]) -> Iterator[Entry]:
    """Yield the entries as people read them: archives first, planned ones and withheld ones."""
    run = report["kind"], report["run_id"]
    if report["counts"].get("withheld") or (
        report["mode"] == "plan" and report["counts"].get("archived")
    ):
        yield from (one for one in read_details(table, pk, *run) if _archives(one))
        yield from (one for one in read_details(table, pk, *run) if not _archives(one))
    else:
        yield from read_details(table, pk, *run)


def _archives(entry: Entry) -> bool:
    return entry.get("action") == ARCHIVE or entry["what"] == "withheld"

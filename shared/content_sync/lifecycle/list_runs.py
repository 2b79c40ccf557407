"""The runs of an integration: those that ended, and those that are under way."""

from itertools import islice
from typing import Any, get_args

from content_sync.errors import UnknownCursor
from content_sync.fields.instants import to_iso
from content_sync.report import in_short
from content_sync.request import Reported
from content_sync.state import integrations
from content_sync.state.cursors import CURSORS, CursorStore
from content_sync.state.runs import report_of, reports
from content_sync.state.table import Table

RUNS_A_PAGE = 100


def list_runs(
    table: Table, provider: str, name: str, *, kind: Reported | None, page: int
) -> dict[str, Any]:
    """Return a page of an integration's runs, the latest first.

    Args:
        table: The state table.
        provider: Whose integration.
        name: The integration's name.
        kind: Of which runs; None for all.
        page: From 1.

    Returns:
        `{"provider", "integration", "page", "more", "runs", "under_way"}`: reports without problems
        and changes, plans included. Under way are runs that saved their place and did not end:
        `{"run_id", "kind", "mode", "started_at", "saved_at", "counts"}`.

    Raises:
        InvalidEvent: The integration is unknown.
    """
    pk = integrations.known(table, provider, name).pk
    kinds = (kind,) if kind else get_args(Reported)
    start = (page - 1) * RUNS_A_PAGE
    # Of each kind no more can stand on this page or before it.
    most = start + RUNS_A_PAGE + 1
    ended = [one for each in kinds for one in islice(reports(table, pk, each), most)]
    ended.sort(key=lambda one: one["started_at"], reverse=True)
    return {
        "provider": provider,
        "integration": name,
        "page": page,
        "more": len(ended) > start + RUNS_A_PAGE,
        "runs": [in_short(one) for one in ended[start : start + RUNS_A_PAGE]],
        "under_way": [one for each in kinds if (one := _under_way(table, pk, each)) is not None],
    }


def _under_way(table: Table, pk: str, kind: Reported) -> dict[str, Any] | None:
    """Return a run that saved its place and did not end; one that failed did."""
    try:
        cursor = CursorStore(table, pk, kind, CURSORS[kind]).read()
    except UnknownCursor:
        return None
    if cursor is None:
        return None
    report = cursor.report
    stored = report_of(table, pk, kind, report.run_id)
    if stored is not None and stored["status"] == "failed":
        return None
    return {
        "run_id": report.run_id,
        "kind": kind,
        "mode": report.mode,
        "started_at": to_iso(report.started_at),
        "saved_at": cursor.saved_at,
        "counts": report.counts,
    }

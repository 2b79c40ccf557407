"""The statistics that wait, for people to read."""

from itertools import islice
from typing import Any

from content_sync.fields.instants import now, to_iso
from content_sync.masking import mask
from content_sync.state import integrations
from content_sync.state.learners import ParkedRow, parked_rows
from content_sync.state.table import Table

ROWS_A_PAGE = 500
_DAY = 86_400_000


def list_parked(table: Table, provider: str, name: str, page: int) -> dict[str, Any]:
    """Return a page of the rows that wait, always in the same order.

    Returns:
        `{"provider", "integration", "page", "more", "rows": [{"external_id", "learner", "state",
        "reason", "since", "days"}]}`, addresses masked; `more` says whether another page follows.

    Raises:
        InvalidEvent: The integration is unknown.
    """
    pk = integrations.known(table, provider, name).pk
    start = (page - 1) * ROWS_A_PAGE
    rows = list(islice(parked_rows(table, pk), start, start + ROWS_A_PAGE + 1))
    return {
        "provider": provider,
        "integration": name,
        "page": page,
        "more": len(rows) > ROWS_A_PAGE,
        "rows": [_shown(row) for row in rows[:ROWS_A_PAGE]],
    }


def _shown(row: ParkedRow) -> dict[str, Any]:
    return {
        "external_id": row.statistic.externalCourseId,
        "learner": mask(row.statistic.learnerMail),
        "state": row.state,
        "reason": row.reason,
        "since": to_iso(row.first_refused_at),
        "days": (now() - row.first_refused_at) // _DAY,
    }

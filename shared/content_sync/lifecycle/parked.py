"""The statistics that wait, for people to read."""

import hashlib
from itertools import islice
from typing import Any

from content_sync.fields.instants import now, to_iso
from content_sync.masking import mask
from content_sync.state import integrations
from content_sync.state.learner import ParkedRow
from content_sync.state.learners import parked_rows
from content_sync.state.table import Table

ROWS_A_PAGE = 500
PERSON_DIGITS = 16
_DAY = 86_400_000


def list_parked(
    table: Table, provider: str, name: str, page: int, *, whole_addresses: bool = False
) -> dict[str, Any]:
    """Return a page of the rows that wait, always in the same order.

    Args:
        table: The state table.
        provider: Whose integration.
        name: The integration's name.
        page: From 1.
        whole_addresses: Whether the learners' addresses are shown as they are, as somebody needs
            who looks for them at 360Learning; else they are masked.

    Returns:
        `{"provider", "integration", "page", "more", "rows": [{"external_id", "learner", "person",
        "state", "reason", "since", "days"}]}`; `more` says whether another page follows, and
        `person` is the same in all rows of one learner, whose masked address others may have, too.

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
        "rows": [_shown(pk, row, whole_addresses=whole_addresses) for row in rows[:ROWS_A_PAGE]],
    }


def _shown(pk: str, row: ParkedRow, *, whole_addresses: bool) -> dict[str, Any]:
    mail = row.statistic.learnerMail
    return {
        "external_id": row.statistic.externalCourseId,
        "learner": mail if whole_addresses else mask(mail),
        "person": hashlib.sha256(f"{pk} {mail}".encode()).hexdigest()[:PERSON_DIGITS],
        "state": row.state,
        "reason": row.reason,
        "since": to_iso(row.first_refused_at),
        "days": (now() - row.first_refused_at) // _DAY,
    }

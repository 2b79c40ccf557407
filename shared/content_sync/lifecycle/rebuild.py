"""A lost course ledger, rebuilt from the provider's catalogue and what 360Learning says.

360Learning cannot list external courses, but answers for one whose external id is known. Courses
that the provider no longer returns cannot be found so: they stay as they are at 360Learning.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from content_sync.aws.invocation import Invocation
from content_sync.batches import in_batches
from content_sync.domain.course import Course, Withdrawn
from content_sync.errors import ContentSyncError, InvalidEvent, NotFound, Refused
from content_sync.fields.instants import now
from content_sync.learning360.api import PARALLEL_READS
from content_sync.learning360.items import COURSE_FIELDS, Item, digest
from content_sync.lifecycle.leases import no_run_under_way
from content_sync.parties import Parties
from content_sync.state.courses import ACTIVE, ARCHIVED, CourseEntry, course_ledger
from content_sync.state.runs import COURSES_GAINED, mark_write
from content_sync.web.timebudget import TimeBudget

BATCH = 200
COUNTS = ("read", "known", "found", "archived", "missing")


def rebuild(
    parties: Parties, invocation: Invocation, budget: TimeBudget, mode: str
) -> dict[str, Any]:
    """Find out what 360Learning holds of each course that the provider returns.

    Args:
        parties: The integration, which must be active.
        invocation: Whose request holds the lease.
        budget: The time left.
        mode: `plan` counts, `apply` writes the ledger. What stands in the ledger already is left.

    Returns:
        `{"provider", "integration", "mode", "counts"}` with `read`, `known` (in the ledger
        already), `found`, `archived` (found, and archived there) and `missing` (not there).

    Raises:
        ContentSyncError: It did not fit into the time; what was found is kept, so invoke again.
    """
    stored = parties.stored
    if stored is None or stored.state != ACTIVE:
        raise InvalidEvent(f"integration {parties.name} is not active: activate it first")
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    with no_run_under_way(parties.table, stored.pk, invocation, "catalog") as leases:
        ledger = course_ledger(parties.table, stored.pk)
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            for batch in in_batches(_external_ids(parties), BATCH):
                counts["read"] += len(batch)
                unknown = [external_id for external_id in batch if external_id not in ledger]
                counts["known"] += len(batch) - len(unknown)
                with budget.unit():
                    entries = list(
                        pool.map(lambda name: _entry(parties, stored.integration_id, name), unknown)
                    )
                for external_id, entry in zip(unknown, entries, strict=True):
                    counts["missing" if entry is None else "found"] += 1
                    if entry is not None:
                        counts["archived"] += entry.state == ARCHIVED
                        ledger.set(external_id, entry)
                if mode == "apply":
                    # Statistics that met an unknown course meanwhile are read again.
                    gained = mark_write(COURSES_GAINED, now())
                    leases["catalog"].write([*ledger.writes(), gained])
                if budget.exhausted():
                    raise ContentSyncError(
                        f"the rebuild looked at {counts['read']} courses and ran out of time: what "
                        "it found is kept in mode apply, so invoke again to go on"
                    )
    return {
        "provider": stored.provider,
        "integration": stored.name,
        "mode": mode,
        "counts": dict(counts),
    }


def _external_ids(parties: Parties) -> Iterator[str]:
    seen: set[str] = set()
    for page in parties.api.courses(None):
        for raw in page.items:
            judgement = parties.provider.judge_course(raw)
            known = isinstance(judgement, Course | Withdrawn)
            if known and judgement.externalId not in seen:
                seen.add(judgement.externalId)
                yield judgement.externalId


def _entry(parties: Parties, integration_id: str, external_id: str) -> CourseEntry | None:
    try:
        held = parties.platform.external_course(integration_id, external_id)
    except (NotFound, Refused) as refusal:
        if isinstance(refusal, Refused) and refusal.code != "courseNotBelongToIntegration":
            raise
        return None
    course_id = str(held.get("courseId"))
    status = parties.platform.course(course_id).get("status")
    state = ACTIVE if status == "published" else ARCHIVED
    return CourseEntry(digest(_item(held)), course_id, state)


def _item(held: Item) -> Item:
    """Return what 360Learning holds, as the item that would lead to it."""
    fields = ("externalId", *COURSE_FIELDS)
    return {name: held[name] for name in fields if held.get(name) is not None}

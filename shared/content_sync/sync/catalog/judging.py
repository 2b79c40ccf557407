"""What is to be done with each course that the provider returned."""

import contextlib
from typing import Any

from content_sync.domain.course import Course, CourseJudgement, Invalid, Untouched, Withdrawn
from content_sync.errors import NotFound, Refused
from content_sync.learning360.api import MOST_TAGS
from content_sync.learning360.items import Item, course_item, digest
from content_sync.parties import Parties
from content_sync.state.courses import ACTIVE, ARCHIVED, CourseEntry
from content_sync.state.cursors import CatalogCursor
from content_sync.sync.catalog.books import Books, WantedTags
from content_sync.sync.catalog.differences import differences
from content_sync.sync.catalog.upserting import Action, UpsertNote
from content_sync.sync.parcels import Parcel
from content_sync.sync.run import Run


def judge(
    run: Run[CatalogCursor], books: Books, judgement: CourseJudgement
) -> Parcel[UpsertNote] | None:
    """Count one course, unless it came before; return what is to be sent of it, if anything."""
    report, external_id = run.journal.report, judgement.externalId
    withdrawn = isinstance(judgement, Withdrawn)
    if external_id and not books.seen.first_sight(external_id, withdrawn=withdrawn):
        return None
    report.count("read")
    entry = books.ledger.get(external_id)
    match judgement:
        case Course():
            return _offered(run, books, judgement, entry)
        case Withdrawn():
            # An active one is counted when it is archived.
            if entry is None:
                report.left_out(judgement.reason, external_id)
            elif entry.state == ARCHIVED:
                report.count("unchanged")
        case Untouched():
            report.left_out(judgement.reason, external_id)
        case Invalid():
            report.invalid(external_id, judgement.reason, judgement.message)
    return None


def _offered(
    run: Run[CatalogCursor], books: Books, course: Course, entry: CourseEntry | None
) -> Parcel[UpsertNote] | None:
    """Return the parcel of a course that is new, changed or back."""
    parties, report = run.parties, run.journal.report
    if parties.settings.syncs_tags and not course.tagsUnknown:
        books.wanted_tags.append(WantedTags(course.externalId, list(course.tags[:MOST_TAGS])))
    item = course_item(
        course,
        provider_name=parties.provider.display_name,
        default_language=parties.default_language,
    )
    action = _action(item, entry, full=run.request.full)
    if action is None:
        books.unchanged.count(course.externalId)
        return None
    report.change(
        course.externalId, action, lambda: _changed(parties, item, entry), title=course.name
    )
    return Parcel(item, UpsertNote(course.externalId, action, digest(item), course.modifiedAt))


def _changed(parties: Parties, item: Item, entry: CourseEntry | None) -> dict[str, list[Any]]:
    """Return what would change of a course, as a plan says it."""
    old: Item = {}
    if entry is not None:
        external_id = item["externalId"]
        with contextlib.suppress(Refused, NotFound):
            old = parties.platform.external_course(parties.integration_id, external_id)
    was_archived = entry is not None and entry.state == ARCHIVED
    return differences(old, item, was_archived=was_archived)


def _action(item: Item, entry: CourseEntry | None, *, full: bool) -> Action | None:
    """Return what to do with an offered course; None when 360Learning holds it as it is."""
    if entry is None:
        return "create"
    if entry.state != ACTIVE:
        return "restore"
    return "update" if full or entry.digest != digest(item) else None

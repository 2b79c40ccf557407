"""The catalogue run, from the provider's listing to the last tag."""

import contextlib
from collections.abc import Iterator

from content_sync.errors import ContentSyncError, OutOfTime
from content_sync.fields import Raw
from content_sync.providers.base import UNREADABLE, Page
from content_sync.state.cursors import CatalogCursor
from content_sync.sync.catalog.archiving import Archives, archive_withdrawn
from content_sync.sync.catalog.books import Books, open_books
from content_sync.sync.catalog.groups import moves, share_further
from content_sync.sync.catalog.judging import judge
from content_sync.sync.catalog.restoring import restore
from content_sync.sync.catalog.tags import replace_tags
from content_sync.sync.catalog.upserting import Outbox, Upserts
from content_sync.sync.listing import Listing
from content_sync.sync.run import Run, RunKind


def synchronize_catalog(run: Run[CatalogCursor]) -> None:
    """Bring the provider's catalogue into the integration's group.

    Raises:
        OutOfTime: The run goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    listing = Listing(run.journal.cursor.listing, run)
    listing.begin(run.parties.api.courses)
    books = open_books(run)
    settle(run, books)
    read_and_send(run, books, listing)
    archive_withdrawn(run, books)
    share_further(run, books)
    replace_tags(run, books)
    # Where all that was ever sent is archived, nothing is missed.
    if books.active() or not any(books.ledger.items()):
        run.journal.report.nothing_usable("ignored", "invalid")


def conclude_catalog(run: Run[CatalogCursor]) -> None:
    """Finish what a run that is not gone on with left in flight; see `RunKind.conclude`."""
    settle(run, open_books(run), abandoned=True)


def settle(run: Run[CatalogCursor], books: Books, *, abandoned: bool = False) -> None:
    """Finish the bulk operation and the restores that an earlier invocation began."""
    if not run.journal.resumed:
        return
    report = run.journal.report
    errands = (Upserts(report, books), Archives(run, books), *moves(report, books))
    run.courier.settle(errands, abandoned=abandoned)
    restore(run, books)


def read_and_send(run: Run[CatalogCursor], books: Books, listing: Listing) -> None:
    """Read the catalogue to its end, sending what is new, changed or back in chunks."""
    provider, cursor = run.parties.provider, listing.cursor
    outbox = Outbox(run, books)

    def start_over() -> None:
        outbox.flush()
        listing.doubt("the provider's listing expired and was read again from its start")
        books.seen.start_over()

    pages = listing.pages(run.parties.api.courses, before_restart=start_over)
    for page in _until_broken_off(run, outbox, pages):
        outbox.make_room(len(page.items))
        judgements = [provider.judge_course(raw) for raw in page.items]
        for judgement in judgements:
            if not judgement.externalId and getattr(judgement, "reason", "") == UNREADABLE:
                listing.doubt("a course could not be read, not even its id")
            if judgement.externalId and books.seen.repeats(judgement.externalId):
                cursor.duplicates += 1
            if (parcel := judge(run, books, judgement)) is not None:
                outbox.add(parcel)
        listing.turn(page, [one.externalId for one in judgements if one.externalId])
        run.journal.checkpoint(before=outbox.flush)
    outbox.close()


def _until_broken_off(
    run: Run[CatalogCursor], outbox: Outbox, pages: Iterator[Page[Raw]]
) -> Iterator[Page[Raw]]:
    """Yield pages; whatever breaks them off, what was read until then is sent, if there is time."""
    try:
        yield from pages
    except ContentSyncError:
        if run.journal.sound:
            with contextlib.suppress(OutOfTime):
                outbox.close()
        raise


CATALOG = RunKind("catalog", CatalogCursor, synchronize_catalog, conclude_catalog)

"""The one way to read a provider's listing: from where a run stands, and with doubts noted."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, TypeVar

from content_sync.ahead import prefetched
from content_sync.errors import PositionLost
from content_sync.fields import Raw
from content_sync.providers.base import Page
from content_sync.providers.repeats import SAME_PAGE, Repeats
from content_sync.state.cursors import ListingCursor
from content_sync.sync.run import Run

RESTARTS = 2
# Further ones say nothing new, and a cursor must stay small.
MOST_DOUBTS = 20

R = TypeVar("R", bound=Raw)


class Listing:
    """One reading of a listing, over all invocations of its run.

    Args:
        cursor: Where it stands; part of the run's cursor.
        run: Whose.
    """

    def __init__(self, cursor: ListingCursor, run: Run[Any]) -> None:
        self.cursor = cursor
        self._run = run
        self._repeats = Repeats()
        self._begun: Generator[Page[Any], None, None] | None = None

    def begin(self, read: Callable[[Any], Iterator[Page[R]]]) -> None:
        """Ask for the first page, for `pages`, before anybody has time for it."""
        if not self.cursor.ended:
            self._begun = prefetched(read(self.cursor.position))

    def pages(
        self,
        read: Callable[[Any], Iterator[Page[R]]],
        *,
        before_restart: Callable[[], None] = lambda: None,
    ) -> Iterator[Page[R]]:
        """Yield the pages from where the run stands to the end; a lost place starts over.

        Each page is to be taken in with `turn` before the next one is asked for.

        Args:
            read: Reads the provider's listing from a position on.
            before_restart: Called before the listing is read from its start again.
        """
        if self.cursor.ended:
            return
        for restart in range(RESTARTS + 1):
            # The next ones are under way while one is taken in.
            begun, self._begun = self._begun, None
            pages = begun or prefetched(read(self.cursor.position))
            try:
                while not self._repeats.endless and (page := self._next(pages)) is not None:
                    self._run.agreed()
                    yield page
                break
            except PositionLost:
                if restart == RESTARTS:
                    self.doubt("the provider's listing broke off more than once")
                    break
                before_restart()
                self.cursor.position = None
                self._repeats = Repeats()
            finally:
                pages.close()
        self._run.agreed()
        self.cursor.ended = True

    def _next(self, pages: Iterator[Page[R]]) -> Page[R] | None:
        with self._run.journal.unit():
            return next(pages, None)

    def turn(self, page: Page[Any], ids: Sequence[str] = ()) -> None:
        """Note that a page was taken in.

        Args:
            page: The page.
            ids: Of what is on it, as far as that tells it from other pages.
        """
        self.cursor.position = page.position
        self.cursor.ended = page.position is None
        if page.doubt:
            self.doubt(page.doubt)
        if self._repeats.note(hash(tuple(ids)) if ids else page.content):
            self.doubt(SAME_PAGE)

    def doubt(self, reason: str) -> None:
        """Note why the listing may lack something."""
        if reason not in self.cursor.doubts and len(self.cursor.doubts) < MOST_DOUBTS:
            self.cursor.doubts.append(reason)

"""Reading a listing: where it stands, what was seen, and whether it can be trusted to be whole."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from content_sync.errors import PositionLost
from content_sync.providers.base import Page
from content_sync.state.table import Write
from content_sync.sync.run import Run

RESTARTS = 2
# A listing that only repeats itself is not read for ever.
REPEATED_PAGES = 3


class Crawl:
    """One crawl of a catalogue, over all invocations of its run.

    Attributes:
        seen: The external ids that came.
        withdrawn: Those among them that the provider says it withdrew.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._unsaved: list[list[Any]] = []
        # A listing that is read from its start again brings what was seen already: it is judged
        # by this reading alone whether it repeats itself.
        self._reading: set[str] = set()
        self._page: list[str] = []
        self._pages: set[int] = set()
        self._repeated = 0
        self.seen: set[str] = set()
        self.withdrawn: set[str] = set()
        run.cursor.setdefault("doubts", [])
        run.cursor.setdefault("duplicates", 0)
        for external_id, withdrawn in run.grown("seen"):
            self._note(external_id, withdrawn)
        self._reading |= self.seen
        run.savers.append(self._writes)

    @property
    def incomplete(self) -> bool:
        """Whether something that the provider has may be missing."""
        return bool(self._run.cursor["doubts"])

    @property
    def duplicates(self) -> int:
        """How many courses came more than once: each may hide one that did not come at all."""
        return int(self._run.cursor["duplicates"])

    def pages(
        self, read: Callable[[Any], Iterator[Page[Any]]], *, before_restart: Callable[[], None]
    ) -> Iterator[Page[Any]]:
        """The pages from where the run stands to the end; a lost place starts over, with doubt.

        Args:
            read: The provider's listing.
            before_restart: Called before the listing is read from its start again.
        """
        cursor = self._run.cursor
        for restart in range(RESTARTS + 1):
            pages = read(cursor.get("position"))
            try:
                while self._repeated < REPEATED_PAGES and (page := self._next(pages)) is not None:
                    yield page
                return
            except PositionLost:
                if restart == RESTARTS:
                    self.doubt("the provider's listing broke off more than once")
                    return
                before_restart()
                self.doubt("the provider's listing expired and was read again from its start")
                cursor["position"] = None
                self._reading, self._pages, self._page, self._repeated = set(), set(), [], 0

    def _next(self, pages: Iterator[Page[Any]]) -> Page[Any] | None:
        with self._run.budget.unit():
            return next(pages, None)

    def turn(self, page: Page[Any]) -> None:
        """Notes that a page was taken in."""
        self._run.cursor["position"] = page.position
        if page.doubt:
            self.doubt(page.doubt)
        page_ids = hash(tuple(self._page))
        if self._page and page_ids in self._pages:
            self._repeated += 1
            self.doubt("the provider returned the same page again")
        self._pages.add(page_ids)
        self._page = []

    def doubt(self, reason: str) -> None:
        """Notes why the crawl may lack something; such a crawl archives nothing."""
        doubts: list[str] = self._run.cursor["doubts"]
        if reason not in doubts:
            doubts.append(reason)

    def first_sight(self, external_id: str, withdrawn: bool) -> bool:
        """Whether a course comes for the first time in this crawl."""
        self._page.append(external_id)
        if external_id in self._reading:
            self._run.cursor["duplicates"] += 1
            return False
        self._reading.add(external_id)
        if external_id in self.seen:
            return False
        self._note(external_id, withdrawn)
        self._unsaved.append([external_id, withdrawn])
        return True

    def _note(self, external_id: str, withdrawn: bool) -> None:
        self.seen.add(external_id)
        if withdrawn:
            self.withdrawn.add(external_id)

    def _writes(self) -> Sequence[Write]:
        unsaved, self._unsaved = self._unsaved, []
        return self._run.grow("seen", unsaved) if unsaved else ()

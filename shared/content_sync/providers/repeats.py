"""Listings end, also those that begin again for ever."""

from collections.abc import Iterator
from typing import Any

from content_sync.providers.base import Page

# A listing that only repeats itself is not read any further.
REPEATED_PAGES = 3
SAME_PAGE = "the provider returned the same page again"


class Repeats:
    """Which pages came in one reading of a listing."""

    def __init__(self) -> None:
        self._contents: set[int] = set()
        self._repeated = 0

    @property
    def endless(self) -> bool:
        """Tell whether so many pages came again that reading on brings nothing."""
        return self._repeated >= REPEATED_PAGES

    def note(self, content: int) -> bool:
        """Note a page by its content, 0 for none; tell whether it came before."""
        repeats = content in self._contents
        self._repeated += repeats
        if content:
            self._contents.add(content)
        return repeats


def until_repeated(pages: Iterator[Page[Any]]) -> Iterator[Page[Any]]:
    """Yield the pages of a listing that is read at one go, with a doubt where it repeats itself."""
    repeats = Repeats()
    for page in pages:
        doubt = SAME_PAGE if repeats.note(page.content) else page.doubt
        yield Page(page.items, page.position, doubt)
        if repeats.endless:
            return

"""Go1's lanes alone: a listing that ends at a window, over a service in memory."""

import itertools
import threading
from typing import Any

import pytest

from content_sync.errors import RemoteUnavailable
from content_sync.providers.go1.lanes import IN_LINE, PAGE_SIZE, WINDOW, Hits, Lane, LaneListing


def listing(rows: list[Any], *, kinds: int = 0, total: int | None = None) -> LaneListing:
    """Rows by offset; beyond the window they are split by kind, or else scrolled."""

    def fetch(filters: dict[str, str], offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        kept = [row for row in rows if not filters or row % kinds == int(filters["kind"])]
        if scrolls:
            start = int(scroll_id or 0)
            page = kept[start : start + PAGE_SIZE]
            return Hits(page, len(kept), str(start + PAGE_SIZE))
        assert offset + PAGE_SIZE <= WINDOW, "the service refuses what is beyond its window"
        return Hits(kept[offset : offset + PAGE_SIZE], total or len(kept))

    def split(lane: Lane) -> list[Lane]:
        if not kinds or lane.filters:
            return [Lane(lane.filters, scrolls=True)]
        return [Lane({"kind": str(kind)}) for kind in range(kinds)]

    return LaneListing(fetch, split, parallel=4)


def read(made: LaneListing, position: Any = None) -> tuple[list[Any], list[Any], list[str]]:
    pages = list(made.pages(position))
    items = [item for page in pages for item in page.items]
    return items, [page.position for page in pages], [page.doubt for page in pages if page.doubt]


def test_inside_the_window_pages_come_in_order() -> None:
    items, positions, doubts = read(listing(list(range(330))))
    assert (items, doubts) == (list(range(330)), [])
    assert positions[-1] is None
    assert None not in positions[:-1]


def test_an_empty_listing_ends() -> None:
    items, positions, doubts = read(listing([]))
    assert (items, positions, doubts) == ([], [None], [])


def test_beyond_the_window_it_is_split_and_each_row_comes_once() -> None:
    rows = list(range(WINDOW + 700))
    items, _, doubts = read(listing(rows, kinds=3))
    assert (sorted(items), doubts) == (rows, [])


def test_what_cannot_be_split_is_scrolled() -> None:
    rows = list(range(WINDOW + 120))
    items, _, doubts = read(listing(rows))
    assert (items, doubts) == (rows, [])


def test_rows_that_a_scroll_does_not_hand_out_again_are_a_doubt() -> None:
    rows, handed = list(range(WINDOW + 400)), 0

    def fetch(filters: dict[str, str], offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        nonlocal handed
        start = handed if scrolls else offset
        handed += PAGE_SIZE if scrolls else 0
        return Hits(rows[start : start + PAGE_SIZE], len(rows), "always the same")

    made = LaneListing(fetch, lambda lane: [Lane(lane.filters, scrolls=True)], parallel=4)
    pages = made.pages(None)
    seen, position = [], None
    for page in itertools.islice(pages, 50):
        seen += page.items
        position = page.position
    # A page more was handed out, and not taken in before the run was killed.
    next(pages)
    items, _, doubts = read(made, position)
    assert len(seen + items) == len(rows) - PAGE_SIZE
    assert doubts == ["Go1 returned 10350 of 10400 rows, or their number changed meanwhile"]


def test_it_goes_on_from_any_position() -> None:
    rows = list(range(WINDOW + 700))
    made = listing(rows, kinds=3)
    seen: list[Any] = []
    position = None
    for page in made.pages(None):
        seen += page.items
        position = page.position
        if len(seen) > 4000:
            break
    items, _, _ = read(made, position)
    assert sorted(seen + items) == rows


def test_fewer_rows_than_announced_is_a_doubt() -> None:
    _, _, doubts = read(listing(list(range(80)), total=130))
    assert doubts == ["Go1 returned 80 of 130 rows, or their number changed meanwhile"]


def test_of_many_parts_few_are_begun_and_each_row_comes_once() -> None:
    rows = list(range(WINDOW + 5000))
    names = [f"{number:03d}" for number in range(150)]

    def fetch(filters: dict[str, str], offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        kept = [row for row in rows if not filters or row % 150 == int(filters["name"])]
        return Hits(kept[offset : offset + PAGE_SIZE], len(kept))

    def split(lane: Lane) -> list[Lane]:
        return [Lane({"name": name}, last=name) for name in names if name > lane.after]

    made = LaneListing(fetch, split, parallel=4)
    items, positions, doubts = read(made)
    assert (sorted(items), doubts) == (rows, [])
    assert max(len(position or ()) for position in positions) <= 2 * made.parallel
    for stop in (3, 100, 290):
        pages = list(made.pages(None))[:stop]
        seen = [item for page in pages for item in page.items]
        items, _, _ = read(made, pages[-1].position)
        assert sorted(seen + items) == rows


def test_a_page_that_fails_is_told_without_waiting_for_the_others() -> None:
    goes_on, others = threading.Event(), threading.Barrier(3)
    ended: list[int] = []

    def fetch(filters: dict[str, str], offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        if offset:
            others.wait(20)
        if offset == PAGE_SIZE:
            raise RemoteUnavailable("not now")
        if offset:
            goes_on.wait(20)
            ended.append(offset)
        return Hits(list(range(PAGE_SIZE)), 4 * PAGE_SIZE)

    try:
        with pytest.raises(RemoteUnavailable):
            list(LaneListing(fetch, lambda lane: [], parallel=4).pages(None))
        assert ended == []
    finally:
        goes_on.set()


def test_threads_go_on_while_no_page_is_taken() -> None:
    asked: list[int] = []
    further = threading.Event()

    def fetch(filters: dict[str, str], offset: int, scrolls: bool, scroll_id: str | None) -> Hits:
        asked.append(offset)
        if offset == 10 * PAGE_SIZE:
            further.set()
        return Hits([offset] * PAGE_SIZE, 30 * PAGE_SIZE)

    pages = LaneListing(fetch, lambda lane: [], parallel=4).pages(None)
    # The first page tells how many there are, and with the second all threads are busy.
    next(pages)
    next(pages)
    assert further.wait(5)
    pages.close()
    assert max(asked) <= (1 + IN_LINE * 4) * PAGE_SIZE

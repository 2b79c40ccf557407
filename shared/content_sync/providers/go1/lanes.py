"""Read listings that end at a window: several lanes at once, each in order.

Go1 answers `offset + limit` up to 10,000 only. A listing that is longer is split by a filter into
lanes, and what cannot be split is scrolled. Inside the window the pages of a lane are fetched side
by side; a scroll hands out its pages one after the other, but several scrolls run side by side.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from content_sync.providers.base import Page

PAGE_SIZE = 50
WINDOW = 10_000
# So many times the requests that are under way may be there, or asked for, before they are taken:
# as many as are answered until Go1's users are known, of an organization of some thousands.
IN_LINE = 4

Filters = dict[str, str]


@dataclass(frozen=True, slots=True)
class Hits:
    """One answer of a listing."""

    items: list[Any]
    total: int
    scroll_id: str | None = None


@dataclass
class Lane:
    """A part of a listing that is read in order.

    Attributes:
        filters: What tells its rows from those of the other lanes.
        scrolls: Whether it is read by scroll instead of by offset.
        offset: How many rows have been handed out.
        scroll_id: Where the scroll goes on.
        total: How many rows the service said that there are, once it did.
        steady: Whether it always said the same.
        last: Of several parts into which a lane falls apart: where this one ends.
        rest: Whether it stands for the parts that are not begun yet, and is not read itself.
        after: Where the last part ended that was begun.
    """

    filters: Filters
    scrolls: bool = False
    offset: int = 0
    rows: int = 0
    scroll_id: str | None = None
    total: int | None = None
    steady: bool = True
    last: str = ""
    rest: bool = False
    after: str = ""
    _asked: int = field(default=0, repr=False)
    _waiting: "deque[Future[Hits]]" = field(default_factory=deque, repr=False)

    def position(self) -> dict[str, Any]:
        """Return all that is needed to go on, as JSON."""
        return {
            "filters": self.filters,
            "scrolls": self.scrolls,
            "offset": self.offset,
            "rows": self.rows,
            "scroll_id": self.scroll_id,
            "total": self.total,
            "steady": self.steady,
            "rest": self.rest,
            "after": self.after,
        }


@dataclass(frozen=True)
class LaneListing:
    """What the lanes need to know of a listing.

    Attributes:
        fetch: Asks for one page: filters, offset, whether to scroll, scroll id.
        split: The lanes into which one that outgrows the window falls apart; none if it cannot.
        parallel: How many requests are under way at once.
    """

    fetch: Callable[[Filters, int, bool, str | None], Hits]
    split: Callable[[Lane], list[Lane]]
    parallel: int

    def pages(self, position: Any) -> Iterator[Page[Any]]:
        """Read all lanes; see `ProviderApi.courses`."""
        lanes = [Lane({})] if position is None else [Lane(**lane) for lane in position]
        for lane in lanes:
            lane._asked = lane.offset
        pool = ThreadPoolExecutor(self.parallel)
        try:
            yield from self._interleaved(lanes, pool)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _interleaved(self, lanes: list[Lane], pool: ThreadPoolExecutor) -> Iterator[Page[Any]]:
        while lanes:
            self._begin_more(lanes)
            self._ask(lanes, pool)
            heads = {lane._waiting[0]: lane for lane in lanes if lane._waiting}
            if not heads:
                return  # Nothing came after the parts that were begun.
            done, _ = wait(heads, return_when=FIRST_COMPLETED)
            lane = next(lane for head, lane in heads.items() if head in done)
            hits = lane._waiting.popleft().result()
            if lane.total is None and hits.total > WINDOW and not lane.scrolls:
                parts = self.split(lane)
                if parts:
                    _replace(lanes, lane, self._begun(lane, parts))
                    continue
            finished = self._advance(lane, hits)
            if finished:
                lanes.remove(lane)
            yield Page(
                hits.items,
                [other.position() for other in lanes] or None,
                doubt=_doubt(lane) if finished else None,
            )

    def _begun(self, lane: Lane, parts: list[Lane]) -> list[Lane]:
        """Return the first parts, and one that stands for the rest: a position must stay small."""
        if len(parts) <= self.parallel or not parts[-1].last:
            return parts
        first = parts[: self.parallel]
        return [*first, Lane(lane.filters, rest=True, after=first[-1].last)]

    def _begin_more(self, lanes: list[Lane]) -> None:
        """Begin parts that are left when there are fewer lanes than requests side by side."""
        for lane in [lane for lane in lanes if lane.rest]:
            if sum(not other.rest for other in lanes) < self.parallel:
                _replace(lanes, lane, self._begun(lane, self.split(lane)))

    def _ask(self, lanes: list[Lane], pool: ThreadPoolExecutor) -> None:
        """Keep requests in line for the threads, shared out among the lanes.

        A thread goes from one page to the next, whether that is taken or not.
        """
        most = IN_LINE * self.parallel
        asked_for = sum(len(lane._waiting) for lane in lanes)
        asked = True
        while asked and asked_for < most:
            asked = False
            for lane in lanes:
                if asked_for < most and self._may_ask(lane):
                    lane._waiting.append(
                        pool.submit(
                            self.fetch, lane.filters, lane._asked, lane.scrolls, lane.scroll_id
                        )
                    )
                    lane._asked += PAGE_SIZE
                    asked_for += 1
                    asked = True

    @staticmethod
    def _may_ask(lane: Lane) -> bool:
        if lane.rest:
            return False
        if lane.scrolls or lane.total is None:
            return not lane._waiting
        return lane._asked < min(lane.total, WINDOW)

    @staticmethod
    def _advance(lane: Lane, hits: Hits) -> bool:
        """Note what a page says; True when it was the lane's last."""
        if lane.total is not None and hits.total != lane.total:
            lane.steady = False
        lane.total = hits.total
        lane.offset += PAGE_SIZE
        lane.rows += len(hits.items)
        lane.scroll_id = hits.scroll_id
        if lane.scrolls:
            return not hits.items or not hits.scroll_id or lane.rows >= lane.total
        return lane.offset >= min(lane.total, WINDOW)


def _replace(lanes: list[Lane], lane: Lane, others: list[Lane]) -> None:
    lanes[:] = [other for other in lanes if other is not lane] + others


def _doubt(lane: Lane) -> str | None:
    if lane.steady and lane.rows >= (lane.total or 0):
        return None
    return f"Go1 returned {lane.rows} of {lane.total} rows, or their number changed meanwhile"

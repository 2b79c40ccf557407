"""Asking ahead: what is fetched while what came before is worked on. Order is kept.

Whoever stops in between waits for nothing: what is under way then ends by itself, and is lost.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def in_background(work: Callable[[], T]) -> Callable[[], T]:
    """Begin some work in another thread; return what waits for it, and raises what it raises."""
    pool = ThreadPoolExecutor(1)
    result = pool.submit(work)
    pool.shutdown(wait=False)
    return result.result


def prefetched(items: Iterator[T]) -> Generator[T, None, None]:
    """Yield what an iterator yields, with one item ready and the next one under way meanwhile.

    The iterator works in another thread, from now on, and goes from one item to the next without
    waiting for anybody's turn. To close this, also before the first item, closes the iterator, once
    the item that is under way is made.
    """
    orders: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
    made: SimpleQueue[tuple[T | object, BaseException | None]] = SimpleQueue()
    end, closed = object(), False

    def make_one() -> None:
        if not closed:
            try:
                made.put((next(items, end), None))
            except BaseException as error:  # noqa: BLE001 - raised where the item is taken
                made.put((end, error))

    def close() -> None:
        # An error that nobody took would hold itself, by the frames it came through.
        while not made.empty():
            made.get()
        if isinstance(items, Generator):
            # Nobody is left to hear what that raises.
            with contextlib.suppress(BaseException):
                items.close()

    def take() -> T | object:
        item, error = made.get()
        orders.put(make_one)
        if error is None:
            return item
        try:
            raise error
        finally:
            # Else its traceback would hold it, and all that this run still holds.
            del error

    def turns() -> Generator[T, None, None]:
        nonlocal closed
        try:
            yield None  # type: ignore[misc]
            while (item := take()) is not end:
                yield item  # type: ignore[misc]
        finally:
            # The collector may do this in any thread in the midst of anything, also while that
            # holds a lock: it must wait for none, which a pool of threads does.
            closed = True
            orders.put(close)
            orders.put(None)

    for _ in range(2):
        orders.put(make_one)
    Thread(target=_carry_out, args=(orders,), daemon=True).start()
    begun = turns()
    # Of one that never began, closing would end nothing.
    next(begun)
    return begun


def _carry_out(orders: SimpleQueue[Callable[[], None] | None]) -> None:
    while (order := orders.get()) is not None:
        order()
        # While it waits a thread holds nothing that somebody may have forgotten.
        del order


def made_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items, each when the next one is made: what its making begins is then under way.

    What was made is yielded, too, where the next one cannot be: what that raises comes after it.
    """
    made: deque[T] = deque()
    failure: Exception | None = None
    try:
        for item in items:
            made.append(item)
            if len(made) > 1:
                yield made.popleft()
    except Exception as error:  # noqa: BLE001 - raised below
        failure = error
    yield from made
    if failure is not None:
        raise failure


def in_order(fetch: Callable[[K], T], keys: Iterable[K], *, parallel: int) -> Iterator[tuple[K, T]]:
    """Yield keys with what is fetched for each, so many at once, in the order of the keys.

    Args:
        fetch: Called in other threads; what it raises comes in its turn.
        keys: As many as there may be, also without an end.
        parallel: How many fetches are under way at most.
    """
    left = iter(keys)
    under_way: deque[tuple[K, Future[T]]] = deque()
    # Threads are made as they are needed: for a single key one.
    pool = ThreadPoolExecutor(parallel)
    try:
        under_way.extend((key, pool.submit(fetch, key)) for key in islice(left, parallel))
        while under_way:
            key, fetched = under_way.popleft()
            result = fetched.result()
            under_way.extend((more, pool.submit(fetch, more)) for more in islice(left, 1))
            yield key, result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

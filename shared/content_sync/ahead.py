"""Asking ahead: what is fetched while what came before is worked on. Order is kept.

Whoever stops in between waits for nothing: what is under way then ends by itself, and is lost.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def in_background(work: Callable[[], T]) -> Callable[[], T]:
    """Begin some work in another thread; return what waits for it, and raises what it raises."""
    pool = ThreadPoolExecutor(1)
    result = pool.submit(work)
    pool.shutdown(wait=False)
    return result.result


def one_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """Yield what an iterator yields, working on in another thread meanwhile.

    It begins with the first one at once. One is ready ahead at most, while the one after it is
    under way: so its thread goes from one to the next without waiting for anybody's turn.
    """
    pool = ThreadPoolExecutor(1)
    end = object()

    def next_one() -> Future[T | object]:
        return pool.submit(next, items, end)

    coming = deque((next_one(), next_one()))

    def turns() -> Generator[T, None, None]:
        try:
            while (item := coming.popleft().result()) is not end:
                coming.append(next_one())
                yield item  # type: ignore[misc]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return turns()


def made_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items, each when the next one is made: what its making begins is then under way.

    What was made is yielded, too, where the next one cannot be: what that raises comes after it.
    """
    made: deque[T] = deque()
    try:
        for item in items:
            made.append(item)
            if len(made) > 1:
                yield made.popleft()
    except Exception:
        yield from made
        raise
    yield from made


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

"""Asking ahead alone: order is kept, what fails comes in its turn, and nobody asks too far."""

import concurrent.futures.thread
import gc
import itertools
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from content_sync.ahead import in_background, in_order, made_ahead, prefetched


def test_what_is_fetched_comes_in_the_order_of_the_keys() -> None:
    first = threading.Event()

    def fetch(key: int) -> int:
        # The first is answered last.
        if key == 0:
            assert first.wait(5)
        if key == 3:
            first.set()
        return key * key

    assert list(in_order(fetch, range(4), parallel=4)) == [(0, 0), (1, 1), (2, 4), (3, 9)]


def test_no_more_are_under_way_than_may_be() -> None:
    lock, now, most, asked = threading.Lock(), 0, 0, 0
    full = threading.Barrier(3)

    def fetch(key: int) -> int:
        nonlocal now, most, asked
        with lock:
            now, asked = now + 1, asked + 1
            most = max(most, now)
        full.wait(5)
        with lock:
            now -= 1
        return key

    found = list(in_order(fetch, range(9), parallel=3))
    assert [key for key, _ in found] == list(range(9))
    assert (most, asked) == (3, 9)


def test_keys_without_an_end_are_asked_for_only_a_little_beyond() -> None:
    asked: list[int] = []

    def fetch(key: int) -> int:
        asked.append(key)
        return key

    for key, _ in in_order(fetch, itertools.count(), parallel=4):
        if key == 5:
            break
    assert set(range(6)) <= set(asked)
    assert max(asked) <= 5 + 4


def test_a_failure_comes_in_its_turn_and_one_beyond_the_end_never() -> None:
    def fetch(key: int) -> int:
        if key > 2:
            raise ValueError(key)
        return key

    found: list[int] = []
    with pytest.raises(ValueError, match="3"):
        found.extend(key for key, _ in in_order(fetch, range(9), parallel=4))
    assert found == [0, 1, 2]
    for key, _ in in_order(fetch, range(9), parallel=4):
        if key == 2:
            break


def test_the_next_item_is_made_while_one_is_worked_on() -> None:
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in prefetched(items()):
        if number < 2:
            assert made[number + 1].wait(5), "the next one was not begun"


def test_one_is_made_ready_ahead_and_the_next_begun_and_no_more() -> None:
    made: list[int] = []
    begun = threading.Event()

    def items() -> Iterator[int]:
        for number in range(9):
            made.append(number)
            if number == 2:
                begun.set()
            yield number

    numbers = prefetched(items())
    assert next(numbers) == 0
    # Nobody took the one that is ready, and the next one is made nevertheless.
    assert begun.wait(5)
    assert next(numbers) == 1
    numbers.close()
    assert max(made) <= 3


@pytest.mark.parametrize("taken", [0, 1])
def test_whoever_closes_it_closes_what_works_ahead(taken: int) -> None:
    under_way, goes_on, closed = threading.Event(), threading.Event(), threading.Event()
    made: list[int] = []

    def items() -> Iterator[int]:
        try:
            for number in range(9):
                if number > taken:
                    under_way.set()
                    assert goes_on.wait(5)
                made.append(number)
                yield number
        finally:
            closed.set()

    numbers = prefetched(items())
    assert [next(numbers) for _ in range(taken)] == list(range(taken))
    assert under_way.wait(5)
    numbers.close()
    assert not closed.is_set(), "what is under way is not broken off"
    goes_on.set()
    assert closed.wait(5)
    assert made == list(range(taken + 2))


def test_it_is_closed_also_where_the_collector_finds_it_while_a_thread_is_begun() -> None:
    """It then closes it in the midst of that, while this holds the lock of all pools."""
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.set()

    numbers = prefetched(items())
    assert next(numbers) == 0
    closing = threading.Thread(target=numbers.close, daemon=True)
    with concurrent.futures.thread._global_shutdown_lock:  # type: ignore[attr-defined]
        closing.start()
        closing.join(5)
        assert not closing.is_alive()
    assert closed.wait(5)


def test_it_is_closed_also_where_what_it_reads_from_knows_it() -> None:
    """Of a run that failed everything holds everything, and nobody holds the run."""
    closed = threading.Event()

    def items(known: list[object]) -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            known.clear()
            closed.set()

    known: list[object] = []
    known.append(prefetched(items(known)))
    del known
    # While an item is made, the thread that makes it holds everything.
    assert any(gc.collect() >= 0 and closed.wait(0.05) for _ in range(100))


def test_an_error_that_nobody_takes_holds_nothing() -> None:
    """Of a run that stops the time is closed, and what is asked for ahead meets that."""
    ends = threading.Event()

    class Holds:
        """What only the frame that raised still holds."""

    def items(held: Holds) -> Iterator[int]:
        yield 1
        ends.wait(5)
        raise LookupError(held)

    held = Holds()
    alive = weakref.ref(held)
    gc.disable()
    try:
        numbers = prefetched(items(held))
        del held
        assert next(numbers) == 1
        ends.set()
        time.sleep(0.05)
        numbers.close()
        del numbers
        assert any(alive() is None or time.sleep(0.05) for _ in range(100))
    finally:
        gc.enable()


def test_what_is_made_ahead_comes_in_order_and_whole() -> None:
    made: list[int] = []

    def items(number: int) -> Iterator[int]:
        for one in range(number):
            made.append(one)
            yield one

    for number in made_ahead(items(3)):
        assert made[-1] == min(number + 1, 2)
    assert [list(made_ahead(items(number))) for number in range(3)] == [[], [0], [0, 1]]


def test_what_was_made_comes_before_what_its_successor_raises() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError

    found: list[int] = []
    with pytest.raises(LookupError):
        found.extend(made_ahead(items()))
    assert found == [1, 2]


def test_what_an_iterator_raises_is_raised_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError

    found: list[int] = []
    with pytest.raises(LookupError):
        found.extend(prefetched(items()))
    assert found == [1]


def test_work_that_was_begun_raises_each_time_it_is_waited_for() -> None:
    def work() -> None:
        raise LookupError

    wait = in_background(work)
    for _ in range(2):
        with pytest.raises(LookupError):
            wait()
    assert in_background(lambda: 7)() == 7

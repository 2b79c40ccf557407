"""So many at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield values in lists of a size, the last one perhaps shorter."""
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch


def by_weight(weighed: Iterable[tuple[T, int]], *, most: int, heaviest: int) -> Iterator[list[T]]:
    """Yield values, each given with its weight, in lists that are neither too long nor too heavy.

    Args:
        weighed: The values with their weights.
        most: How many a list holds at most.
        heaviest: Their weight together at most, unless one alone is heavier.
    """
    batch: list[T] = []
    total = 0
    for value, weight in weighed:
        if batch and (len(batch) == most or total + weight > heaviest):
            yield batch
            batch, total = [], 0
        batch.append(value)
        total += weight
    if batch:
        yield batch

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

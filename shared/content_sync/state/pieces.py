"""A mapping cut into small items, so that a change writes about what it changed."""

from collections.abc import Iterator
from typing import Any

from content_sync.encoding import as_json


class Pieces:
    """A mapping of texts to anything JSON, in numbered pieces of about a given size.

    Args:
        most_bytes: Beyond which a piece takes no further key.
        stored: The pieces as they were stored.
    """

    def __init__(self, most_bytes: int, stored: dict[int, dict[str, Any]]) -> None:
        self._most = most_bytes
        self._pieces = stored
        self._changed: set[int] = set()
        # Of the piece that takes new keys, once there is one.
        self._size: int | None = None

    def __len__(self) -> int:
        """Return how many pieces there are."""
        return len(self._pieces)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield all keys with their values."""
        for piece in self._pieces.values():
            yield from piece.items()

    def get(self, key: str) -> Any:
        """Return a key's value, or None."""
        for piece in self._pieces.values():
            if key in piece:
                return piece[key]
        return None

    def piece(self, number: int) -> dict[str, Any]:
        """Return a piece by its number."""
        return self._pieces[number]

    def touch(self, number: int) -> bool:
        """Let a piece count as changed, if there is one of this number."""
        if number in self._pieces:
            self._changed.add(number)
        return number in self._pieces

    def set(self, key: str, value: Any) -> None:
        """Give a key a value."""
        for number, piece in self._pieces.items():
            if key in piece:
                piece[key] = value
                self._changed.add(number)
                return
        self._add(key, value)

    def _add(self, key: str, value: Any) -> None:
        last = max(self._pieces, default=0)
        if self._size is None:
            self._size = _size(self._pieces.get(last, {}))
        if self._size >= self._most:
            last, self._size = last + 1, 0
        self._pieces.setdefault(last, {})[key] = value
        self._size += len(key.encode()) + len(str(value))
        self._changed.add(last)

    def remove(self, key: str) -> None:
        """Forget a key."""
        for number, piece in self._pieces.items():
            if key in piece:
                del piece[key]
                self._changed.add(number)
                return

    def changed(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the pieces that changed since the last call; an empty one is to be removed."""
        changed, self._changed = sorted(self._changed), set()
        for number in changed:
            yield number, self._pieces[number]


def _size(piece: dict[str, Any]) -> int:
    return len(as_json(piece))

"""Instants as whole milliseconds since the epoch, in UTC."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

# Numbers below this are epoch seconds (until the year 5138), the others milliseconds.
SECONDS_BELOW = 1e11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(value: Any) -> int | None:
    """Read a provider's instant, in any of the notations that providers use.

    Args:
        value: ISO 8601 text (a blank for the `T`, an offset without colon and a date alone are
            accepted; without a zone it is UTC), or a number of seconds or milliseconds.

    Returns:
        Milliseconds since the epoch, or None when there is no usable instant.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdecimal() and 8 < len(text) < 20):
            return _from_iso(text)
        value = int(text)
    if not isinstance(value, int | float) or not 0 < value <= _LATEST:
        return None
    milliseconds = int(value * 1000 if value < SECONDS_BELOW else value)
    return milliseconds if 0 < milliseconds <= _LATEST else None


def _from_iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        milliseconds = from_datetime(moment)
    except (ValueError, OverflowError):
        return None
    return milliseconds if milliseconds > 0 else None


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def to_iso(milliseconds: int) -> str:
    """Return `2026-01-31T07:20:00.000Z`: UTC with milliseconds, as 360Learning's API shows it."""
    seconds, left = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{left:03d}Z"


def now() -> int:
    """Return the present instant in milliseconds."""
    return time.time_ns() // 1_000_000


_LATEST = from_datetime(datetime(9999, 12, 31, tzinfo=UTC))

"""ISO 8601 durations, by pydantic's own parser: a day is 24 hours, a month 30 days, a year 365."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from content_sync.fields.reading import clean_text, whole_minutes

_PARSER = TypeAdapter(timedelta)
_MICROSECONDS_A_MINUTE = 60_000_000


def duration_minutes(value: Any) -> int | None:
    """An ISO 8601 duration in whole minutes, by the rules of `whole_minutes`."""
    duration = _parsed(value)
    if duration is None:
        return None
    return whole_minutes(Decimal(duration // timedelta(microseconds=1)) / _MICROSECONDS_A_MINUTE)


def duration_milliseconds(value: Any) -> Decimal | None:
    """An ISO 8601 duration in milliseconds; None when there is none to be read."""
    duration = _parsed(value)
    return None if duration is None else Decimal(duration // timedelta(milliseconds=1))


def _parsed(value: Any) -> timedelta | None:
    # The parser also takes clock times and plain numbers, which are no ISO 8601 durations.
    text = (clean_text(value) or "").upper()
    if not text.startswith("P"):
        return None
    try:
        return _PARSER.validate_python(text)
    except (ValidationError, OverflowError):
        return None

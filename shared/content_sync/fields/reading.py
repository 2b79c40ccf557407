"""Reading values that a provider may leave out, set to null or give in another type."""

import ipaddress
import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

LONGEST_MINUTES = 100_000


def clean_text(value: Any) -> str | None:
    """The trimmed text, or None when there is none."""
    if isinstance(value, str):
        return value.strip() or None
    return None


def clean_id(value: Any) -> str | None:
    """An id as text, whether the provider writes it as text or as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean_text(value)


def number(value: Any) -> Decimal | None:
    """A finite number, whether given as a number or as text; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    try:
        result = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return result if result.is_finite() and abs(result) < 10**15 else None


def https_url(value: Any) -> str | None:
    """An absolute https URL, or None."""
    text = clean_text(value)
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        return text if parts.scheme == "https" and parts.hostname else None
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def whole_minutes(minutes: Decimal | None) -> int | None:
    """Whole minutes, rounded half up, from 1 to 100000; None when unknown, 0 or negative."""
    if minutes is None or minutes <= 0:
        return None
    rounded = int(minutes.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return min(max(rounded, 1), LONGEST_MINUTES)


def part(value: Any, *names: str) -> Any:
    """What stands under nested names, or None where one of them is no object."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def parts(value: Any, *names: str) -> list[Any]:
    """What stands under nested names in each object of a list; none where it is no list."""
    return [part(item, *names) for item in value] if isinstance(value, list) else []


class Raw(BaseModel):
    """A provider's own object: its field names, and no more certainty than its API gives.

    Every field may be missing, null or of another type than documented: the mappers read them with
    the functions of this module, which judge each use of a value by itself.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def read(cls, value: Any) -> Self:
        """The object, whatever came instead of one."""
        return cls.model_validate(value if isinstance(value, dict) else {})

"""Reading values that a provider may leave out, set to null or give in another type."""

import ipaddress
import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict

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
    if isinstance(value, bool) or not isinstance(value, int | float | str):
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


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str | None, BeforeValidator(clean_text)]
Identifier = Annotated[str | None, BeforeValidator(clean_id)]
Number = Annotated[Decimal | None, BeforeValidator(number)]
# For nested raw models: what is not an object reads as an empty one, what is not a list as none.
AsObject = BeforeValidator(_object)
AsObjects = BeforeValidator(_objects)


class Raw(BaseModel):
    """A provider's own object: its field names, no more certainty than its API gives."""

    model_config = ConfigDict(extra="ignore", frozen=True)

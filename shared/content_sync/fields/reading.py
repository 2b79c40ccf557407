"""Read values that a provider may leave out, set to null or give in another type.

Every function takes anything that JSON can hold and returns None where it cannot read it; none
raises. The types of `content_sync.fields` are made of them.
"""

import html
import ipaddress
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

import nh3
from pydantic import TypeAdapter, ValidationError

LONGEST_MINUTES = 100_000
MOST_DIGITS = 15
# Larger whole numbers than this are neither ids nor amounts, and Python refuses to print the
# largest of them.
_MOST_BITS = 64
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DURATION = TypeAdapter(timedelta)
# Made once: a cleaner takes longer to make than to use.
_CLEANER = nh3.Cleaner()
# What the sanitiser may change; text without any of these comes out as it went in.
_MARKUP = re.compile(r"[<>&\x00\xa0\r]")
# Nearly all URLs; the rest is taken apart.
_PLAIN_HTTPS = re.compile(r"https://[a-zA-Z0-9.-]+(?:[/?#]|$)")
_NOT_IN_URLS = re.compile(r"""[\x00-\x20"'<>\\^`{|}\x7f]""")
# What a browser takes for a tag, a comment or a declaration; "3 < 5" is none.
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")


def to_text(value: Any) -> str | None:
    """Return the trimmed text, or None when there is none; lone surrogates become U+FFFD."""
    if not isinstance(value, str):
        return None
    if not value.isascii():
        value = _LONE_SURROGATE.sub("\ufffd", value)
    return value.strip() or None


def whole_characters(value: Any) -> Any:
    """Return what JSON held with lone surrogates replaced by U+FFFD, at any depth, keys as well."""
    if isinstance(value, str):
        return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [whole_characters(one) for one in value]
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(one) for key, one in value.items()}
    return value


def to_id(value: Any) -> str | None:
    """Return an id as text, whether the provider writes it as text or as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() <= _MOST_BITS else None
    return to_text(value)


def to_number(value: Any) -> Decimal | None:
    """Return a finite number below 10^15, whether given as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    try:
        result = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    # By its exponent: to compare the largest ones would overflow.
    return result if result.is_finite() and result.adjusted() < MOST_DIGITS else None


def to_flag(value: Any) -> bool | None:
    """Return a truth value, also where a provider writes it as 0, 1 or text."""
    if isinstance(value, str):
        value = value.strip().lower()
    if value in (True, "1", "true"):
        return True
    return False if value in (False, "0", "false") else None


def to_https_url(value: Any) -> str | None:
    """Return an absolute https URL, or None."""
    text = to_text(value)
    return url_encoded(text) if text is not None and is_https_url(text) else None


def is_https_url(text: str) -> bool:
    """Tell whether a text is an absolute https URL."""
    if _PLAIN_HTTPS.match(text):
        return True
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return False


def to_html(value: Any) -> str | None:
    """Return what nh3 (ammonia) allows of an HTML text by default; None when nothing is left."""
    text = to_text(value)
    if text is None or not _MARKUP.search(text):
        return text
    return to_text(_CLEANER.clean(text))


def without_tags(text: str) -> str:
    """Return a text without the tags in it, trimmed."""
    if not _TAG.search(text):
        return text
    left = _TAG.sub("", text)
    # Tags may stand inside of one another; once is enough for anybody who means well.
    return (left.replace("<", " ") if _TAG.search(left) else left).strip()


def url_encoded(url: str) -> str:
    """Return a URL with what may not stand in one encoded (RFC 3986): it may end an attribute."""
    return _NOT_IN_URLS.sub(lambda found: quote(found[0], safe=""), url)


def as_html(text: str) -> str:
    """Return a plain text as what shows the same, whether its field is rendered as HTML or not.

    Where nothing in it is markup to a browser, that is the text itself; else it is escaped.
    """
    if _TAG.search(text) or html.unescape(text) != text:
        return html.escape(text, quote=False)
    return text


def to_duration(value: Any) -> int | None:
    """Return an ISO 8601 duration in milliseconds.

    A day is 24 hours, a month 30 days, a year 365 (pydantic's own parser, and the mapping rules).
    """
    # The parser also takes clock times and plain numbers, which are not ISO 8601 durations.
    text = (to_text(value) or "").upper()
    if not text.startswith("P"):
        return None
    try:
        return _DURATION.validate_python(text) // timedelta(milliseconds=1)
    except (ValidationError, OverflowError):
        return None


def to_localized(value: Any) -> str | None:
    """Return a text, or of one in several languages the default, else English, else the first."""
    if not isinstance(value, dict):
        return to_text(value)
    candidates = (value.get("default"), value.get("en"), *value.values())
    return next((text for candidate in candidates if (text := to_text(candidate))), None)


def whole_minutes(minutes: Decimal | None) -> int | None:
    """Return whole minutes, rounded half up, from 1 to 100000; None when unknown, 0 or negative."""
    if minutes is None or minutes <= 0:
        return None
    if minutes >= LONGEST_MINUTES:
        return LONGEST_MINUTES
    return max(int(minutes.quantize(Decimal(1), rounding=ROUND_HALF_UP)), 1)


def minutes_of(milliseconds: int | None) -> int | None:
    """Return a duration in whole minutes; see `whole_minutes`."""
    return None if milliseconds is None else whole_minutes(Decimal(milliseconds) / 60_000)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def part(value: Any, *names: str) -> Any:
    """Return what stands under nested names, or None where one of them is not an object."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def parts(value: Any, *names: str) -> list[Any]:
    """Return what stands under nested names in each object of a list; none where it is no list."""
    return [part(item, *names) for item in value] if isinstance(value, list) else []

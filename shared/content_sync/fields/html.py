"""Descriptions that are HTML at the provider."""

import re
from typing import Any

import nh3

from content_sync.fields.reading import clean_text

# Made once: a cleaner takes longer to make than to use.
_CLEANER = nh3.Cleaner()
# What a sanitiser may change; text without any of these comes out as it went in.
_MARKUP = re.compile(r"[<>&\x00\xa0\r]")


def sanitise(value: Any) -> str | None:
    """Keeps what nh3 (ammonia) allows by default; None when nothing is left."""
    text = clean_text(value)
    if text is None or not _MARKUP.search(text):
        return text
    return clean_text(_CLEANER.clean(text))

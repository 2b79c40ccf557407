"""Descriptions that are HTML at the provider."""

from typing import Any

import nh3

from content_sync.values import clean_text


def sanitise(value: Any) -> str | None:
    """Keeps what nh3 (ammonia) allows by default; None when nothing is left."""
    text = clean_text(value)
    return clean_text(nh3.clean(text)) if text else None

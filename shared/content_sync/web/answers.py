"""What an answer says, whoever sent it: pure functions that never raise."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from content_sync.fields.reading import whole_characters

# Stands for a body that is not JSON, so that it is never mistaken for an empty answer.
NO_JSON = object()

_MAY_HOLD_SURROGATES = re.compile(r"\\u[dD][89a-fA-F]")
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{0,9})?")
_CODE = re.compile(r"[\w.-]{1,64}")


@dataclass(slots=True)
class Answer:
    """A whole answer of the service."""

    status: int
    headers: Mapping[str, str]
    body: Any


def answer_of(status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """Return an answer with its body as JSON: None when it has none, NO_JSON for anything else."""
    return Answer(status, headers, None if not content and status < 400 else _parsed(content))


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:
        pass
    try:
        # Left to itself the parser would take halves of surrogate pairs for characters.
        text = content.decode(json.detect_encoding(content), errors="replace")
        body = json.loads(text)
        # They may be written as escapes, too: nothing could take them further.
        return whole_characters(body) if _MAY_HOLD_SURROGATES.search(text) else body
    except (ValueError, RecursionError):
        return NO_JSON


def error_code(body: Any) -> str:
    """Return the machine-readable code in any of the error shapes that these services use."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    holder = error if isinstance(error, dict) else body
    candidates = [error, *(holder.get(key) for key in ("code", "error_code", "errorCode"))]
    codes = (str(code) for code in candidates if isinstance(code, str | int))
    # A sentence is not a code, and may repeat what was sent.
    return next((code for code in codes if _CODE.fullmatch(code)), "")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait, from either form of the header; None when there is none."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

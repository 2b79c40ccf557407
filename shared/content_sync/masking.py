"""How a learner's address may appear anywhere: `j***@example.com`."""

import re
from typing import Any

# What ends an address or begins one, but for quotes around its first part (RFC 5322).
_WORD = re.compile(r'[^\s"<>()\[\]:;\\,]+')
_AT = re.compile(r"@|%(?:25)*40", re.IGNORECASE)
_DISGUISED = re.compile(r"&#0*64;|&#x0*40;|&commat;|\\u0040|[\uff20\ufe6b]", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"\n]{1,64})"(?=@|%(?:25)*40)', re.IGNORECASE)


def mask(text: str) -> str:
    """Mask every e-mail address in a text, in time that grows with its length only.

    Rather too much than too little: whatever stands without a separator around an at sign.
    """
    text = _DISGUISED.sub("@", text)
    if not _AT.search(text):
        return text
    return _WORD.sub(_masked, _QUOTED.sub(lambda found: f"{found[1][0]}***", text))


def _masked(word: re.Match[str]) -> str:
    first, *others = _AT.split(word[0])
    return f"{first[:1]}***@{others[-1]}" if others else word[0]


def mask_all(value: Any) -> Any:
    """Mask every address in anything JSON, keys included."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask_all(key): mask_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(one) for one in value]
    return value

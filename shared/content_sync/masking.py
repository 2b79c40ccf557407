"""How a learner's address may appear anywhere: `j***@example.com`."""

import re
from typing import Any

# What ends an address or begins one, but for quotes around its first part (RFC 5322). Letters may
# be written as JSON's escapes.
_WORD = re.compile(
    r'(?:[^\s"<>()\[\]:;\\,&]|\\{1,8}(?:u[0-9a-f]{4}|x[0-9a-f]{2})|&(?:amp;)*#?\w{1,8};|&)+',
    re.IGNORECASE,
)
_AT_SIGN = r"(?:@|%(?:25)*40)"
_AT = re.compile(_AT_SIGN, re.IGNORECASE)
# The sign as HTML, JSON, scripts and URLs may write it, and its wide and small forms.
_DISGUISED = re.compile(
    r"(?:&|%(?:25)*26)(?:amp;)*(?:(?:#|%(?:25)*23)(?:0*64(?![0-9])|0*65312|0*65131"
    r"|x0*40(?![0-9a-f])|x0*ff20|x0*fe6b)|commat)(?:;|%(?:25)*3b)?"
    r"|(?:\\{1,8}|%(?:25)*5c)(?:u(?:0040|ff20|fe6b)|u\{0{0,4}40\}|x40)"
    r"|%(?:25)*u(?:0040|ff20|fe6b)|%(?:25)*ef%(?:25)*(?:bc%(?:25)*a0|b9%(?:25)*ab)|[\uff20\ufe6b]",
    re.IGNORECASE,
)
_QUOTE = r'(?:\\{0,8}"|\\{1,8}u0022|%(?:25)*22|&(?:amp;)*(?:quot|#0*34|#x0*22);)'
_QUOTED = re.compile(rf'{_QUOTE}((?:\\.|[^"\\\n]){{1,64}}?){_QUOTE}(?={_AT_SIGN})', re.IGNORECASE)


# An at sign alone is none: `content@1.2` is an id like any other.
_WITH_DOMAIN = re.compile(rf"{_AT_SIGN}[\w.-]*\.[a-z]{{2,}}", re.IGNORECASE)


def holds_address(text: str) -> bool:
    """Tell whether an e-mail address stands in a text, as far as that can be told."""
    return _WITH_DOMAIN.search(_DISGUISED.sub("@", text)) is not None


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

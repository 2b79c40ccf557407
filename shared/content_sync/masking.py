"""How a learner's address may appear anywhere: `j***@example.com`."""

import re
from typing import Any

# What ends an address or begins one, but for quotes around its first part (RFC 5322). Letters may
# be written as JSON's escapes.
_WORD = re.compile(r'(?:[^\s"<>()\[\]:;\\,]|\\u[0-9a-fA-F]{4})+')
_AT_SIGN = r"(?:@|%(?:25)*40)"
_AT = re.compile(_AT_SIGN, re.IGNORECASE)
# The sign as HTML, JSON, scripts and URLs may write it, and its wide and small forms.
_DISGUISED = re.compile(
    r"&(?:amp;)*(?:#0*64(?![0-9]);?|#x0*40(?![0-9a-f]);?|commat;?)"
    r"|(?:\\|%(?:25)*5c)(?:u(?:0040|ff20|fe6b)|x40)"
    r"|%u(?:0040|ff20|fe6b)|%ef%(?:bc%a0|b9%ab)|[\uff20\ufe6b]",
    re.IGNORECASE,
)
_QUOTE = r'(?:\\?"|%(?:25)*22|&(?:amp;)*quot;)'
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

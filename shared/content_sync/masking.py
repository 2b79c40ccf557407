"""How a learner's address may appear in a report: `j***@example.com`."""

import re

# Rather too much than too little: whatever stands without a blank around an at sign.
_ADDRESS = re.compile(r'([^\s"<>])[^\s"<>]*?(?:@|%40)([^\s"<>]+)')


def mask(text: str) -> str:
    """Mask every e-mail address in a text."""
    return _ADDRESS.sub(r"\1***@\2", text)

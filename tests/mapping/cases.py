"""All cases: each provider's stand in a module of its name.

`docs/mapping.md` is made of them by tools/pages.py: a row stands there only as long as its
case passes.
"""

import importlib
from dataclasses import replace

from content_sync.providers.registry import PROVIDERS
from tests.mapping.case import Case

CASES: tuple[Case, ...] = tuple(
    replace(case, number=number)
    for provider in sorted(PROVIDERS)
    for number, case in enumerate(importlib.import_module(f"tests.mapping.{provider}").CASES)
)

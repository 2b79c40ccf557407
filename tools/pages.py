"""Make what is made from the code: mappings, the list of providers, secrets' keys, reasons.

Usage: python -m tools.pages
"""

import json
import re
from pathlib import Path
from typing import Any

from console.reasons import REASONS
from content_sync.lifecycle.describe import secret_schema
from content_sync.providers.registry import PROVIDERS
from content_sync.providers.schedule import DEFAULT_ZONES
from content_sync.settings import IntegrationSettings
from tests.mapping.case import Case
from tests.mapping.cases import CASES

DOCS = Path(__file__).parents[1] / "docs"
MAPPING, LIST = DOCS / "mapping.md", DOCS / "providers" / "README.md"
OPERATIONS = DOCS / "operations.md"
MAPPING_HEAD = """# Mapping

Made by `make pages` from the cases in `tests/mapping/`, which run through the same
mappers as the synchronization; the tests fail when this page is stale. The column *Sent* is what
the code made of the example. `(whole course)` and `(whole row)` stand for what becomes of the
object itself: `Withdrawn` is archived if it was sent before and ignored otherwise, `Untouched`
changes nothing, `Invalid` and `InvalidRow` are counted and named in the report, `IgnoredRow` is
left out.

Rules for all providers: texts are trimmed; what is empty is omitted; launch URLs are https; a
duration is 1 to 100000 minutes; a language is one of API v2's; where a course names no source, its
provider is the source. Completed rows carry their completion instant in `lastActivityAt`, and
`timeSpent` belongs to a learner's first attempt on a course: every later one carries 1.
`modifiedAt` and `tags` are not fields of the item: the ledger keeps the one, the other has an
endpoint of its own.
"""


LIST_HEAD = """# Providers

One page for each provider, for the administrator and the engineer who set it up. All have the same
seven sections, from what to ask the provider for to advice and limits. This list is made by
`make pages` from the providers' records and pages.

| Provider | Functions | Local times, daily | Zone |
| --- | --- | --- | --- |
"""
ASSUMED_HEAD = """
## What is assumed

| Provider | Because no public description says it |
| --- | --- |
"""
REASONS_HEAD = "| Reason | Meaning | To do |\n| --- | --- | --- |\n"
KEYS_HEAD = "| Key | Required | Default | Meaning |\n| --- | --- | --- | --- |\n"
_KEYS = re.compile(r"\| Key \| Required .+?\n\n", re.DOTALL)
_REASONS = re.compile(r"\| Reason \| Meaning \| To do .+?\n\n", re.DOTALL)
_ASSUMED = re.compile(r"\*\*Assumed:\*\* (.+?)\.?\n\n", re.DOTALL)
LIST_TAIL = """
`Etc/GMT-1` is UTC+1 all year round (the POSIX sign is inverted; parameter `FixedZone` of the
template); Europe/Paris follows summer time (`ParisZone`). Deployed, a function is called after the
stack, as in `content-sync-go1-catalog`. The times are 360Learning's own, except those of
OpenClassrooms, for which its guide names none. The pages suppose the stack name `content-sync` and
the default `SecretsPrefix`.
"""


def providers() -> str:
    """Return the text of docs/providers/README.md."""
    rows = [
        f"| [{provider.display_name}]({provider.name}.md) | `{provider.name}_{kind}` "
        f"| {', '.join(f'{moment:%H:%M}' for moment in schedule.times)} "
        f"| {DEFAULT_ZONES[schedule.zone]} |\n"
        for _, provider in sorted(PROVIDERS.items())
        for kind, schedule in provider.schedules.items()
    ]
    assumed = [
        f"| {provider.display_name} | {_assumption(DOCS / 'providers' / f'{name}.md')} |\n"
        for name, provider in sorted(PROVIDERS.items())
    ]
    return "".join([LIST_HEAD, *rows, LIST_TAIL, ASSUMED_HEAD, *assumed])


def _assumption(page: Path) -> str:
    found = _ASSUMED.search(page.read_text())
    return " ".join(found[1].split()) if found else "nothing"


def page(provider: str) -> str:
    """Return the text of a provider's page, with the table of its secret's keys made anew."""
    text = (DOCS / "providers" / f"{provider}.md").read_text()
    schema = secret_schema(PROVIDERS[provider])
    properties, required = schema["properties"], schema["required"]
    own = [key for key in properties if key not in IntegrationSettings.model_fields]
    rows = [
        f"| `{key}` | {'yes' if key in required else 'no'} "
        f"| {default(properties[key])} | {properties[key]['description']} |\n"
        for key in (*own, *IntegrationSettings.model_fields)
    ]
    made, found = _KEYS.subn(lambda _: "".join([KEYS_HEAD, *rows, "\n"]), text)
    assert found == 1, f"the page of {provider} has no table of keys"
    return made


def operations() -> str:
    """Return the text of docs/operations.md, with the table of reasons made anew."""
    rows = [
        f"| {', '.join(f'`{word}`' for word in reason.words)} | {reason.means} | {reason.do} |\n"
        for reason in REASONS
    ]
    made, found = _REASONS.subn(
        lambda _: "".join([REASONS_HEAD, *rows, "\n"]), OPERATIONS.read_text()
    )
    assert found == 1, "docs/operations.md has no table of reasons"
    return made


def default(schema: dict[str, Any]) -> str:
    """Return a key's default as it stands in a table; blank where there is none."""
    value = schema.get("default")
    return "" if value is None else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def mapping() -> str:
    """Return the text of docs/mapping.md."""
    parts = [MAPPING_HEAD]
    for provider in sorted(PROVIDERS):
        parts.append(f"\n## {PROVIDERS[provider].display_name}\n")
        for kind, title in (("course", "Courses"), ("statistic", "Statistics")):
            parts.append(f"\n### {title}\n\n")
            parts.append(
                "| Source field | Rule | 360Learning field | Example | Sent | Test |\n"
                "| --- | --- | --- | --- | --- | --- |\n"
            )
            rows = [case for case in CASES if (case.provider, case.kind) == (provider, kind)]
            parts += [row(case) for case in rows]
    return "".join(parts)


def row(case: Case) -> str:
    """Return one row of a table."""
    given = case.given["="] if isinstance(case.given, dict) and "=" in case.given else case.given
    example = "" if case.source.startswith("(") else code(given)
    cells = (
        f"`{case.source}`",
        case.rule,
        f"`{case.target}`",
        example,
        code(case.result()),
        f"`test_row[{case.name}]`",
    )
    return f"| {' | '.join(cells)} |\n"


def code(value: object) -> str:
    """Return a value as it may stand in a table."""
    text = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{text}`"


if __name__ == "__main__":
    MAPPING.write_text(mapping())
    LIST.write_text(providers())
    OPERATIONS.write_text(operations())
    for name in PROVIDERS:
        (DOCS / "providers" / f"{name}.md").write_text(page(name))

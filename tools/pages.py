"""Make what is made from the code: mappings, the list of providers, secrets' keys, reasons.

Usage: python -m tools.pages
"""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from console.reasons import REASONS
from content_sync.lifecycle.describe import secret_schema
from content_sync.providers.base import Provider
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


SCHEDULES_HEAD = "| Provider | Functions | Local times, daily | Zone |\n| --- | --- | --- | --- |\n"
ASSUMED_HEAD = "| Provider | Because no public description says it |\n| --- | --- |\n"
REASONS_HEAD = "| Reason | Meaning | To do |\n| --- | --- | --- |\n"
KEYS_HEAD = "| Key | Required | Default | Meaning |\n| --- | --- | --- | --- |\n"
# What the secrets of all providers have, with the defaults of START that most have.
COMMON = IntegrationSettings.model_json_schema()
_LAUNCH = next(field.default for field in fields(Provider) if field.name == "launch")
COMMON["properties"]["launch_completes"]["default"] = _LAUNCH.completes
COMMON["properties"]["launch_progress"]["default"] = _LAUNCH.progress
_ASSUMED = re.compile(r"\*\*Assumed:\*\* (.+?)\.?\n\n", re.DOTALL)


def providers() -> str:
    """Return the text of docs/providers/README.md, with its tables made anew."""
    schedules = [
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
    text = with_table(LIST.read_text(), SCHEDULES_HEAD, schedules)
    text = with_table(text, KEYS_HEAD, [key_row(key, COMMON) for key in COMMON["properties"]])
    return with_table(text, ASSUMED_HEAD, assumed)


def with_table(text: str, head: str, rows: list[str]) -> str:
    """Return a page with a table, known by its head, made anew."""
    before, found, after = text.partition(head)
    assert found, f"the page has no table {head}"
    rest = (
        after.lstrip("\n") if after[:1] == "\n" else re.sub(r"\A(\|.*\n)*", "", after).lstrip("\n")
    )
    return "".join([before, head, *rows, "\n" if rest else "", rest])


def key_row(key: str, schema: dict[str, Any]) -> str:
    """Return the row of a secret's key."""
    about = schema["properties"][key]
    required = "yes" if key in schema["required"] else "no"
    return f"| `{key}` | {required} | {default(about)} | {about['description']} |\n"


def _assumption(page: Path) -> str:
    found = _ASSUMED.search(page.read_text())
    return " ".join(found[1].split()) if found else "nothing"


def page(provider: str) -> str:
    """Return the text of a provider's page, with the table of its own keys made anew.

    Of the keys that all have, those whose default is another here.
    """
    text = (DOCS / "providers" / f"{provider}.md").read_text()
    schema = secret_schema(PROVIDERS[provider])
    properties, common = schema["properties"], COMMON["properties"]
    keys = [key for key in properties if key not in common]
    keys += [key for key in common if properties[key] != common[key]]
    return with_table(text, KEYS_HEAD, [key_row(key, schema) for key in keys])


def operations() -> str:
    """Return the text of docs/operations.md, with the table of reasons made anew."""
    rows = [
        f"| {', '.join(f'`{word}`' for word in reason.words)} | {reason.means} | {reason.do} |\n"
        for reason in REASONS
    ]
    return with_table(OPERATIONS.read_text(), REASONS_HEAD, rows)


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

"""Makes docs/mapping.md: every row of every mapping table, with an example run through the code.

Usage: python -m tools.mapping_sheet
"""

import json
from pathlib import Path

from tests.mapping.case import Case

from content_sync.providers.registry import PROVIDERS
from tests.mapping.cases import CASES

PAGE = Path(__file__).parents[1] / "docs" / "mapping.md"
HEAD = """# Mapping

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


def page() -> str:
    """The page's text."""
    parts = [HEAD]
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
    """One row of a table."""
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
    """A value as it may stand in a table."""
    text = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(page())

"""Each row of the mapping tables, and the page that is made of them."""

import pytest

from content_sync.providers.registry import PROVIDERS
from tests.mapping.case import Case
from tests.mapping.cases import CASES
from tools.pages import LIST, MAPPING, mapping, page, providers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case: Case) -> None:
    assert case.result() == case.sent


def test_the_pages_are_made_of_cases_and_records() -> None:
    assert MAPPING.read_text() == mapping(), "docs/mapping.md is stale: run make pages"
    assert LIST.read_text() == providers(), "docs/providers/README.md is stale: run make pages"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_page_s_table_of_keys_is_made_of_the_settings(provider: str) -> None:
    there = (LIST.parent / f"{provider}.md").read_text()
    assert there == page(provider), f"docs/providers/{provider}.md is stale: run make pages"


def test_every_provider_has_a_page() -> None:
    assert {path.stem for path in LIST.parent.glob("*.md")} == {"README", *PROVIDERS}


def test_every_provider_has_rows_for_courses_and_statistics() -> None:
    kinds = {(case.provider, case.kind) for case in CASES}
    assert kinds == {(name, kind) for name in PROVIDERS for kind in ("course", "statistic")}

"""Each row of the mapping tables, and the page that is made of them."""

import pytest

from content_sync.providers.registry import PROVIDERS
from tests.mapping.case import Case
from tests.mapping.cases import CASES
from tools.mapping_sheet import PAGE, page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_row(case: Case) -> None:
    assert case.result() == case.sent


def test_the_page_is_made_of_these_cases() -> None:
    assert PAGE.read_text() == page(), "docs/mapping.md is stale: run make mapping"


def test_every_provider_has_rows_for_courses_and_statistics() -> None:
    kinds = {(case.provider, case.kind) for case in CASES}
    assert kinds == {(name, kind) for name in PROVIDERS for kind in ("course", "statistic")}

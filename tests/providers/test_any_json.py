"""No JSON value makes a raw model or a mapper raise, whatever the provider puts there."""

import types
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_sync.domain.course import Course, Invalid, Untouched, Withdrawn
from content_sync.domain.statistic import IgnoredRow, InvalidRow, Statistic
from content_sync.fields import Raw
from content_sync.learning360.items import course_item, digest, statistic_item
from content_sync.providers.base import Provider
from content_sync.providers.registry import PROVIDERS

# Texts that readers of numbers, dates, URLs, durations and HTML stumble over.
AWKWARD_NUMBERS = ("²²", "1e999999999", "9" * 5000, "NaN", "-Infinity", "true", "0")
AWKWARD_DATES = ("2026-01-31", "2026-02-31T25:00Z", "0001-01-01T00:00:00+10:00", "P1Y", "PT")
AWKWARD_TEXTS = ("", " ", "P" + "9" * 400 + "D", "\x00", "\ufeff", "\ud800", "a\udfffb", "<b")
AWKWARD_URLS = ("https://", "https://[", "http://a", "//x", "a@example.com")
WORDS = ("completed", "in-progress", "Live", "opened", "active", "course")
AWKWARD = st.sampled_from((*AWKWARD_NUMBERS, *AWKWARD_DATES, *AWKWARD_TEXTS, *AWKWARD_URLS, *WORDS))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, 10**18, 10**400, 2**63, 1_768_032_000, 1_768_032_000_000])
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=20)
    | AWKWARD
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def inner_models(annotation: Any) -> list[type[Raw]]:
    """The raw models that stand inside a field's type."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, Raw) else []
    return [model for part in typing.get_args(annotation) for model in inner_models(part)]


def shaped_like(model: type[Raw]) -> st.SearchStrategy[Any]:
    """Objects that have the model's keys, with anything under them."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in model.model_fields.items():
        values = JSON
        for inner in inner_models(field.annotation):
            values |= shaped_like(inner) | st.lists(shaped_like(inner), max_size=2)
        fields[field.alias or name] = values
    return st.fixed_dictionaries({}, optional=fields) | JSON


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_any_course_is_judged(provider: Provider) -> None:
    @given(shaped_like(provider.course))
    def judged(value: Any) -> None:
        judgement = provider.to_course(provider.course.read(value))
        assert isinstance(judgement, Course | Withdrawn | Untouched | Invalid)
        if isinstance(judgement, Course):
            item = course_item(judgement, provider_name="X", default_language="en")
            assert len(digest(item)) == 24
            assert None not in item.values()
            assert "" not in item.values()

    judged()


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_any_statistic_is_judged(provider: Provider) -> None:
    @given(shaped_like(provider.statistic))
    def judged(value: Any) -> None:
        judgement = provider.to_statistic(provider.statistic.read(value))
        assert isinstance(judgement, Statistic | IgnoredRow | InvalidRow)
        if isinstance(judgement, Statistic):
            item = statistic_item(judgement)
            assert 0 <= item["progress"] <= 100
            assert item["timeSpent"] >= 1

    judged()

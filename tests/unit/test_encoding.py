"""JSON alone: what comes out is what the standard library writes, whatever goes in."""

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_sync.encoding import as_json, from_json, sorted_json

TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _in_ascii(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _in_other_order(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_other_order(one) for one in value]
    if isinstance(value, dict):
        return {key: _in_other_order(one) for key, one in reversed(value.items())}
    return value


@given(VALUES)
def test_what_is_hashed_is_as_the_standard_library_writes_it(value: Any) -> None:
    """Digests are kept for years: another text would send every course again."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert sorted_json(value) in (text.encode(errors="surrogatepass"), _in_ascii(value))
    assert sorted_json(value) == sorted_json(_in_other_order(value))


@given(VALUES)
def test_what_is_written_is_compact_and_reads_back(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert as_json(value) == text.encode(errors="replace")
    if text.isascii():
        assert from_json(as_json(value)) == value


class Pair(NamedTuple):
    one: str
    other: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Pair("a", 1), b'["a",1]'),
        ({1: "a"}, b'{"1":"a"}'),
        (2**70, b"1180591620717411303424"),
        ("half \ud83d", b'"half ?"'),
    ],
)
def test_what_orjson_refuses_goes_the_other_way(value: Any, text: bytes) -> None:
    assert as_json(value) == text


def test_what_is_no_json_is_told() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        from_json(b"<html>")
    with pytest.raises(TypeError):
        as_json(object())

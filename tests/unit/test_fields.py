"""The lenient types: what they read, and that they become None instead of raising."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PlainValidator

from content_sync.fields import Html, HttpsUrl, Many, Raw, Text, reading
from content_sync.fields.instants import to_milliseconds

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
READERS = (
    reading.to_text, reading.to_id, reading.to_number, reading.to_flag, reading.to_https_url,
    reading.to_html, reading.to_duration, reading.to_localized, to_milliseconds,
)  # fmt: skip


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_no_reader_raises(read: Any) -> None:
    @given(JSON | st.integers().map(lambda number: number * 10**5000))
    def reads(value: Any) -> None:
        read(value)

    reads()


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (reading.to_text, "  a ", "a"),
        (reading.to_text, " ", None),
        (reading.to_text, 5, None),
        (reading.to_text, "half \ud83d emoji", "half \ufffd emoji"),
        (reading.to_id, 36_000_000, "36000000"),
        (reading.to_id, True, None),
        (reading.to_id, 10**30, None),
        (reading.to_number, "0.29", Decimal("0.29")),
        (reading.to_number, "1e999999999", None),
        (reading.to_number, float("nan"), None),
        (reading.to_flag, 1, True),
        (reading.to_flag, "false", False),
        (reading.to_flag, "yes", None),
        (reading.to_https_url, "https://a.example/b", "https://a.example/b"),
        (reading.to_https_url, "http://a.example/b", None),
        (reading.to_https_url, "https://[", None),
        (reading.to_https_url, "ssh://a.example/b", None),
        (reading.parts, [{"a": 1}, {"b": 2}, 3], [{"a": 1}, {"b": 2}, 3]),
        (reading.parts, {"a": 1}, []),
        (reading.to_html, "<p onclick='x()'>a</p><script>b</script>", "<p>a</p>"),
        (reading.to_html, "<script>b</script>", None),
        (reading.without_tags, "<b>Bold</b> & 3 < 5 </i>", "Bold & 3 < 5"),
        (reading.without_tags, "<img src=x onerror=alert(1)>", ""),
        (reading.without_tags, "<scr<b>ipt>x", "ipt>x"),
        (reading.without_tags, "<" * 9 + "a>" * 9, " " * 0 + "a>a>a>a>a>a>a>a>"),
        (reading.as_html, "R&D, AT&T: 3 < 5 > 2", "R&D, AT&T: 3 < 5 > 2"),
        (reading.as_html, "a<b & c", "a&lt;b &amp; c"),
        (reading.as_html, "Q&A <b>bold</b>", "Q&amp;A &lt;b&gt;bold&lt;/b&gt;"),
        (reading.as_html, "&lt;b&gt; is bold", "&amp;lt;b&amp;gt; is bold"),
        (reading.to_duration, "PT1H30M", 5_400_000),
        (reading.to_duration, "P12M", 360 * 86_400_000),
        (reading.to_duration, "90", None),
        (reading.to_localized, {"fr": "un", "en": "one"}, "one"),
        (reading.to_localized, {"fr": "un"}, "un"),
        (to_milliseconds, "²²²²²²²²²", None),
        (to_milliseconds, 0, None),
        (to_milliseconds, -0.5, None),
        (to_milliseconds, float("nan"), None),
        (to_milliseconds, "9" * 5000, None),
    ],
)  # fmt: skip
def test_what_is_read(read: Any, value: Any, expected: Any) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [("0.2", 1), ("74.5", 75), ("74.49", 74), ("0", None), ("-3", None), ("1e14", 100_000)],
)
def test_minutes_are_rounded_half_up_and_clamped(minutes: str, expected: int | None) -> None:
    assert reading.whole_minutes(Decimal(minutes)) == expected
    assert reading.whole_minutes(None) is None


class Part(Raw):
    name: Text = None


class Whole(Raw):
    title: Text = None
    image: HttpsUrl = None
    body: Html = None
    part: Part = Part()
    parts: Many[Part] = ()


def test_a_raw_model_reads_what_it_can_and_joins_what_it_is_given() -> None:
    whole = Whole.read({"title": 5, "part": "x", "parts": [{"name": "a"}, None, 7], "more": 1})
    assert (whole.title, whole.part.name) == (None, None)
    assert [part.name for part in whole.parts] == ["a", None, None]
    assert Whole.read({"title": "provider's"}, title="ours").title == "ours"
    assert Whole.read(None, title="ours").title is None
    assert Whole.read({"parts": {"name": "a"}}).parts == ()


def test_a_field_whose_reading_raises_is_that_field_s_fault() -> None:
    def read(value: Any) -> str:
        if value == "bad":
            raise ArithmeticError
        return str(value)

    class Thing(Raw):
        id: Annotated[str | None, PlainValidator(read)] = None
        title: Annotated[str | None, PlainValidator(read)] = None

    assert Thing.read({"id": "7", "title": "bad"}) == Thing(id="7")


def test_what_may_not_stand_in_a_url_is_encoded() -> None:
    assert reading.to_https_url('https://a.example/"><svg onload=x>') == (
        "https://a.example/%22%3E%3Csvg%20onload%3Dx%3E".replace("%3Dx", "=x")
    )
    plain = "https://a.example/b?c=d&e=%20f#g~(h)!"
    assert reading.to_https_url(plain) == plain

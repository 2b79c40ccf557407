"""Addresses are masked wherever they stand, in linear time."""

import json
import logging
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_sync.errors import Denied, Refused
from content_sync.masking import mask, mask_all
from content_sync.observability import MaskingFormatter, logger


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("jane.doe@example.com", "j***@example.com"),
        (
            "to a@example.com,bob@example.org;c@example.net!",
            "to a***@example.com,b***@example.org;c***@example.net!",
        ),
        ("user:jane@example.com", "user:j***@example.com"),
        ("/users/jane%2Bx%40example.com/x", "/***@example.com/x"),
        ("Jane%40Example.com", "J***@Example.com"),
        ('"jane doe"@example.com', "j***@example.com"),
        (r'"jane\"doe"@example.com', "j***@example.com"),
        (r'{\"mail\": \"\\"jane doe\\"@example.com\"}', None),
        ("%22jane doe%22%40example.com", "j***@example.com"),
        ("%2522jane doe%2522%2540example.com", "j***@example.com"),
        ("&quot;jane doe&quot;@example.com", "j***@example.com"),
        (r"jan\u00e9.d\u00f6e@example.com", "j***@example.com"),
        (r"jan\\u00e9.d\\u00f6e@example.com", "j***@example.com"),
        (r"b'jan\xc3\xa9.doe@example.com'", "b***@example.com'"),
        ("jan&eacute;.d&#246;e@example.com", "j***@example.com"),
        ("&#34;jane doe&#x22;@example.com", "j***@example.com"),
        (r"\u0022jane doe\u0022@example.com", "j***@example.com"),
        ("R&D, A&B: jane@example.com", "R&D, A&B: j***@example.com"),
        ("<jane@example.com>", "<j***@example.com>"),
        ("a@b@c", "a***@c"),
        ("@example.com", "***@example.com"),
        ("nothing here", "nothing here"),
        ("ümläut@exämple.com", "ü***@exämple.com"),
    ],
)
def test_an_address_is_masked(text: str, masked: str | None) -> None:
    if masked is None:
        assert not {"jane", "doe"} & set(re.findall(r"[a-z]+", mask(text)))
    else:
        assert mask(text) == masked


LOCAL = st.text(
    st.characters(categories=("L", "N"), include_characters="._+-=/&'!#$%*?^`{|}~"), min_size=4
)


@given(
    LOCAL.filter(lambda local: "%40" not in local), st.text("()[]:;,<> \t"), st.text("()[]:;,<> \t")
)
def test_whatever_stands_around_it(local: str, before: str, after: str) -> None:
    masked = mask(f"{before}{local}@example.com{after}")
    assert masked == f"{before}{local[0]}***@example.com{after}"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "@" * 300_000,
        "a@" * 150_000,
        '"' * 300_000,
        "&amp;" * 60_000,
        "&" + "amp;" * 75_000,
        "&#" + "0" * 300_000,
        "%22" * 100_000,
        '\\"' * 150_000,
        "%25" * 100_000,
        "\\u0041" * 50_000,
        "&quot;a" * 40_000,
    ],
)
def test_it_takes_time_that_grows_with_the_length_only(text: str) -> None:
    # Else nothing would be looked at further.
    text += " a@b.example"
    began = time.process_time()
    mask(text[: len(text) // 10] + " a@b.example")
    tenth = time.process_time() - began
    began = time.process_time()
    mask(text)
    # Quadratic would be 100 times as long.
    assert time.process_time() - began < 40 * tenth + 0.05


def test_whatever_is_raised_or_logged_is_masked() -> None:
    assert str(Denied("no jane@example.com")) == "no j***@example.com"
    refusal = Refused("x", status=400, code="", body=None, detail="jane@example.com")
    assert refusal.detail == "j***@example.com"
    odd: Any = {"jane@example.com": ['"jane doe"@example.com', {"x": ("a", "jane@example.com")}, 7]}
    assert "jane" not in str(mask_all(odd))
    formatter = logger.registered_formatter
    assert isinstance(formatter, MaskingFormatter)
    line = formatter.serialize({"message": "about jane@example.com", **odd})
    assert "jane" not in line
    assert json.loads(line)["message"] == "about j***@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "john%2540example.com",
        "john%252540example.com",
        "john&#64;example.com",
        "john&#x40;example.com",
        "john&commat;example.com",
        "john&amp;#64;example.com",
        "john&#64example.com",
        r"john\u0040example.com",
        r"john\uFF20example.com",
        r"john\x40example.com",
        "john%5Cx40example.com",
        r"john\\u0040example.com",
        r"john\u{40}example.com",
        "john&#65312;example.com",
        "john&#xFF20;example.com",
        "john%26%2364%3Bexample.com",
        "john%26commat%3Bexample.com",
        "john%25u0040example.com",
        "john%25EF%25BC%25A0example.com",
        "john%u0040example.com",
        "john%EF%BC%A0example.com",
        "john%ef%b9%abexample.com",
        "john\uff20example.com",
    ],
)
def test_an_at_sign_in_disguise_is_one(text: str) -> None:
    assert "john" not in mask(text)


def test_what_is_no_json_and_what_libraries_log_is_masked_or_silent() -> None:
    formatter = logger.registered_formatter
    for odd in (ValueError("jane@example.com"), {"jane@example.com"}, b"jane@example.com"):
        assert "jane" not in formatter.serialize({"message": "m", "odd": odd})
    for library in ("urllib3.connectionpool", "botocore.endpoint"):
        assert not logging.getLogger(library).isEnabledFor(logging.ERROR)

"""Courses as they may be offered."""

from dataclasses import replace
from typing import Any

import pytest

from content_sync.domain.course import Course, Invalid, Source, is_launchable, offered

PLAIN = Course(
    externalId="1",
    name="Named",
    launchUrl="https://a.example/b?c=d",
    subjects=("Care",),
    sources=(Source("Library", "https://a.example/logo.png"),),
    tags=("Data",),
)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://a.example/b", True),
        ("https://a.example", True),
        ("https://a.example:8443/b", True),
        ("https://é.example/b", True),
        ("http://localhost:8080/b", True),
        ("http://127.0.0.1/b", True),
        ("http://a.example/b", False),
        ("ssh://a.example/b", False),
        ("javascript:alert(1)", False),
        ("https:///b", False),
        ("https://[", False),
        ("a.example/b", False),
        ("", False),
    ],
)
def test_a_learner_is_sent_to_https_or_to_this_machine(url: str, *, may: bool) -> None:
    assert is_launchable(url) == may


@pytest.mark.parametrize(
    ("field", "sent", "offers"),
    [
        ("name", "<b>Bold</b>", "Bold"),
        ("name", "3 < 5", "3 < 5"),
        ("launchUrl", 'https://a.example/"b', "https://a.example/%22b"),
        ("subjects", ("<i>Care", "Care"), ("Care",)),
        ("tags", ("<u>Data</u>", "<br>"), ("Data",)),
        ("sources", (Source("<p>Us</p>"), Source("<hr>")), (Source("Us"),)),
    ],
)
def test_no_name_and_no_url_runs_where_it_is_rendered(field: str, sent: Any, offers: Any) -> None:
    course = offered(replace(PLAIN, **{field: sent}))
    assert course == replace(PLAIN, **{field: offers})


def test_a_course_in_which_nothing_can_run_stays_as_it_is() -> None:
    assert offered(PLAIN) == PLAIN
    assert isinstance(offered(replace(PLAIN, name="<br>")), Invalid)

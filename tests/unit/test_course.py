"""Courses as they may be offered."""

import pytest

from content_sync.domain.course import is_launchable


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

"""Markup in any text of any provider's course: nothing of it runs where 360Learning renders it."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from content_sync.domain.course import Course, Source, offered
from content_sync.learning360.items import course_item
from content_sync.providers.registry import PROVIDERS
from sandbox.providers import PROVIDERS as SIMULATED
from tests.mapping.case import C
from tests.mapping.cases import CASES

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"
# What no text of an item may hold: a tag that runs, or a handler inside one.
RUNS = re.compile(r"<script|<img[^>]*onerror|<[^>]+\son\w+=", re.IGNORECASE)
NOT_IN_URLS = re.compile(r"[\s\"'<>\\`]")


def texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand in anything JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, (*path, number))
    elif isinstance(value, str):
        yield path


def put(value: Any, path: tuple[Any, ...], text: str) -> Any:
    made = copy.deepcopy(value)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    return made


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_text_of_a_course_runs(name: str) -> None:
    provider, tenant = PROVIDERS[name], SIMULATED[name].tenant
    examples = [
        case.raw_course(tenant) for case in CASES if (case.provider, case.kind) == (name, C)
    ]
    reached: set[str] = set()
    for raw in examples:
        for path in texts(raw):
            for text in (EVIL, f'https://a.example/"{EVIL}', f"Text {EVIL}"):
                made = provider.course.read(put(raw, path, text), **(tenant.joined or {}))
                if isinstance(course := provider.judge_course(made), Course):
                    reached |= must_not_run(course)
    assert {"name", "description"} <= reached, "what was planted came nowhere"


def must_not_run(course: Course) -> set[str]:
    """Look at what would be sent; return the fields in which something of ours arrived."""
    item = course_item(course, provider_name="X", default_language="en")
    fields = {name: value for name, value in item.items() if name != "externalId"}
    for one in (*strings(fields), *course.tags):
        assert not RUNS.search(one), one
    for url in (item["launchUrl"], *(one.get("logoUrl", "") for one in item["sources"])):
        assert not NOT_IN_URLS.search(url), url
    return {name for name, value in fields.items() if "alert" in str(value)}


def test_names_and_addresses_of_any_course_are_made_harmless() -> None:
    evil_url = 'https://a.example/x?"><script>alert(1)</script>'
    course = offered(
        Course(
            externalId="c",
            name=f"Name {EVIL}",
            launchUrl=evil_url,
            subjects=(f"Subject {EVIL}",),
            tags=(f"Tag {EVIL}",),
            sources=(Source(f"Source {EVIL}"),),
        )
    )
    assert isinstance(course, Course)
    assert course.name == "Name alert(1)"
    assert course.subjects == ("Subject alert(1)",)
    assert course.tags == ("Tag alert(1)",)
    assert course.sources == (Source("Source alert(1)"),)
    assert not NOT_IN_URLS.search(course.launchUrl)

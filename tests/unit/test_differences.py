"""The differences of a plan alone: old and new values of each field of an item."""

from content_sync.learning360.items import COURSE_FIELDS
from content_sync.sync.catalog.differences import differences

OLD = {"externalId": "c", "name": "Old", "duration": 5, "subjects": ["a"], "courseId": "x"}


def test_only_what_differs_is_named_with_both_values() -> None:
    new = {"externalId": "c", "name": "New", "subjects": ["a"], "description": "d"}
    assert differences(OLD, new) == {
        "name": ["Old", "New"],
        "duration": [5, None],
        "description": [None, "d"],
    }


def test_a_new_course_has_no_old_values() -> None:
    assert differences({}, OLD) == {
        name: [None, OLD[name]] for name in COURSE_FIELDS if name in OLD
    }


def test_an_archived_course_is_published_again_even_if_nothing_else_differs() -> None:
    assert differences(OLD, OLD) == {}
    assert differences(OLD, OLD, was_archived=True) == {"status": ["archived", "published"]}

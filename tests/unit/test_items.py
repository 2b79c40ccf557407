"""What goes to 360Learning and what comes back, as plain objects."""

from typing import Any

import pytest

from content_sync.learning360.items import digest, standing_of


def test_a_digest_is_of_the_content_and_not_of_the_order() -> None:
    item = {"externalId": "c", "sources": [{"name": "a", "logoUrl": "b"}], "name": "d"}
    other = {"name": "d", "sources": [{"logoUrl": "b", "name": "a"}], "externalId": "c"}
    assert digest(item) == digest(other)
    assert digest(item) != digest(item | {"name": "e"})


@pytest.mark.parametrize(
    ("progress", "time_spent", "expected"),
    [
        (40, 7000, (40, 7000)),
        (40.0, None, (40, 0)),
        (40, True, (40, 0)),
        (40, 10**400, (40, 0)),
        (10**400, 0, None),
        (float("inf"), 0, None),
        (float("nan"), 0, None),
        ("40", 0, None),
    ],
)
def test_what_360learning_shows_is_read_or_left(
    progress: Any, time_spent: Any, expected: tuple[int, int] | None
) -> None:
    row = {"progress": progress, "timeSpent": time_spent, "firstActivityAt": "2026-01-01"}
    found = standing_of(row)
    assert (found and (found.progress, found.time_spent)) == expected


def test_an_attempt_without_any_instant_cannot_be_read() -> None:
    assert standing_of({"progress": 40}) is None
    assert (
        standing_of({"progress": 40, "firstActivityAt": "a", "completedAt": "2026-01-01"}) is None
    )

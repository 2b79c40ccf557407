"""What all generated data is made of: from a seed, with awkward values."""

import random
from datetime import UTC, datetime
from typing import Any

EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)
TOPICS = ("Leadership", "Data", "Security", "Compliance", "Sales", "Cloud", "Wellbeing", "Design")
TITLES = (
    "Introduction to {topic}",
    "{topic} in practice",
    "  {topic}: the essentials  ",
    "{topic} 🚀 für Einsteiger",
    "مقدمة في {topic}",
    "{topic} & <b>friends</b>",
)
DESCRIPTIONS = (
    "<p>Learn <strong>{topic}</strong> step by step.</p>",
    "<p>{topic}</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul>",
    "Plain words about {topic}.",
    "",
    None,
    '<a href="javascript:alert(1)">{topic}</a> שלום',
)
LANGUAGES = ("en", "en-US", "fr", "fr-CA", "de_DE", "pt-BR", "zh-TW", "nb", "he", "xx", None, "")


def pairs(
    chance: random.Random, learners: list[str], courses: list[Any], number: int
) -> list[tuple[str, Any]]:
    """Distinct pairs of a learner and a course."""
    drawn = {(chance.choice(learners), chance.randrange(len(courses))) for _ in range(number)}
    return [(mail, courses[index]) for mail, index in sorted(drawn)]


def zulu(moment: datetime) -> str:
    """Return `2026-01-31T07:20:00.000Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def epoch(moment: datetime) -> int:
    """Return epoch seconds."""
    return int(moment.timestamp())


def iso(moment: datetime) -> str:
    """Return `2026-01-31T07:20:00+00:00`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")

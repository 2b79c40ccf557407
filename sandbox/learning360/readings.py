"""What the reference of the real service leaves open: one named reading for each question."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Readings:
    """How a platform answers the questions that its reference leaves open.

    Attributes:
        updates_completed_below_100: Whether a completed attempt below 100 %, which is what START
            makes, may be updated like an open one.
        equal_is_earlier: Whether equal instants count as earlier, and not as later.
        without_rule: What becomes of a row that neither creates nor updates: it counts as accepted,
            is an error, or has no result at all.
        start_takes_over: Whether START goes on with the learner's open attempt, instead of making
            one of its own.
        upsert_restores: Whether upserting an archived course restores it.
        ignores_case: Whether addresses are compared without case, in imports and in filters.
        launch_has_last_activity: Whether an attempt that START made has a `lastActivityAt`.
        filter_finds_launches: Whether `completedAt[gte]` finds completed attempts below 100 %.
    """

    updates_completed_below_100: bool = False
    equal_is_earlier: bool = False
    without_rule: Literal["accepted", "error", "dropped"] = "accepted"
    start_takes_over: bool = False
    upsert_restores: bool = False
    ignores_case: bool = False
    launch_has_last_activity: bool = True
    filter_finds_launches: bool = True


LITERAL = Readings()


def each_alone() -> dict[str, Readings]:
    """Return the literal reading, and one for each other answer to one question."""
    found = {"literal": LITERAL}
    for question in fields(Readings):
        usual = getattr(LITERAL, question.name)
        others = [not usual] if isinstance(usual, bool) else ["error", "dropped"]
        for answer in others:
            change: dict[str, Any] = {question.name: answer}
            found[f"{question.name}={answer}"] = replace(LITERAL, **change)
    return found

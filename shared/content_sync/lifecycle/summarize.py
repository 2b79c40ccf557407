"""The daily summary: what came, changed and left, who was not found, and what is to be decided."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from content_sync.aws.notices import publish_notice
from content_sync.errors import InvalidSettings
from content_sync.fields.instants import now, to_milliseconds
from content_sync.lifecycle.list_integrations import list_integrations
from content_sync.report import KINDS
from content_sync.state.integrations import INACTIVE, partition
from content_sync.state.learners import parked_rows
from content_sync.state.runs import LOOKED_AT, reports
from content_sync.state.table import Table

DAY = 86_400_000
# Reports stand in the order in which runs began; a run ends within a day.
LONGEST_RUN = DAY
# How 360Learning says that it has no such user; it refuses statistics for other reasons, too.
NOT_FOUND = re.compile(r"\bUser\b.*\bnot found\b", re.IGNORECASE)
# Rows that wait are looked through for who is not found; beyond it, it is "at least".
MOST_ROWS = 5_000
# Integrations that are told one by one; a mail of more is read by nobody.
MOST_TOLD = 200


@dataclass(frozen=True)
class _Day:
    """What the last day was for one integration.

    Attributes:
        listed: The integration, as `list` tells it.
        counts: Of the runs that ended on that day, both kinds together.
        learners: How many of those whose progress waits are not found at 360Learning.
    """

    listed: dict[str, Any]
    counts: Counter[str]
    learners: int

    @property
    def name(self) -> str:
        return f"{self.listed['provider']}/{self.listed['integration']}"

    def told(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "provider": self.listed["provider"],
            "integration": self.listed["integration"],
            "courses": {
                "came": self.counts["created"] + self.counts["restored"],
                "changed": self.counts["updated"],
                "left": self.counts["archived"],
            },
            "progress_sent": self.counts["sent"] + self.counts["replayed"],
            "learners_not_found": self.learners,
            "attention": self.listed["attention"],
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        told = self.told()
        courses = told["courses"]
        group = self.listed["group_name"] or self.listed["group"]
        lines = [
            f"{self.name} into {group}: {courses['came']} courses came, {courses['changed']} "
            f"changed, {courses['left']} left; progress was sent {told['progress_sent']} times."
        ]
        if self.learners:
            lines.append(
                f"  {self.learners} learners are not found at 360Learning: content-sync parked "
                f"{self.name}"
            )
        lines += [f"  ! {said}" for said in self.listed["attention"]]
        if self.listed["attention"]:
            lines.append(f"  See it: content-sync status {self.name}")
        return lines


def summarize(table: Table, *, topics: Sequence[str], plans: bool) -> dict[str, Any]:
    """Say what the last 24 hours were, and send it to whoever wants to hear.

    Args:
        table: The state table.
        topics: The ARNs of SNS topics.
        plans: Whether it is only returned.

    Returns:
        `{"subject", "text", "sent", "integrations": [{"provider", "integration", "courses":
        {"came", "changed", "left"}, "progress_sent", "learners_not_found", "attention"}]}`.

    Raises:
        InvalidSettings: It is to be sent, and there is no topic, or it cannot be published to.
    """
    if not plans and not topics:
        raise InvalidSettings(
            "nobody hears of the summary: deploy with AlarmEmail or AlarmTopicArn, or ask for it "
            "in mode plan"
        )
    listed = list_integrations(table, None)["integrations"]
    days = [_day(table, one) for one in listed if one["state"] != INACTIVE]
    days.sort(key=lambda day: (not day.listed["attention"], day.name))
    calling = sum(bool(day.listed["attention"]) for day in days)
    subject = f"content-sync: {len(days)} integrations, " + (
        f"{calling} with something to decide" if calling else "all is well"
    )
    text = "\n".join(line for day in days[:MOST_TOLD] for line in [*day.lines(), ""])
    if len(days) > MOST_TOLD:
        text += f"\n{len(days) - MOST_TOLD} more: content-sync status"
    text = text or "There is no integration yet: content-sync setup sets one up."
    for topic in () if plans else topics:
        publish_notice(topic, subject, text)
    told = [day.told() for day in days]
    return {"subject": subject, "text": text, "sent": not plans, "integrations": told}


def _day(table: Table, listed: dict[str, Any]) -> _Day:
    pk = partition(listed["provider"], listed["integration"])
    since = now() - DAY
    counts: Counter[str] = Counter()
    for kind in KINDS:
        for report in reports(table, pk, kind, at_once=LOOKED_AT):
            if (to_milliseconds(report["started_at"]) or 0) < since - LONGEST_RUN:
                break
            ended = (to_milliseconds(report["finished_at"]) or 0) >= since
            # One that goes on is counted when it has ended.
            if ended and report["mode"] != "plan" and report["status"] != "continued":
                counts.update(report["counts"])
    waiting = islice(parked_rows(table, pk), MOST_ROWS) if listed["parked"] else ()
    unknown = {row.statistic.learnerMail for row in waiting if NOT_FOUND.search(row.reason)}
    return _Day(listed, counts, len(unknown))

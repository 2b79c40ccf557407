"""What calls for a person: how the last runs went, and what they left to be decided."""

from typing import Any

from content_sync.fields.instants import now, to_milliseconds
from content_sync.report import KINDS
from content_sync.request import Reported
from content_sync.state.integrations import ACTIVE, INACTIVE, Integration

Report = dict[str, Any]

# A daily run that is older than this was missed.
OVERDUE_HOURS = 26
# Reasons of a report that the next run does not settle by itself.
DECISIONS = (
    "brake",
    "empty_catalog",
    "incomplete_crawl",
    "nothing_usable",
    "unverified",
    "unknown_group",
    "ambiguous_learners",
)


def failure_of(report: Report) -> str:
    """Return why a run failed; blank for one that did not."""
    if report["status"] != "failed":
        return ""
    messages = [one["message"] for one in report["problems"] if one["reason"] == "failed"]
    why = "; ".join(messages)
    return f"the last {report['kind']} run failed at {report['finished_at']}: {why}"


def is_overdue(report: Report) -> bool:
    """Tell whether a daily run was missed since."""
    return _is_old(to_milliseconds(report["finished_at"]) or 0)


def overdue(report: Report) -> str:
    """Return what to do about a run that was missed."""
    return (
        f"the last {report['kind']} run was at {report['finished_at']}: look at the schedule and "
        "at the dead-letter queue"
    )


def attention(
    integration: Integration,
    last_runs: dict[Reported, Report | None],
    *,
    courses: int,
    scheduled: bool,
) -> list[str]:
    """Return what calls for a person, one sentence each.

    Args:
        integration: The integration.
        last_runs: The report of the latest run of each kind, if there was one.
        courses: How many are in the ledger.
        scheduled: Whether the schedules fire.
    """
    said: list[str] = []
    if integration.state == INACTIVE:
        return said
    scheduled = scheduled and integration.state == ACTIVE
    for kind, report in last_runs.items():
        if report is None:
            if scheduled and kind in KINDS and _is_old(integration.activated_at):
                said.append(
                    f"{kind} has not run since the activation: look at the schedule and at the "
                    "dead-letter queue"
                )
            continue
        if failure := failure_of(report):
            said.append(failure)
        elif scheduled and kind in KINDS and is_overdue(report):
            said.append(overdue(report))
        said += [
            f"{kind}: {one['message']}" for one in report["problems"] if one["reason"] in DECISIONS
        ]
        if number := report["counts"].get("failed"):
            said.append(
                f"{kind}: {number} could not be delivered and are tried again at each run; see "
                "the report, or explain one of them"
            )
        if number := report["counts"].get("unconfirmed"):
            said.append(
                f"{kind}: 360Learning took {number} attempts and does not show them; if it stays "
                "so, explain one of them"
            )
    catalog = last_runs.get("catalog")
    if not courses and catalog is not None and catalog["counts"]["unchanged"]:
        said.append("the course ledger is empty although runs found courses in it: reconcile")
    return said


def _is_old(instant: int) -> bool:
    return instant < now() - OVERDUE_HOURS * 3_600_000

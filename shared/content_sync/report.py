"""What a run counted and met: the report of `interfaces.md`."""

from dataclasses import dataclass, field
from typing import Any

from content_sync.fields.instants import to_iso
from content_sync.masking import mask
from content_sync.request import Kind

MOST_PROBLEMS = 100
MOST_CHANGES = 100
HEADINGS: dict[Kind, tuple[str, ...]] = {
    "catalog": (
        "read",
        "created",
        "updated",
        "unchanged",
        "archived",
        "restored",
        "ignored",
        "invalid",
        "withheld",
        "failed",
    ),
    "stats": (
        "read",
        "sent",
        "unchanged",
        "ignored",
        "invalid",
        "unknown_course",
        "parked",
        "failed",
        "replayed",
    ),
}


@dataclass
class Report:
    """Counts are whole, over all invocations of a run; problems and changes are the first 100."""

    run_id: str
    provider: str
    integration: str
    kind: Kind
    mode: str
    started_at: int
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(HEADINGS[self.kind], 0) | self.counts

    def forget(self) -> None:
        """Starts counting anew."""
        self.counts = dict.fromkeys(HEADINGS[self.kind], 0)
        self.problems = []

    def count(self, heading: str, number: int = 1) -> None:
        """Adds to a heading."""
        self.counts[heading] += number

    def problem(self, external_id: str, reason: str, message: str, learner: str = "") -> None:
        """Names something that went wrong; addresses in it are masked."""
        if len(self.problems) < MOST_PROBLEMS:
            problem = {"external_id": external_id, "reason": reason, "message": mask(message)}
            self.problems.append(problem | ({"learner": mask(learner)} if learner else {}))

    def failure(self, message: str) -> None:
        """Names why the run failed, before everything else."""
        problem = {"external_id": "", "reason": "failed", "message": mask(message)}
        self.problems = [problem, *self.problems][:MOST_PROBLEMS]

    def wants_changes(self) -> bool:
        """Whether one more change would be reported."""
        return self.mode == "plan" and len(self.changes) < MOST_CHANGES

    def change(
        self, external_id: str, action: str, fields: dict[str, list[Any]], learner: str = ""
    ) -> None:
        """Says what a plan would do to one course or attempt."""
        if self.wants_changes():
            change = {"external_id": external_id, "action": action, "fields": fields}
            self.changes.append(change | ({"learner": mask(learner)} if learner else {}))

    def as_dict(self, status: str, finished_at: int) -> dict[str, Any]:
        """The report as it is returned, stored and logged."""
        report: dict[str, Any] = {
            "run_id": self.run_id,
            "provider": self.provider,
            "integration": self.integration,
            "kind": self.kind,
            "mode": self.mode,
            "status": status,
            "started_at": to_iso(self.started_at),
            "finished_at": to_iso(finished_at),
            "counts": self.counts,
            "problems": self.problems,
        }
        return report | ({"changes": self.changes} if self.mode == "plan" else {})

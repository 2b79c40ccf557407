"""What a run counted and met, as it is saved with the run's place, returned, stored and logged."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr

from content_sync.fields.instants import to_iso
from content_sync.masking import mask
from content_sync.request import Kind, Reported

MOST_PROBLEMS = 100
MOST_OF_A_REASON = 20
LONGEST_TEXT = 500
LONGEST_ID = 200
LONGEST_REASON = 100
MOST_CHANGES = 100
# Of so many changes a plan keeps old and new; each may cost a call to 360Learning.
MOST_COMPARED = 2_000
MOST_IN_A_LIST = 20
ARCHIVE = "archive"
MOST_REASONS = 100
OTHER_REASONS = "other"
KINDS: tuple[Kind, ...] = get_args(Kind)
_CATALOG = "read created updated unchanged archived restored ignored invalid withheld failed"
_STATISTICS = (
    "read sent unchanged ignored invalid unknown_course parked failed replayed confirmed "
    "unconfirmed"
)
_RECONCILE = (
    "courses_agreed courses_missing courses_archived_by_hand courses_published_by_hand "
    "courses_found courses_orphans attempts_agreed attempts_missing attempts_differing "
    "attempts_found attempts_foreign"
)
HEADINGS: dict[Reported, tuple[str, ...]] = {
    "catalog": tuple(_CATALOG.split()),
    "stats": tuple(_STATISTICS.split()),
    "reconcile": tuple(_RECONCILE.split()),
}


class Report(BaseModel):
    """Counts are whole, over all invocations of a run; problems and changes are the first 100.

    Of one reason at most 20 problems are named, and texts and ids are cut, so that a report is
    never larger than an item of the state table may be.

    Attributes:
        reasons: How many problems, and how many courses and rows left out, each reason has.
        examples: The first course that each reason for leaving out was given for.
        pieces: In how many pieces the complete lists were saved until now; see `state.details`.
        partial: Whether something was left undone that an operator should know of.
        replaced_by: The id of the run that began in the place of this one, which failed by that.
    """

    model_config = ConfigDict(extra="forbid")

    run_id: str
    provider: str
    integration: str
    kind: Reported
    mode: str
    started_at: int
    counts: dict[str, int] = {}
    problems: list[dict[str, str]] = []
    changes: list[dict[str, Any]] = []
    reasons: dict[str, int] = {}
    examples: dict[str, str] = {}
    pieces: int = 0
    partial: bool = False
    replaced_by: str | None = None

    _listener: Callable[[dict[str, Any]], None] | None = PrivateAttr(None)
    # A plan fits into one invocation.
    _compared: int = PrivateAttr(0)

    @property
    def names(self) -> dict[str, str]:
        """Return of whom it is: provider, integration and kind."""
        return {"provider": self.provider, "integration": self.integration, "kind": self.kind}

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Tell somebody of every problem and change, and of all that is left out or withheld."""
        self._listener = listener

    def _tell(self, **entry: Any) -> None:
        if self._listener is not None:
            self._listener({name: value for name, value in entry.items() if value})

    def model_post_init(self, _context: Any) -> None:
        """Give every heading a count."""
        self.counts = dict.fromkeys(HEADINGS[self.kind], 0) | self.counts

    def count(self, heading: str, number: int = 1) -> None:
        """Add to a heading."""
        self.counts[heading] += number

    def left_out(
        self,
        reason: str,
        external_id: str = "",
        *,
        heading: str = "ignored",
        number: int = 1,
        learner: str = "",
    ) -> None:
        """Count a course or rows that are left out, and why.

        Args:
            reason: A word that programs may rely on.
            external_id: The course's.
            heading: Under which they are counted.
            number: How many; of none nothing is said.
            learner: The address of whose row it is.
        """
        if not number:
            return
        self.count(heading, number)
        reason = _word(reason)
        self._count_reason(reason, number)
        self._exemplify(reason, external_id)
        if external_id:
            self._tell(
                what="left_out", external_id=_id(external_id), reason=reason, learner=_id(learner)
            )

    def withhold(self, reason: str, external_ids: Iterable[str], titles: Mapping[str, str]) -> None:
        """Count and name the courses that are not archived for now, with the titles of some."""
        for external_id in external_ids:
            self.count("withheld")
            self._tell(
                what="withheld",
                external_id=_id(external_id),
                reason=reason,
                title=_id(titles.get(external_id, "")),
            )

    def invalid(self, external_id: str, reason: str, message: str) -> None:
        """Count and name a course or a row that lacks what is required."""
        self.count("invalid")
        self.problem(external_id, reason, message)
        self._exemplify(_word(reason), external_id)

    def nothing_usable(self, *headings: str) -> bool:
        """Say so if everything that was read stands under these headings; tell whether it does.

        A renamed status or field at the provider must not look like success.
        """
        read = self.counts["read"]
        if not read or sum(self.counts[heading] for heading in headings) < read:
            return False
        reason = max(self.examples, key=lambda one: self.reasons.get(one, 0), default="")
        example = self.examples.get(reason, "")
        such_as = f", such as course {example}" if example else ""
        self.problem(
            example,
            "nothing_usable",
            f"nothing of what was read could be used, mostly for the reason {reason} "
            f"({self.reasons.get(reason, 0)} times{such_as}): look at what the provider sends",
            undone=True,
        )
        return True

    def problem(
        self,
        external_id: str,
        reason: str,
        message: str,
        *,
        learner: str = "",
        course_id: str = "",
        undone: bool = False,
    ) -> None:
        """Name something that went wrong; addresses in it are masked.

        Args:
            external_id: The course's, or `""` for the run as a whole.
            reason: A word that programs may rely on.
            message: One sentence that says what to do.
            learner: The learner's address.
            course_id: The course's 360Learning id, where that is what there is to find it by.
            undone: Whether it leaves something undone, so that the run ends as `partial`.
        """
        self.partial = self.partial or undone
        reason = _word(reason)
        self._count_reason(reason)
        problem = {
            "external_id": _id(external_id),
            "reason": reason,
            "message": mask(message)[:LONGEST_TEXT],
        }
        also = {"learner": _id(learner), "course_id": _id(course_id)}
        problem |= {name: value for name, value in also.items() if value}
        self._tell(what="problem", **problem)
        alike = sum(one["reason"] == reason for one in self.problems)
        most_alike = MOST_OF_A_REASON if self.kind in KINDS else MOST_PROBLEMS
        if len(self.problems) < MOST_PROBLEMS and alike < most_alike:
            self.problems.append(problem)

    def _count_reason(self, reason: str, number: int = 1) -> None:
        if reason not in self.reasons and len(self.reasons) >= MOST_REASONS:
            # Some repeat the provider's own words.
            reason = OTHER_REASONS
        self.reasons[reason] = self.reasons.get(reason, 0) + number

    def _exemplify(self, reason: str, external_id: str) -> None:
        if len(self.examples) < MOST_REASONS:
            self.examples.setdefault(reason, _id(external_id))

    def failure(self, message: str) -> None:
        """Name why the run failed, before everything else."""
        message = mask(message)[:LONGEST_TEXT]
        problem = {"external_id": "", "reason": "failed", "message": message}
        self.problems = [problem, *self.problems][:MOST_PROBLEMS]

    @property
    def plans(self) -> bool:
        """Tell whether it is the report of a plan."""
        return self.mode == "plan"

    def change(
        self,
        external_id: str,
        action: str,
        fields: Callable[[], dict[str, list[Any]]],
        *,
        title: str = "",
        learner: str = "",
    ) -> None:
        """Say what a plan would do to one course or attempt; a run that does it says nothing.

        Args:
            external_id: The course's.
            action: `create`, `update`, `restore` or `send`.
            fields: Returns what would change, old and new; only asked for the first 2,000.
            title: The course's.
            learner: The learner's address.
        """
        if not self.plans:
            return
        cut: dict[str, list[Any]] = {}
        if self._compared < MOST_COMPARED:
            self._compared += 1
            cut = {name: [_cut(value) for value in pair] for name, pair in fields().items()}
        self._tell_change(external_id, action, cut, title=title, learner=learner)
        if len(self.changes) < MOST_CHANGES:
            change = {"external_id": _id(external_id), "action": action, "fields": cut}
            self.changes.append(change | ({"learner": _id(learner)} if learner else {}))

    def archive(self, external_id: str, title: str) -> None:
        """Say that a plan would archive a course, before everything else that it would do."""
        if not self.plans:
            return
        fields = {"status": ["published", "archived"]}
        self._tell_change(external_id, ARCHIVE, fields, title=title)
        place = sum(change["action"] == ARCHIVE for change in self.changes)
        change = {"external_id": _id(external_id), "action": ARCHIVE, "fields": fields}
        self.changes.insert(place, change | {"title": _id(title)})
        del self.changes[MOST_CHANGES:]

    def _tell_change(
        self,
        external_id: str,
        action: str,
        fields: dict[str, list[Any]],
        *,
        title: str = "",
        learner: str = "",
    ) -> None:
        self._tell(
            what="change",
            action=action,
            external_id=_id(external_id),
            title=_id(title),
            learner=_id(learner),
            # Smaller than in `changes`: five hundred of them are one answer.
            fields={name: [_short(value) for value in pair] for name, pair in fields.items()},
        )

    def ended(self, status: str, finished_at: int) -> dict[str, Any]:
        """Return the report as it is returned, stored and logged."""
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
            "reasons": self.reasons,
        }
        if self.replaced_by is not None:
            report["replaced_by"] = self.replaced_by
        return report | ({"changes": self.changes} if self.plans and self.kind in KINDS else {})


def in_short(report: dict[str, Any]) -> dict[str, Any]:
    """Return a stored report without its lists; the action `report` shows the whole of it."""
    return {key: value for key, value in report.items() if key not in ("problems", "changes")}


def _cut(value: Any) -> Any:
    """Return a value as a plan shows it: a hundred changes must fit into one item."""
    if isinstance(value, list):
        return [_cut(one) for one in value[:MOST_IN_A_LIST]]
    if isinstance(value, dict):
        return {mask(name): _cut(one) for name, one in value.items()}
    return mask(value)[:LONGEST_TEXT] if isinstance(value, str) else value


def _short(value: Any) -> Any:
    """Return a value as a list of changes shows it: a number, or a short text."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
    return text[:LONGEST_ID] if isinstance(text, str) else text


def _id(text: str) -> str:
    """Return an id, a title or an address as a report shows it: any may be an address."""
    return mask(text)[:LONGEST_ID]


def _word(reason: str) -> str:
    """Return a reason as programs read it: some repeat the provider's own words."""
    return mask(reason)[:LONGEST_REASON]

"""One course: the provider's word, its judgement, the ledger, and 360Learning."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from content_sync.domain.course import Course, CourseJudgement, Invalid, Untouched, Withdrawn
from content_sync.errors import ContentSyncError, Refused
from content_sync.fields import Raw
from content_sync.fields.instants import to_iso
from content_sync.learning360.api import NO_COURSE
from content_sync.learning360.items import course_item, digest
from content_sync.lifecycle.explain.rules import rule_of
from content_sync.parties import Parties
from content_sync.providers.base import AsksById
from content_sync.state.courses import ACTIVE, ARCHIVED, RESTORING, CourseEntry, course_ledger
from content_sync.state.details import Entry, read_details
from content_sync.state.runs import last_report

MOST_ENTRIES = 10


@dataclass(frozen=True)
class CourseFacts:
    """What is known of a course.

    Attributes:
        external_id: Of the course.
        provider: What learners call it.
        archives: Whether its courses are ever archived.
        asked: How the provider was asked: by id, in its listing, or both.
        raw: What it says; None where it has nothing.
        listed: Whether it is in the listing that a catalogue run reads.
        judgement: On what it says; None where there is nothing to judge, or it is not listed.
        changed: Whether what it says differs from what was sent.
        entry: In the ledger.
        standing: At 360Learning: id, status and title; None where it is not there.
        unseen: Why 360Learning could not be asked; blank where it could.
        mentions: What the last run's report says of it.
        unasked: Why the provider could not be asked; blank where it could.
    """

    external_id: str
    provider: str
    archives: bool
    asked: str
    raw: Raw | None
    listed: bool
    judgement: CourseJudgement | None
    changed: bool
    entry: CourseEntry | None
    standing: dict[str, Any] | None
    unseen: str
    mentions: list[Entry]
    unasked: str = ""

    @property
    def course_id(self) -> str:
        """Return its 360Learning id; blank where it is not known."""
        if self.standing is not None:
            return str(self.standing["course_id"])
        return self.entry.course_id if self.entry is not None else ""

    @property
    def status(self) -> str:
        """Return its status at 360Learning; blank where it is not there any more, or never was."""
        status = str(self.standing["status"]) if self.standing is not None else ""
        return "" if status == "deleted" else status

    @property
    def verdict(self) -> tuple[str, str]:
        """Return how it is judged, and the reason."""
        if self.unasked:
            return "unknown", "unasked"
        match self.judgement:
            case Course():
                return "offered", "offered"
            case Withdrawn(_, reason):
                return "withdrawn", reason
            case Untouched(_, reason):
                return "untouched", reason
            case Invalid(_, reason, _):
                return "invalid", reason
        return "not_listed", "not_listed"

    def told(self) -> dict[str, Any]:
        """Return all of it, for people to read."""
        verdict, reason = self.verdict
        entry = self.entry
        return {
            "external_id": self.external_id,
            "provider": {
                "asked": self.asked,
                "listed": self.listed,
                "says": self.raw.said() if self.raw else None,
            },
            "judgement": {"verdict": verdict, "reason": reason, "rule": rule_of(reason)},
            "ledger": None
            if entry is None
            else {
                "state": entry.state,
                "course_id": entry.course_id,
                "up_to_date": not self.changed,
                "groups": list(entry.groups),
                "error": entry.error,
                "missed_since": to_iso(entry.missed_at) if entry.missed_at is not None else None,
            },
            "at_360learning": self.unseen or self.standing,
            "last_run": self.mentions,
            "why": self.why,
        }

    @property
    def why(self) -> str:
        """Return one sentence: why it is there, or is not."""
        status = self.status
        state = self.entry.state if self.entry is not None else ""
        stands = _STANDS.get(status, "is not at 360Learning")
        if self.unseen:
            stands = "could not be looked for at 360Learning"
        return f"It {stands}: {self._because(state, status)}."

    def _because(self, state: str, status: str) -> str:
        verdict, reason = self.verdict
        if verdict == "unknown":
            known = f"is {state}" if state else "is not"
            return f"{self.provider} could not be asked ({self.unasked}); it {known} in the ledger"
        if verdict == "offered":
            return self._because_offered(state, status)
        if verdict == "invalid":
            assert isinstance(self.judgement, Invalid)
            stays = ", and what was sent before stays" if state else ", so that it is never sent"
            return f"{self.judgement.message}{stays}"
        if verdict == "untouched":
            return f"{rule_of(reason)}{'' if state else ', and nothing was ever sent'}"
        return self._because_withdrawn(state, status)

    def _because_offered(self, state: str, status: str) -> str:
        refused = next((one for one in self.mentions if one["what"] == "problem"), None)
        said = f"; the last run says: {refused['message']}" if refused else ""
        if state == ACTIVE and status == "archived":
            return (
                f"{self.provider} offers it and it was sent, and somebody archived it there by "
                "hand, which is left so; restore it there if learners should have it"
            )
        if state == ACTIVE and not status and not self.unseen:
            return (
                f"{self.provider} offers it and it was sent, and somebody deleted it there or "
                "moved it; reconcile in mode apply, and the next catalogue run creates it again"
            )
        if state == ACTIVE and self.entry is not None and self.entry.error:
            return (
                f"{self.provider} offers it, and 360Learning refused its latest change: "
                f"{self.entry.error}; it is tried again at each run"
            )
        if state == ACTIVE and self.changed:
            return (
                f"{self.provider} offers it and changed it since it was sent; the next catalogue "
                f"run updates it{said}"
            )
        if state == ACTIVE:
            return f"{self.provider} offers it, and it was sent as it is{said}"
        if state in (ARCHIVED, RESTORING):
            return (
                f"{self.provider} offers it again after it was withdrawn; the next catalogue run "
                f"restores it{said}"
            )
        if status:
            return (
                f"{self.provider} offers it, and the ledger does not know it; reconcile in mode "
                "apply"
            )
        return f"{self.provider} offers it; the next catalogue run creates it{said}"

    def _because_withdrawn(self, state: str, status: str) -> str:
        gone = self.verdict[0] == "not_listed"
        left = f"{self.provider} does not list it"
        if gone and self.raw is not None:
            left = f"{self.provider} knows it and does not list it for this account"
        if not gone:
            left = f"{self.provider} says {self.verdict[1]}: {rule_of(self.verdict[1])}"
        if not state:
            known = "" if not status else ", and the ledger does not know it; reconcile names it"
            return f"{left}, and it was never sent{known}"
        if state != ARCHIVED and not self.unseen and status != "published":
            there = "archived it there" if status else "deleted it there or moved it"
            return f"{left}, and somebody {there} already"
        if state == ARCHIVED and status == "published":
            return f"{left}, so that it was archived, and somebody published it there by hand"
        if state == ARCHIVED:
            return f"{left}, so that it was archived; it comes back when it is offered again"
        if gone and not self.archives:
            return f"{left}, and courses of {self.provider} are never archived"
        if withheld := next((one for one in self.mentions if one["what"] == "withheld"), None):
            return (
                f"{left}, and the last run withheld its archiving ({withheld['reason']}); "
                "content-sync console shows all of them"
            )
        return f"{left}; the next catalogue run archives it if its listing is complete"


_STANDS = {
    "published": "is published at 360Learning",
    "archived": "is archived at 360Learning",
}


def find_course(parties: Parties, external_id: str) -> CourseFacts:
    """Ask all sides about a course."""
    unasked = ""
    try:
        raw, listed, asked = _ask_provider(parties, external_id)
    except ContentSyncError as error:
        raw, listed, asked, unasked = None, False, "without an answer", str(error)
    judgement = parties.provider.judge_course(raw) if raw is not None and listed else None
    entry = course_ledger(parties.table, parties.pk).get(external_id)
    standing, unseen = _ask_platform(parties, external_id, entry)
    return CourseFacts(
        external_id=external_id,
        provider=parties.provider.display_name,
        archives=parties.provider.archives,
        asked=asked,
        raw=raw,
        listed=listed,
        judgement=judgement,
        changed=entry is not None and _is_changed(parties, judgement, entry),
        entry=entry,
        standing=standing,
        unseen=unseen,
        mentions=_mentions(parties, external_id),
        unasked=unasked,
    )


def _ask_provider(parties: Parties, external_id: str) -> tuple[Raw | None, bool, str]:
    """Return what the provider says, whether its listing holds it, and how it was asked."""
    api = parties.api
    found = None
    if isinstance(api, AsksById):
        found = api.course(external_id)
        if found is None or found.listed is not None:
            return (found.raw if found else None), bool(found and found.listed), "by id"
    asked = "by id and in its listing" if found and found.raw else "in its listing"
    for page in api.courses(None):
        for raw in page.items:
            if parties.provider.judge_course(raw).externalId == external_id:
                return raw, True, asked
    return (found.raw if found else None), False, asked


def _ask_platform(
    parties: Parties, external_id: str, entry: CourseEntry | None
) -> tuple[dict[str, Any] | None, str]:
    """Return id, status and title of a course at 360Learning, or why that cannot be seen."""
    if not parties.integration_id:
        return None, ""
    course_id = entry.course_id if entry is not None else ""
    try:
        try:
            held = parties.platform.external_course(parties.integration_id, external_id)
            course_id = str(held.get("courseId"))
        except Refused as refusal:
            # What was deleted there may still be told by its own id.
            if refusal.code not in NO_COURSE or not course_id:
                raise
        course = parties.platform.course(course_id)
    except ContentSyncError as error:
        gone = isinstance(error, Refused) and error.code in NO_COURSE
        return None, "" if gone else str(error)
    status, title = str(course.get("status")), str(course.get("name"))
    return {"course_id": course_id, "status": status, "title": title}, ""


def _is_changed(parties: Parties, judgement: CourseJudgement | None, entry: CourseEntry) -> bool:
    if not isinstance(judgement, Course):
        return False
    item = course_item(
        judgement,
        provider_name=parties.provider.display_name,
        default_language=parties.default_language,
    )
    return digest(item) != entry.digest


def _mentions(parties: Parties, external_id: str) -> list[Entry]:
    """Return what the report of the last catalogue run says of a course."""
    report = last_report(parties.table, parties.pk, "catalog")
    if report is None:
        return []
    entries = read_details(parties.table, parties.pk, "catalog", report["run_id"])
    found = (one for one in entries if one.get("external_id") == external_id)
    return list(islice(found, MOST_ENTRIES))

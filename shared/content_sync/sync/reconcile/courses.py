"""Courses: the provider's listing, the ledger, and the group at 360Learning."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from content_sync.batches import in_batches
from content_sync.domain.brake import limit
from content_sync.domain.course import Course, CourseJudgement, Withdrawn
from content_sync.errors import NotFound, Refused
from content_sync.learning360.api import NO_COURSE, PARALLEL_READS
from content_sync.learning360.items import COURSE_FIELDS, Item, digest
from content_sync.state.courses import ACTIVE, ARCHIVED, RESTORING, CourseEntry, course_ledger
from content_sync.state.cursors import ReconcileCursor
from content_sync.state.ledger import Ledger
from content_sync.state.runs import left_archived_writes
from content_sync.state.table import Write
from content_sync.sync.journal import GrowingList
from content_sync.sync.listing import Listing
from content_sync.sync.run import Run

# Courses that are looked up between two checkpoints.
BATCH = 200
PUBLISHED, GONE = "published", "deleted"
# Whether the provider offers a course, withdrew it, or says what changes nothing for now.
Word = Literal["offered", "withdrawn", "unclear"]


class Offer(NamedTuple):
    """A course in the provider's listing, and what follows from it."""

    external_id: str
    word: Word


class LookedUp(NamedTuple):
    """What 360Learning answered for an external id; blank where it holds none."""

    external_id: str
    course_id: str = ""
    status: str = ""
    digest: str = ""


class Listed(NamedTuple):
    """A course in the group's listing."""

    status: str
    title: str


@dataclass
class Inventory:
    """What is known of the courses on all three sides.

    Attributes:
        ledger: What was sent, by external id.
        listed: What stands in the group under the provider's name, by 360Learning id.
        offers: The provider's listing.
        looked_up: The external ids of which neither ledger nor listing tells where they stand.
        located: Where each course stands, by external id.
    """

    ledger: Ledger[CourseEntry]
    listed: dict[str, Listed]
    offers: GrowingList[Offer]
    looked_up: GrowingList[LookedUp]
    located: dict[str, LookedUp]

    @property
    def offered(self) -> set[str]:
        """Return the external ids of the courses that learners may take."""
        return {offer.external_id for offer in self.offers if offer.word == "offered"}

    def external_ids(self) -> set[str]:
        """Return all that ledger and provider know."""
        known = {external_id for external_id, _ in self.ledger.items()}
        return known | {offer.external_id for offer in self.offers}

    def unclaimed(self, status: str) -> Iterator[tuple[str, str]]:
        """Yield id and title of the courses of a status that neither ledger nor provider knows."""
        claimed = {place.course_id for place in self.located.values()}
        claimed |= {entry.course_id for _, entry in self.ledger.items()}
        for course_id, course in sorted(self.listed.items()):
            if course.status == status and course_id not in claimed:
                yield course_id, course.title


def take_stock(run: Run[ReconcileCursor]) -> Inventory:
    """Read the ledger and the group's courses anew, and what earlier invocations found out."""
    parties, journal = run.parties, run.journal
    listed: dict[str, Listed] = {}
    with journal.unit():
        for row in parties.platform.external_courses(parties.settings.group_id):
            group = str(row.get("groupId")).lower()
            platform = row.get("externalPlatform")
            if (group, platform) == (parties.settings.group_id, parties.provider.display_name):
                listed[str(row.get("_id"))] = Listed(str(row.get("status")), str(row.get("name")))
    return Inventory(
        ledger=journal.keep(course_ledger(parties.table, parties.pk)),
        listed={one: course for one, course in listed.items() if course.status != GONE},
        offers=journal.growing_list("offers", Offer),
        looked_up=journal.growing_list("looked_up", LookedUp),
        located={},
    )


def read_offer(run: Run[ReconcileCursor], inventory: Inventory) -> None:
    """Read the provider's catalogue to its end, from where the run stands."""
    listing = Listing(run.journal.cursor.listing, run)
    seen = {offer.external_id for offer in inventory.offers}
    for page in listing.pages(run.parties.api.courses):
        judgements = [run.parties.provider.judge_course(raw) for raw in page.items]
        for judgement in judgements:
            if judgement.externalId and judgement.externalId not in seen:
                seen.add(judgement.externalId)
                inventory.offers.append(Offer(judgement.externalId, _word(judgement)))
        listing.turn(page, [one.externalId for one in judgements if one.externalId])
        run.journal.checkpoint()


def _word(judgement: CourseJudgement) -> Word:
    if isinstance(judgement, Course):
        return "offered"
    return "withdrawn" if isinstance(judgement, Withdrawn) else "unclear"


def locate(run: Run[ReconcileCursor], inventory: Inventory) -> None:
    """Find out where each course stands: from the ledger and the list, or else by a lookup."""
    inventory.located = {one.external_id: one for one in inventory.looked_up}
    unknown: list[str] = []
    for external_id in sorted(inventory.external_ids() - inventory.located.keys()):
        entry = inventory.ledger.get(external_id)
        if entry is not None and entry.course_id in inventory.listed:
            inventory.located[external_id] = LookedUp(external_id, entry.course_id)
        else:
            unknown.append(external_id)
    with ThreadPoolExecutor(PARALLEL_READS) as pool:
        for batch in in_batches(unknown, BATCH):
            with run.journal.unit():
                answers = list(pool.map(lambda one: _look_up(run, inventory, one), batch))
            for answer in answers:
                inventory.looked_up.append(answer)
                inventory.located[answer.external_id] = answer
            run.journal.checkpoint()
    for external_id, place in inventory.located.items():
        if place.course_id in inventory.listed:
            status = inventory.listed[place.course_id].status
            inventory.located[external_id] = place._replace(status=status)


def _look_up(run: Run[ReconcileCursor], inventory: Inventory, external_id: str) -> LookedUp:
    """Ask 360Learning for a course by its external id."""
    platform = run.parties.platform
    try:
        held = platform.external_course(run.parties.integration_id, external_id)
        course_id = str(held.get("courseId"))
        # Somebody may have moved it into another group, of which nothing was listed.
        listed = course_id in inventory.listed
        status = "" if listed else str(platform.course(course_id).get("status"))
    except (NotFound, Refused) as refusal:
        # Any other 404 is somebody else's word: a front end's, or that of a path that moved.
        if not isinstance(refusal, Refused) or refusal.code not in NO_COURSE:
            raise
        return LookedUp(external_id)
    if status == GONE:
        return LookedUp(external_id)
    return LookedUp(external_id, course_id, status, digest(_item(held)))


def _item(held: Item) -> Item:
    """Return what 360Learning holds, as the item that would lead to it."""
    fields = ("externalId", *COURSE_FIELDS)
    return {name: held[name] for name in fields if held.get(name) is not None}


def verdict_on(known: str | None, stands: str, word: Word | None) -> str:
    """Return what a course is called in the counts; blank where nobody expects it anywhere.

    Args:
        known: Its state in the ledger, if it is there.
        stands: Its status at 360Learning; blank where it is not there.
        word: What the provider says; None where it does not list it.
    """
    if not stands:
        return "missing" if known or word == "offered" else ""
    if known is None:
        # Whether it was this program that archived it nobody knows any more; that an administrator
        # did is likelier than that the provider took it back just before the ledger was lost.
        left = word in ("offered", "unclear") and stands != PUBLISHED
        return "archived_by_hand" if left else "found"
    expected = {ACTIVE: PUBLISHED, ARCHIVED: "archived", RESTORING: stands}[known]
    if stands == expected:
        return "agreed"
    return "archived_by_hand" if known == ACTIVE else "published_by_hand"


MESSAGES = {
    "missing": "it is not at 360Learning: {consequence}",
    "archived_by_hand": "the provider did not withdraw it, and it is archived at 360Learning: it "
    "is left so; if learners should have it, restore it there",
    "published_by_hand": "it was archived because the provider withdrew it, and is published at "
    "360Learning: it is left so; if learners should not have it, archive it there",
    "found": "it is {status} at 360Learning and not in the ledger: {consequence}",
}


def compare_courses(run: Run[ReconcileCursor], inventory: Inventory) -> None:
    """Count and name where courses differ, once in a run; in mode apply, correct the ledger."""
    cursor, report, ledger = run.journal.cursor, run.journal.report, inventory.ledger
    if cursor.settled:
        return
    if cursor.listing.doubts:
        report.problem("", "incomplete_crawl", "; ".join(cursor.listing.doubts))
    words = {offer.external_id: offer.word for offer in inventory.offers}
    forgets = _may_forget(run, inventory)
    for external_id in sorted(inventory.external_ids()):
        entry, place = ledger.get(external_id), inventory.located[external_id]
        known = entry.state if entry is not None else None
        verdict = verdict_on(known, place.status, words.get(external_id))
        if not verdict:
            continue
        report.count(f"courses_{verdict}")
        if verdict != "agreed":
            message = MESSAGES[verdict].format(
                status=place.status, consequence=_consequence(run, verdict, known)
            )
            report.problem(external_id, verdict, message, course_id=place.course_id)
        if not run.request.plans and (forgets or place.course_id):
            _correct(ledger, external_id, place, verdict)
    for course_id, title in inventory.unclaimed(PUBLISHED):
        report.count("courses_orphans")
        report.problem("", "orphan", ORPHAN.format(title=title), course_id=course_id)
    writes = _note_left_archived(run, inventory)
    cursor.settled = True
    run.journal.save(*writes)


def _note_left_archived(run: Run[ReconcileCursor], inventory: Inventory) -> list[Write]:
    """Name the archived courses that nobody knows; return what lets a run know them again."""
    report = run.journal.report
    if run.journal.cursor.listing.doubts or not inventory.offered:
        report.problem("", "archived_unknown", UNKNOWN_LEFT)
        return []
    unknown = dict(inventory.unclaimed("archived"))
    for course_id, title in unknown.items():
        report.problem("", "archived_unlisted", UNLISTED.format(title=title), course_id=course_id)
    if run.request.plans:
        return []
    return left_archived_writes(run.parties.table, run.parties.pk, unknown)


ORPHAN = (
    '"{title}" is published at 360Learning, and neither the provider nor the ledger knows it: '
    "archive it there, or reconcile with allow_archives"
)
UNKNOWN_LEFT = (
    "the provider's listing was empty or may lack something: nothing is noted of what stands "
    "archived there and is not known"
)
UNLISTED = (
    '"{title}" is archived at 360Learning, and neither the provider nor the ledger knows it: it is '
    "restored when the provider offers it; should it stay archived, archive it again then"
)


def _may_forget(run: Run[ReconcileCursor], inventory: Inventory) -> bool:
    """Tell whether so few courses are missing that the ledger may forget them; say so if not."""
    known = [external_id for external_id, _ in inventory.ledger.items()]
    missing = sum(not inventory.located[external_id].course_id for external_id in known)
    if missing <= limit(len(known)):
        return True
    run.journal.report.problem(
        "",
        "too_many_missing",
        f"{missing} of {len(known)} courses that were sent are not at 360Learning, more than the "
        f"ledger forgets at once ({limit(len(known))}): nothing is forgotten; if they are really "
        "gone, deactivate the integration and activate it again",
        undone=True,
    )
    return False


def _consequence(run: Run[ReconcileCursor], verdict: str, known: str | None) -> str:
    if verdict == "missing" and known is None:
        return "the next catalogue run creates it"
    if run.request.plans:
        return "mode apply corrects the ledger"
    if verdict == "missing":
        return "the ledger forgot it, and the next catalogue run creates it if it is still offered"
    return "it is in the ledger now"


def _correct(ledger: Ledger[CourseEntry], external_id: str, place: LookedUp, verdict: str) -> None:
    """Let the ledger say what stands at 360Learning; what was done there by hand is left so."""
    entry = ledger.get(external_id)
    if not place.course_id:
        if entry is not None:
            ledger.remove(external_id)
    elif entry is None:
        # What was archived by hand counts as ours to keep up to date, and nothing else.
        by_hand = verdict == "archived_by_hand"
        state = ACTIVE if by_hand or place.status == PUBLISHED else ARCHIVED
        ledger.set(external_id, CourseEntry(place.digest, place.course_id, state))
    elif entry.course_id != place.course_id:
        ledger.set(external_id, replace(entry, course_id=place.course_id))


def archive_orphans(run: Run[ReconcileCursor], inventory: Inventory) -> None:
    """Archive orphans at 360Learning, as many as an operator consented to."""
    cursor, report, consent = run.journal.cursor, run.journal.report, run.request.allow_archives
    if run.request.plans or not consent:
        return
    orphans = [course_id for course_id, _ in inventory.unclaimed(PUBLISHED)]
    if orphans and (cursor.listing.doubts or not inventory.offered):
        message = (
            "no orphan is archived: the provider's listing was empty or may lack something, so "
            "that any of them may be offered still"
        )
        report.problem("", "orphans_kept", message, undone=True)
        return
    for course_id in orphans[: max(consent - cursor.archived, 0)]:
        try:
            with run.journal.unit():
                run.parties.platform.archive_course(course_id)
        except (Refused, NotFound) as refusal:
            report.problem(
                "", "archive_refused", f"360Learning: {refusal}", course_id=course_id, undone=True
            )
            continue
        cursor.archived += 1
        report.problem("", "orphan_archived", "it is archived now", course_id=course_id)
        run.journal.checkpoint()

"""The catalogue run: what a provider offers comes into the group, what it withdrew is archived."""

import contextlib
from dataclasses import replace
from operator import itemgetter

from content_sync.domain.course import Course, CourseJudgement, Invalid, Untouched, Withdrawn
from content_sync.errors import ContentSyncError, NotFound
from content_sync.web.http import Refused
from content_sync.fields.instants import now
from content_sync.learning360.api import ARCHIVE_COURSES, OBJECT_ID, UPSERT_COURSES
from content_sync.learning360.items import Item, archive_item, course_item, digest
from content_sync.state.courses import ACTIVE, ARCHIVED, RESTORING, CourseEntry, course_ledger
from content_sync.state.runs import COURSES_GAINED, mark_write
from content_sync.state.table import Write
from content_sync.domain.brake import judge_archives
from content_sync.sync.crawl import Crawl
from content_sync.sync.delivery import Delivery, Outcome, Parcel
from content_sync.sync.differences import differences
from content_sync.sync.extras import Extras
from content_sync.sync.remembered import Remembered
from content_sync.sync.run import Run
from content_sync.web.timebudget import OutOfTime

# How many courses are restored, one call each, between two saves.
RESTORED_BETWEEN_SAVES = 50


def synchronize_catalog(run: Run) -> None:
    """Brings the provider's catalogue into the integration's group.

    Raises:
        OutOfTime: The run goes on in another invocation.
        ContentSyncError: It failed; its cursor is saved.
    """
    sync = _CatalogSync(run)
    inherited = sync.delivery.settle()
    if run.resumed:
        sync.restore()
    if inherited:
        run.forget()
    sync.read()
    sync.archive()
    sync.extras.share()
    sync.extras.tag()


class _CatalogSync:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.report = run.report
        self.ledger = course_ledger(run.table, run.pk)
        self.crawl = Crawl(run)
        self.delivery = Delivery(run, self.record)
        self.extras = Extras(run, self.ledger, self.delivery)
        self.archive_failed = Remembered(run, "archive_failed")
        self.pending: dict[str, Parcel] = {}
        run.cursor.setdefault("active_before", self._count(ACTIVE))
        run.savers.append(self.ledger_writes)

    def _count(self, state: str) -> int:
        return sum(entry.state == state for _, entry in self.ledger.items())

    def ledger_writes(self) -> list[Write]:
        """What to write for the courses that changed since the last save."""
        writes = self.ledger.writes()
        if self.run.cursor.pop("gained", False):
            writes.append(mark_write(COURSES_GAINED, now()))
        return writes

    # Reading and upserting

    def read(self) -> None:
        """Reads the catalogue to its end, sending what changed in chunks."""
        if self.run.cursor.get("read_to_end"):
            return
        try:
            site = self.run.source.site()
            for page in self.crawl.pages(self.run.source.courses, before_restart=self.flush):
                for raw in page.items:
                    self.judge(self.run.provider.to_course(raw, site))
                self.crawl.turn(page)
                if len(self.pending) + len(page.items) > UPSERT_COURSES.most_items:
                    self.flush()
                self.run.checkpoint(before=self.flush)
        except ContentSyncError:
            # Whatever broke off the reading, what was read until then is sent, if there is time.
            with contextlib.suppress(OutOfTime):
                self.flush()
            raise
        self.flush()
        self.run.cursor["read_to_end"] = True

    def judge(self, judgement: CourseJudgement) -> None:
        """Counts one course, and puts it among what is sent or archived."""
        report, course_id = self.report, judgement.externalId
        if course_id and not self.crawl.first_sight(course_id, isinstance(judgement, Withdrawn)):
            return
        report.count("read")
        entry = self.ledger.get(course_id)
        match judgement:
            case Course():
                self.offer(judgement, entry)
            case Withdrawn():
                # An active one is counted when it is archived.
                if entry is None:
                    report.count("ignored")
                elif entry.state != ACTIVE:
                    report.count("unchanged")
            case Untouched():
                report.count("ignored")
            case Invalid():
                report.count("invalid")
                report.problem(course_id, judgement.reason, judgement.message)

    def offer(self, course: Course, entry: CourseEntry | None) -> None:
        """Sends a course if it is new, changed or back."""
        self.extras.note(course)
        item = course_item(
            course,
            provider_name=self.run.provider.display_name,
            default_language=self.run.settings.default_language,
        )
        action = self.action(item, entry)
        if action is None:
            self.report.count("unchanged")
            self.extras.unchanged(course.externalId)
            return
        if self.report.wants_changes():
            self.report.change(course.externalId, action, differences(self.run, item, entry))
        note = [course.externalId, action, digest(item), course.modifiedAt]
        self.pending[course.externalId] = Parcel(item, note)

    def action(self, item: Item, entry: CourseEntry | None) -> str | None:
        """What to do with an offered course; None when 360Learning holds it as it is."""
        if entry is None:
            return "create"
        if entry.state != ACTIVE:
            return "restore"
        changed = entry.digest != digest(item) or self.run.request.full
        return "update" if changed else None

    def flush(self) -> None:
        """Sends what is pending."""
        parcels, self.pending = list(self.pending.values()), {}
        most = UPSERT_COURSES.most_items
        for start in range(0, len(parcels), most):
            self.delivery.deliver(UPSERT_COURSES, "upsert", parcels[start : start + most])
            self.restore()

    def record(self, purpose: str, outcomes: list[Outcome]) -> None:
        """Puts the outcomes of an operation into ledger and report, and saves."""
        for outcome in outcomes:
            if purpose == "archive":
                self.record_archive(outcome)
            elif purpose == "upsert":
                self.record_upsert(outcome)
            else:
                self.extras.record_share(purpose, outcome)
        self.run.save()

    def record_upsert(self, outcome: Outcome) -> None:
        """One course that was upserted, or refused."""
        external_id, action, item_digest, modified_at = outcome.note
        before = self.ledger.get(external_id)
        if not outcome.accepted:
            self.fail(external_id, "course", outcome)
            if before is not None:
                # No item has a blank digest: it is sent again, changed or not.
                error = outcome.refusal or outcome.undelivered
                self.ledger.set(external_id, replace(before, digest="", error=error))
            return
        course_id = outcome.resource_id or (before.course_id if before else "")
        groups = before.groups if before else ()
        if action == "restore":
            entry = CourseEntry(item_digest, course_id, RESTORING, modified_at, groups)
            self.ledger.set(external_id, entry)
            return
        entry = CourseEntry(item_digest, course_id, ACTIVE, modified_at, groups)
        self.ledger.set(external_id, entry)
        self.report.count("created" if action == "create" else "updated")
        if action == "create":
            self.run.cursor["gained"] = True

    def restore(self) -> None:
        """Un-archives the courses that came back: an upsert may or may not do so."""
        restoring = [
            (external_id, entry)
            for external_id, entry in self.ledger.items()
            if entry.state == RESTORING
        ]
        for number, (external_id, entry) in enumerate(sorted(restoring, key=itemgetter(0)), 1):
            try:
                if not self.run.plans:
                    with self.run.budget.unit():
                        self.run.target.restore_course(self.course_id(external_id, entry))
            except Refused as error:
                self.ledger.set(external_id, replace(entry, state=ARCHIVED))
                self.fail(external_id, "restore", Outcome(None, refusal=str(error)))
            else:
                self.ledger.set(external_id, replace(entry, state=ACTIVE))
                self.report.count("restored")
            if number % RESTORED_BETWEEN_SAVES == 0:
                self.run.save()
            self.run.checkpoint()

    def course_id(self, external_id: str, entry: CourseEntry) -> str:
        """A course's 360Learning id, asked for when the upsert did not give it."""
        if OBJECT_ID.fullmatch(entry.course_id):
            return entry.course_id
        course = self.run.target.external_course(self.run.integration.integration_id, external_id)
        return str(course.get("courseId"))

    # Archiving

    def archive(self) -> None:
        """Archives what the provider withdrew, as far as crawl and brake admit it."""
        cursor, withdrawn = self.run.cursor, self.withdrawn()
        if "archives_admitted" not in cursor:
            verdict = judge_archives(self.run, self.crawl, withdrawn)
            cursor["archives_admitted"] = verdict.admitted
            if verdict.admitted != "all":
                self.run.partial = True
                self.report.problem("", verdict.reason, verdict.message)
                self.report.count("withheld", self.withheld(verdict.admitted, withdrawn))
            self.run.save()
        if cursor["archives_admitted"] == "none":
            return
        if cursor["archives_admitted"] == "seen":
            withdrawn = [name for name in withdrawn if name in self.crawl.withdrawn]
        most = ARCHIVE_COURSES.most_items
        for start in range(0, len(withdrawn), most):
            chunk = withdrawn[start : start + most]
            for external_id in chunk:
                self.report.change(external_id, "archive", {"status": ["published", "archived"]})
            parcels = [Parcel(archive_item(external_id), external_id) for external_id in chunk]
            self.delivery.deliver(ARCHIVE_COURSES, "archive", parcels)
            self.run.checkpoint()

    def withheld(self, admitted: str, withdrawn: list[str]) -> int:
        """How many courses are not archived that otherwise would be."""
        named = sum(name in self.crawl.withdrawn for name in withdrawn)
        if admitted == "seen":
            return len(withdrawn) - named
        # What an incomplete crawl did not see may still be there: it is not counted.
        return named if self.crawl.incomplete else len(withdrawn)

    def withdrawn(self) -> list[str]:
        """The active courses that the provider withdrew or no longer returns."""
        seen, withdrawn = self.crawl.seen, self.crawl.withdrawn
        gone = self.run.provider.archives
        return sorted(
            external_id
            for external_id, entry in self.ledger.items()
            if entry.state == ACTIVE
            and (external_id in withdrawn or (gone and external_id not in seen))
            and external_id not in self.archive_failed
        )

    def record_archive(self, outcome: Outcome) -> None:
        """One course that was archived, or not."""
        external_id = outcome.note
        entry = self.ledger.get(external_id)
        assert entry is not None
        if outcome.accepted or self.is_archived_already(entry):
            self.ledger.set(external_id, replace(entry, state=ARCHIVED))
            self.report.count("archived")
        else:
            self.archive_failed.add(external_id)
            self.fail(external_id, "archive", outcome)

    def is_archived_already(self, entry: CourseEntry) -> bool:
        """Whether somebody archived or deleted the course at 360Learning by hand."""
        if not entry.course_id:
            return False
        try:
            return self.run.target.course(entry.course_id).get("status") in ("archived", "deleted")
        except NotFound:
            return True
        except ContentSyncError:
            return False

    def fail(self, external_id: str, what: str, outcome: Outcome) -> None:
        """Counts what could not be delivered; it is tried again at the next run."""
        self.run.partial = True
        self.report.count("failed")
        reason = f"{what}_refused" if outcome.refusal else f"{what}_undelivered"
        message = outcome.refusal or outcome.undelivered or ""
        self.report.problem(external_id, reason, f"360Learning: {message}")

"""What belongs to a course and not to its item: further groups, and tags.

Both are brought in line after the catalogue itself. A course of which only these differ counts as
`updated` instead of `unchanged`.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from content_sync.domain.course import Course
from content_sync.web.http import LostAnswer, Refused
from content_sync.learning360.api import (
    ADD_TO_CATALOG,
    ADD_TO_LIBRARY,
    MOST_TAGS,
    PARALLEL_READS,
    REMOVE_FROM_CATALOG,
    REMOVE_FROM_LIBRARY,
    BulkKind,
)
from content_sync.state.courses import ACTIVE, CourseEntry
from content_sync.state.ledger import Ledger
from content_sync.state.table import Write
from content_sync.sync.delivery import Delivery, Outcome, Parcel
from content_sync.sync.remembered import Remembered
from content_sync.sync.run import Run

Groups = Callable[[CourseEntry], list[str]]
# Courses whose tags are read side by side, between two checkpoints.
TAG_BATCH = 200


class Extras:
    """Groups and tags of one catalogue run.

    Args:
        run: The run.
        ledger: The course ledger.
        delivery: For the bulk operations.
    """

    def __init__(self, run: Run, ledger: Ledger[CourseEntry], delivery: Delivery) -> None:
        self._run = run
        self._ledger = ledger
        self._delivery = delivery
        # Also when the last group has left the list: courses still stand there.
        self._shares = bool(run.settings.extra_group_ids) or any(
            entry.groups for _, entry in ledger.items()
        )
        self._syncs_tags = bool(getattr(run.settings, "sync_tags", False))
        self._tags: dict[str, list[str]] = {}
        self._unchanged = Remembered(run, "unchanged")
        self._counted = Remembered(run, "extras_counted")
        self._failed = Remembered(run, "share_failed")
        self._fresh_tags: list[list[object]] = []
        self._names: dict[str, str] = {}
        for external_id, tags in run.grown("tags"):
            self._tags[external_id] = tags
        run.savers.append(self._writes)

    def _writes(self) -> Sequence[Write]:
        tags, self._fresh_tags = self._fresh_tags, []
        return self._run.grow("tags", tags) if tags else ()

    def note(self, course: Course) -> None:
        """Remembers the tags that a course should have."""
        if self._syncs_tags:
            tags = list(course.tags[:MOST_TAGS])
            self._tags[course.externalId] = tags
            self._fresh_tags.append([course.externalId, tags])

    def unchanged(self, external_id: str) -> None:
        """Remembers that the item of a course is as it was."""
        if self._syncs_tags or self._shares:
            self._unchanged.add(external_id)

    def _touched(self, external_id: str, heading: str = "updated") -> None:
        """Counts a course of which nothing else changed under another heading, once."""
        if external_id in self._unchanged and external_id not in self._counted:
            self._counted.add(external_id)
            self._run.report.count("unchanged", -1)
            self._run.report.count(heading)

    # Further groups

    def share(self) -> None:
        """Puts every active course into the further groups, and out of those that left the list.

        A group counts as done when both operations are: catalogue first, library last.
        """
        if not self._shares:
            return
        wanted = tuple(dict.fromkeys(self._run.settings.extra_group_ids))
        missing = list(self._places(lambda entry: [g for g in wanted if g not in entry.groups]))
        obsolete = list(self._places(lambda entry: [g for g in entry.groups if g not in wanted]))
        self._move(ADD_TO_CATALOG, "share_catalog", missing)
        self._move(ADD_TO_LIBRARY, "share_library", missing)
        self._move(REMOVE_FROM_CATALOG, "unshare_catalog", obsolete)
        self._move(REMOVE_FROM_LIBRARY, "unshare_library", obsolete)

    def _places(self, groups: Groups) -> Iterator[tuple[str, str, str]]:
        for external_id, entry in sorted(self._ledger.items()):
            if entry.state == ACTIVE and entry.course_id:
                for group in groups(entry):
                    yield external_id, entry.course_id, group

    def _move(self, kind: BulkKind, purpose: str, places: list[tuple[str, str, str]]) -> None:
        due = [place for place in places if f"{place[0]} {place[2]}" not in self._failed]
        for external_id, _, group in due if kind in (ADD_TO_LIBRARY, REMOVE_FROM_LIBRARY) else ():
            change = [None, group] if kind is ADD_TO_LIBRARY else [group, None]
            self._run.report.change(external_id, "update", {"groups": change})
        for start in range(0, len(due), kind.most_items):
            parcels = [
                Parcel(
                    {"groupId": group, "contentType": "course", "contentId": course_id},
                    [external_id, group],
                )
                for external_id, course_id, group in due[start : start + kind.most_items]
            ]
            self._delivery.deliver(kind, purpose, parcels)
            self._run.checkpoint()

    def record_share(self, purpose: str, outcome: Outcome) -> None:
        """One course that was put into a group, or out of it."""
        external_id, group = outcome.note
        if not outcome.accepted:
            self._run.partial = True
            self._failed.add(f"{external_id} {group}")
            message = outcome.refusal or outcome.undelivered or ""
            self._run.report.problem(external_id, purpose, f"360Learning: {message}")
            self._touched(external_id, "failed")
            return
        if purpose.endswith("_catalog"):
            return
        entry = self._ledger.get(external_id)
        assert entry is not None
        others = tuple(name for name in entry.groups if name != group)
        groups = (*others, group) if purpose == "share_library" else others
        self._ledger.set(external_id, replace(entry, groups=groups))
        self._touched(external_id)

    # Tags

    def tag(self) -> None:
        """Replaces every active course's tags where they differ from the provider's categories."""
        if not self._syncs_tags:
            return
        run = self._run
        self._names = self._platform_tags()
        due = [
            (external_id, entry.course_id)
            for external_id, entry in sorted(self._ledger.items())
            if external_id in self._tags and entry.state == ACTIVE and entry.course_id
        ]
        while (start := run.cursor.get("tagged", 0)) < len(due):
            batch = due[start : start + TAG_BATCH]
            with run.budget.unit(), ThreadPoolExecutor(PARALLEL_READS) as pool:
                held = list(pool.map(run.target.course_tags, [course_id for _, course_id in batch]))
                for (external_id, course_id), tag_ids in zip(batch, held, strict=True):
                    self._tag_one(external_id, course_id, tag_ids)
            run.cursor["tagged"] = start + len(batch)
            run.checkpoint()

    def _platform_tags(self) -> dict[str, str]:
        """The ids of the platform's tags, by trimmed name, case aside; the first of a name wins."""
        names: dict[str, str] = {}
        for tag in self._run.target.tags():
            names.setdefault(str(tag.get("name", "")).strip().casefold(), str(tag.get("_id")))
        return names

    def _tag_one(self, external_id: str, course_id: str, held: set[str]) -> None:
        run = self._run
        wanted = list(dict.fromkeys(self._tag_id(name) for name in self._tags[external_id]))
        if set(wanted) == held:
            return
        if run.report.wants_changes():
            old = sorted(name for name, tag_id in self._names.items() if tag_id in held)
            fields = {"tags": [old, self._tags[external_id]]}
            run.report.change(external_id, "update", fields)
        try:
            if not run.plans:
                run.target.replace_course_tags(course_id, wanted)
        except Refused as refusal:
            run.partial = True
            run.report.problem(external_id, "tags_refused", str(refusal))
            self._touched(external_id, "failed")
            return
        self._touched(external_id)

    def _tag_id(self, name: str) -> str:
        """The id of a tag, which is made when the platform has none of this name."""
        key = name.casefold()
        if key not in self._names:
            self._names[key] = name if self._run.plans else self._create_tag(name)
        return self._names[key]

    def _create_tag(self, name: str) -> str:
        try:
            return str(self._run.target.create_tag(name)["_id"])
        except (LostAnswer, Refused):
            # Somebody else made it at the same time, or our answer was lost.
            names = self._platform_tags()
            if name.casefold() not in names:
                raise
            return names[name.casefold()]

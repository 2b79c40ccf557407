"""Tags: where they are synchronized, a course has those of the provider, and no others."""

from concurrent.futures import ThreadPoolExecutor

from content_sync.errors import LostAnswer, Refused
from content_sync.learning360.api import PARALLEL_READS, Learning360Api
from content_sync.state.courses import ACTIVE
from content_sync.state.cursors import CatalogCursor
from content_sync.sync.catalog.books import Books
from content_sync.sync.run import Run

# Courses whose tags are read side by side, between two checkpoints.
BATCH = 200


def replace_tags(run: Run[CatalogCursor], books: Books) -> None:
    """Replace every active course's tags where they differ from what the provider says."""
    if not run.parties.settings.syncs_tags:
        return
    platform, cursor = run.parties.platform, run.journal.cursor
    tags = PlatformTags(platform)
    wanted = {course.external_id: course.names for course in books.wanted_tags}
    due = [
        (external_id, entry.course_id)
        for external_id, entry in sorted(books.ledger.items())
        if external_id in wanted and entry.state == ACTIVE and entry.course_id
    ]
    while cursor.tagged < len(due):
        batch = due[cursor.tagged : cursor.tagged + BATCH]
        with run.journal.unit(), ThreadPoolExecutor(PARALLEL_READS) as pool:
            held = pool.map(platform.course_tags, [course_id for _, course_id in batch])
            for (external_id, course_id), tag_ids in zip(batch, list(held), strict=True):
                _replace(run, books, tags, external_id, course_id, wanted[external_id], tag_ids)
        cursor.tagged += len(batch)
        run.journal.checkpoint()


def _replace(
    run: Run[CatalogCursor],
    books: Books,
    tags: "PlatformTags",
    external_id: str,
    course_id: str,
    wanted: list[str],
    held: set[str],
) -> None:
    """Replace one course's tags if they differ."""
    report = run.journal.report
    wanted_ids = list(dict.fromkeys(tags.id_of(name) for name in wanted))
    if set(wanted_ids) == held:
        return
    if report.wants_changes():
        report.change(external_id, "update", {"tags": [tags.names_of(held), wanted]})
    try:
        run.parties.platform.replace_course_tags(course_id, wanted_ids)
    except Refused as refusal:
        report.problem(external_id, "tags_refused", str(refusal), undone=True)
        books.unchanged.recount(external_id, "failed")
        return
    books.unchanged.recount(external_id, "updated")


class PlatformTags:
    """The platform's tags by trimmed name, case aside; the first of a name wins.

    Args:
        platform: Where they stand; a missing one is created there.
    """

    def __init__(self, platform: Learning360Api) -> None:
        self._platform = platform
        self._ids = self._read()

    def _read(self) -> dict[str, str]:
        ids: dict[str, str] = {}
        for tag in self._platform.tags():
            ids.setdefault(str(tag.get("name", "")).strip().casefold(), str(tag.get("_id")))
        return ids

    def id_of(self, name: str) -> str:
        """Return the id of a tag, which is created when the platform has none of this name."""
        key = name.casefold()
        if key not in self._ids:
            self._ids[key] = self._create(name)
        return self._ids[key]

    def names_of(self, ids: set[str]) -> list[str]:
        """Return the names that tags have, in lower case."""
        return sorted(name for name, tag_id in self._ids.items() if tag_id in ids)

    def _create(self, name: str) -> str:
        try:
            return str(self._platform.create_tag(name)["_id"])
        except (LostAnswer, Refused):
            # Somebody else made it at the same time, or our answer was lost.
            ids = self._read()
            if name.casefold() not in ids:
                raise
            return ids[name.casefold()]

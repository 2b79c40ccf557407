"""Tags: where they are synchronized, a course has those of the provider, and no others."""

from concurrent.futures import ThreadPoolExecutor

from content_sync.errors import (
    ContentSyncError,
    Denied,
    LostAnswer,
    NotFound,
    Refused,
    RemoteUnavailable,
    UnexpectedAnswer,
)
from content_sync.learning360.api import MOST_TAGS, PARALLEL_READS, Learning360Api
from content_sync.report import LONGEST_ID, Report
from content_sync.state.courses import ACTIVE
from content_sync.state.cursors import CatalogCursor
from content_sync.sync.catalog.books import Books
from content_sync.sync.journal import GrowingSet
from content_sync.sync.run import Run

# Courses whose tags are read side by side, between two checkpoints.
BATCH = 200
# Courses whose tags cannot be read: more of them are a fault of the platform.
MOST_UNREAD = 20
SERVER_FAULT = 500


def replace_tags(run: Run[CatalogCursor], books: Books) -> None:
    """Replace every active course's tags where they differ from what the provider says."""
    if not run.parties.settings.syncs_tags:
        return
    platform, cursor = run.parties.platform, run.journal.cursor
    tags = PlatformTags(platform, run.journal.report, run.journal.growing_set("tags_refused"))
    wanted = {course.external_id: course.names for course in books.wanted_tags}
    due = [
        (external_id, entry.course_id)
        for external_id, entry in sorted(books.ledger.items())
        if external_id in wanted and entry.state == ACTIVE and entry.course_id
    ]
    unread = 0
    while cursor.tagged < len(due):
        batch = due[cursor.tagged : cursor.tagged + BATCH]
        with run.journal.unit(), ThreadPoolExecutor(PARALLEL_READS) as pool:
            held = list(pool.map(lambda course: _held(platform, course[1]), batch))
        unread += sum(isinstance(one, RemoteUnavailable) for one in held)
        if unread > MOST_UNREAD:
            raise next(one for one in held if isinstance(one, RemoteUnavailable))
        for (external_id, course_id), tag_ids in zip(batch, held, strict=True):
            if isinstance(tag_ids, ContentSyncError):
                _failed(run, books, external_id, "tags_unreadable", tag_ids)
            else:
                _replace(run, books, tags, external_id, course_id, wanted[external_id], tag_ids)
        cursor.tagged += len(batch)
        run.journal.checkpoint()


def _held(platform: Learning360Api, course_id: str) -> set[str] | ContentSyncError:
    """Return a course's tags, or why they cannot be read."""
    try:
        return platform.course_tags(course_id)
    except (NotFound, Refused, Denied, UnexpectedAnswer) as error:
        return error
    except RemoteUnavailable as error:
        if error.status < SERVER_FAULT:
            raise
        return error


def _failed(
    run: Run[CatalogCursor], books: Books, external_id: str, reason: str, error: ContentSyncError
) -> None:
    run.journal.report.problem(external_id, reason, str(error), undone=True)
    books.unchanged.recount(external_id, "failed")


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
    ids = [tags.id_of(name) for name in wanted]
    wanted_ids = list(dict.fromkeys(tag_id for tag_id in ids if tag_id is not None))
    if None in ids:
        # What was refused may stand for any of those that are there: none goes.
        wanted_ids = list(dict.fromkeys([*wanted_ids, *sorted(held)]))[:MOST_TAGS]
    if set(wanted_ids) == held:
        return
    report.change(external_id, "update", lambda: {"tags": [tags.names_of(held), wanted]})
    try:
        run.parties.platform.replace_course_tags(course_id, wanted_ids)
    except (Refused, NotFound, Denied) as refusal:
        _failed(run, books, external_id, "tags_refused", refusal)
        return
    books.unchanged.recount(external_id, "updated")


class PlatformTags:
    """The platform's tags by trimmed name, case aside; the first of a name wins.

    Args:
        platform: Where they stand; a missing one is created there.
        report: Where one that is refused is named.
        said: Which were named already, in this run.
    """

    def __init__(self, platform: Learning360Api, report: Report, said: GrowingSet) -> None:
        self._platform = platform
        self._report = report
        self._said = said
        self._refused: set[str] = set()
        self._ids = self._read()

    def _read(self) -> dict[str, str]:
        ids: dict[str, str] = {}
        for tag in self._platform.tags():
            ids.setdefault(str(tag.get("name", "")).strip().casefold(), str(tag.get("_id")))
        return ids

    def id_of(self, name: str) -> str | None:
        """Return the id of a tag, which is created when the platform has none of this name.

        Returns:
            None where 360Learning refuses it: the courses go without.
        """
        key = name.casefold()
        if key not in self._ids and key not in self._refused:
            try:
                self._ids[key] = self._create(name)
            except (Refused, Denied) as refusal:
                self._refused.add(key)
                message = f"the category {name[:LONGEST_ID]} does not become a tag: {refusal}"
                if key not in self._said:
                    self._said.add(key)
                    self._report.problem("", "tag_refused", message, undone=True)
        return self._ids.get(key)

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

"""Further groups: every active course stands in their catalogue and library, too."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from content_sync.errors import Denied, NotFound, Refused
from content_sync.learning360.api import (
    ADD_TO_CATALOG,
    ADD_TO_LIBRARY,
    REMOVE_FROM_CATALOG,
    REMOVE_FROM_LIBRARY,
    BulkEndpoint,
)
from content_sync.report import Report
from content_sync.state.courses import ACTIVE, CourseEntry
from content_sync.state.cursors import CatalogCursor
from content_sync.state.table import Write
from content_sync.sync.catalog.books import Books, shares_groups
from content_sync.sync.parcels import Outcome, Parcel
from content_sync.sync.run import Run

# Of a refusal that is about the group and not about a course: `groupNotFound`, for one.
ABOUT_GROUP = "group"


class Place(NamedTuple):
    """A course and a further group."""

    external_id: str
    group_id: str


class Move:
    """The errand of courses that go into further groups, or out of them.

    A group counts as done when both of its operations are: catalogue first, library last.

    Args:
        name: What it is called in reports and cursors.
        endpoint: The bulk endpoint.
        report: The run's.
        books: The run's.
    """

    note = Place
    may_stop_between = True

    def __init__(self, name: str, endpoint: BulkEndpoint, report: Report, books: Books) -> None:
        self.name = name
        self.endpoint = endpoint
        self._report = report
        self._books = books

    @property
    def is_last(self) -> bool:
        """Tell whether a group is done with this operation."""
        return self.endpoint in (ADD_TO_LIBRARY, REMOVE_FROM_LIBRARY)

    @property
    def adds(self) -> bool:
        """Tell whether courses go into groups."""
        return self.endpoint in (ADD_TO_CATALOG, ADD_TO_LIBRARY)

    def record(self, outcomes: Sequence[Outcome[Place]]) -> Sequence[Write]:
        """Put outcomes into ledger and report."""
        failed: dict[tuple[str, str], list[str]] = {}
        accepted: set[str] = set()
        for outcome in outcomes:
            external_id, group_id = outcome.note
            if not outcome.accepted:
                self._books.share_failed.add(f"{external_id} {group_id}")
                failed.setdefault((group_id, outcome.message), []).append(external_id)
                continue
            accepted.add(group_id)
            if self.is_last:
                self._done(external_id, group_id)
        for (group_id, message), external_ids in failed.items():
            if ABOUT_GROUP in message.casefold() and group_id not in accepted:
                self._group_failed(group_id, message, len(external_ids))
                continue
            for external_id in external_ids:
                self._report.problem(external_id, self.name, message, undone=True)
                self._books.unchanged.recount(external_id, "failed")
        return ()

    def _group_failed(self, group_id: str, message: str, courses: int) -> None:
        """Name a group that takes no course at all: that is the group's problem, not theirs."""
        self._report.problem(
            "",
            self.name,
            f"group {group_id} of extra_group_ids: {message} ({courses} courses)",
            undone=True,
        )

    def _done(self, external_id: str, group_id: str) -> None:
        entry = self._books.ledger.get(external_id)
        if entry is None:
            return
        others = tuple(other for other in entry.groups if other != group_id)
        groups = (*others, group_id) if self.adds else others
        self._books.ledger.set(external_id, replace(entry, groups=groups))
        self._books.unchanged.recount(external_id, "updated")


def moves(report: Report, books: Books) -> tuple[Move, Move, Move, Move]:
    """Return the four errands, in the order in which they are carried out."""
    return (
        Move("share_catalog", ADD_TO_CATALOG, report, books),
        Move("share_library", ADD_TO_LIBRARY, report, books),
        Move("unshare_catalog", REMOVE_FROM_CATALOG, report, books),
        Move("unshare_library", REMOVE_FROM_LIBRARY, report, books),
    )


def share_further(run: Run[CatalogCursor], books: Books) -> None:
    """Put every active course into the further groups, and out of those that left the list."""
    if not shares_groups(run, books.ledger):
        return
    wanted = tuple(dict.fromkeys(run.parties.settings.extra_group_ids))
    missing = list(_places(books, lambda entry: [g for g in wanted if g not in entry.groups]))
    obsolete = list(_places(books, lambda entry: [g for g in entry.groups if g not in wanted]))
    unknown = _unknown_groups(run, [place for place, _ in [*missing, *obsolete]])
    _settle_unknown(run, books, unknown, [place for place, _ in obsolete])
    missing = [one for one in missing if one[0].group_id not in unknown]
    obsolete = [one for one in obsolete if one[0].group_id not in unknown]
    for move in moves(run.journal.report, books):
        due = [
            (place, course_id)
            for place, course_id in (missing if move.adds else obsolete)
            if f"{place.external_id} {place.group_id}" not in books.share_failed
        ]
        for place, _ in due if move.is_last else ():
            change = [None, place.group_id] if move.adds else [place.group_id, None]
            fields = {"groups": change}
            run.journal.report.change(place.external_id, "update", partial(dict, fields))
        run.courier.carry(move, [_parcel(place, course_id) for place, course_id in due])


def _unknown_groups(run: Run[CatalogCursor], places: Sequence[Place]) -> dict[str, int]:
    """Return the groups that are not on the platform, with how many courses are concerned."""
    courses = Counter(place.group_id for place in places)
    unknown: dict[str, int] = {}
    for group_id, number in courses.items():
        try:
            run.parties.platform.group(group_id)
        except (NotFound, Refused):
            unknown[group_id] = number
        except Denied:
            # Without the scope it shows when courses are put there.
            continue
    return unknown


def _settle_unknown(
    run: Run[CatalogCursor], books: Books, unknown: dict[str, int], obsolete: Sequence[Place]
) -> None:
    """Name groups that are not on the platform, and forget what stood in those that were left."""
    for external_id, group_id in obsolete:
        entry = books.ledger.get(external_id)
        if group_id in unknown and entry is not None:
            groups = tuple(other for other in entry.groups if other != group_id)
            books.ledger.set(external_id, replace(entry, groups=groups))
    said = run.journal.growing_set("unknown_groups")
    for group_id in sorted(unknown.keys() & set(run.parties.settings.extra_group_ids)):
        if group_id in said:
            continue
        said.add(group_id)
        run.journal.report.problem(
            "",
            "unknown_group",
            f"extra_group_ids of secret {run.parties.settings.secret_name} names group {group_id}, "
            f"which is not on this platform: {unknown[group_id]} courses are not put there; copy "
            "the id from the group's settings",
            undone=True,
        )
    run.journal.save()


def _places(
    books: Books, groups: Callable[[CourseEntry], list[str]]
) -> Iterator[tuple[Place, str]]:
    for external_id, entry in sorted(books.ledger.items()):
        if entry.state == ACTIVE and entry.course_id:
            for group_id in groups(entry):
                yield Place(external_id, group_id), entry.course_id


def _parcel(place: Place, course_id: str) -> Parcel[Place]:
    item = {"groupId": place.group_id, "contentType": "course", "contentId": course_id}
    return Parcel(item, place)

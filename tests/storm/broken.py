"""The program, broken on purpose in one place: a storm must notice each."""

import contextlib
import random
from collections.abc import Callable
from typing import Any

import pytest

from content_sync.domain.brake import ArchiveVerdict
from content_sync.errors import ContentSyncError
from content_sync.state.learners import Learners
from content_sync.state.lease import Lease
from content_sync.state.ledger import Ledger
from content_sync.sync.catalog import archiving
from content_sync.sync.catalog import run as catalog_run
from content_sync.sync.courier import Courier
from content_sync.sync.journal import Journal
from content_sync.sync.statistics import recording

# Of the saves of learners, where some are lost.
LOST = 0.2


def _lease_unguarded(patch: pytest.MonkeyPatch) -> None:
    def write(lease: Lease, writes: Any) -> None:
        guard = {
            "ConditionCheck": {
                "Key": {"pk": {"S": lease.pk}, "sk": {"S": lease.sk}},
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
        lease.table.transact(lease.pk, guard, writes)

    patch.setattr(Lease, "write", write)


def _courses_unwritten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "writes", lambda ledger: [])


def _learners_unwritten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Learners, "writes", lambda learners: [])


def _learners_lost_at_times(patch: pytest.MonkeyPatch) -> None:
    writes, chance = Learners.writes, random.Random(1)

    def some(learners: Learners) -> Any:
        written = writes(learners)
        return [] if chance.random() < LOST else written

    patch.setattr(Learners, "writes", some)


def _lost_operations_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Courier, "_find", lambda *arguments: None)


def _saved_after_a_failed_save(patch: pytest.MonkeyPatch) -> None:
    always = property(lambda journal: True, lambda journal, value: None)
    patch.setattr(Journal, "sound", always, raising=False)


def _not_read_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recording.Imports, "_read_back", lambda *arguments: None)


def _archived_whatever_was_read(patch: pytest.MonkeyPatch) -> None:
    read, everything = catalog_run.read_and_send, ArchiveVerdict("all")

    def read_some(*arguments: Any) -> None:
        with contextlib.suppress(ContentSyncError):
            read(*arguments)

    patch.setattr(catalog_run, "read_and_send", read_some)
    patch.setattr(archiving, "judge_archives", lambda *arguments, **more: everything)


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a run writes on without its lease": _lease_unguarded,
    "courses are not recorded": _courses_unwritten,
    "attempts are not recorded": _learners_unwritten,
    "one save in five forgets the learners": _learners_lost_at_times,
    "a lost operation is not looked for": _lost_operations_not_looked_for,
    "a run saves on after a save that failed": _saved_after_a_failed_save,
    "what a broken listing misses is archived": _archived_whatever_was_read,
    "what was sent is not read back": _not_read_back,
}

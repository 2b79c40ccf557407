"""The statistics ledger: what was sent of each learner, keyed by a hash of the address."""

import hashlib
from typing import Any

from content_sync.domain.statistic import Statistic
from content_sync.state.ledger import Ledger
from content_sync.state.table import Table

SHARDS = 1024
_RESULTS = (None, "success", "failed")

Attempts = list[Statistic]


def statistics_ledger(table: Table, pk: str) -> Ledger[Attempts]:
    """Read an integration's statistics ledger, by `ledger_key`; no address stands in it."""
    return Ledger(table, pk, "statistic", shards=SHARDS, dump=_dump, load=_load)


def ledger_key(pk: str, mail: str, external_id: str) -> str:
    """Return the key of one learner's attempts on one course."""
    return f"{learner_hash(pk, mail)}:{external_id}"


def learner_hash(pk: str, mail: str) -> str:
    """Return an address as 24 hexadecimal digits, of another value in every integration."""
    return hashlib.sha256(f"{pk}\n{mail}".encode()).hexdigest()[:24]


def _dump(attempts: Attempts) -> list[list[Any]]:
    # first, last, completed, progress, time spent, result
    return [
        [
            attempt.firstActivity,
            attempt.lastActivity,
            attempt.completedAt,
            attempt.progress,
            attempt.timeSpentInMilliseconds,
            _RESULTS.index(attempt.result),
        ]
        for attempt in attempts
    ]


def _load(content: Any) -> Attempts:
    return [
        Statistic(
            externalCourseId="",
            learnerMail="",
            firstActivity=first,
            lastActivity=last,
            completedAt=completed,
            progress=progress,
            timeSpentInMilliseconds=time_spent,
            result=_RESULTS[result],
        )
        for first, last, completed, progress, time_spent, result in content
    ]

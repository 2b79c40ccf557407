"""Statistics that 360Learning refused, or that could not be delivered: tried again at each run."""

from dataclasses import asdict, dataclass

from content_sync.fields.instants import now
from content_sync.state.statistics import learner_hash
from content_sync.state.table import Delete, Put, Table
from content_sync.domain.statistic import Statistic

KEPT_DAYS = 90
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One attempt that waits.

    Attributes:
        statistic: What is to be sent, with the learner's address.
        reason: What 360Learning said, addresses masked.
        refused: Whether 360Learning refused it; else it could not be delivered at all.
        first_refused_at: The start of the run in which it first was, in milliseconds.
        run_id: The run that last tried it.
    """

    statistic: Statistic
    reason: str
    refused: bool
    first_refused_at: int
    run_id: str


def parked_rows(table: Table, pk: str) -> dict[str, ParkedRow]:
    """The rows that wait and are not older than 90 days, by `sk`."""
    oldest = now() - KEPT_DAYS * _DAY
    rows = {
        sk: ParkedRow(**{**content, "statistic": Statistic(**content["statistic"])})
        for sk, content in table.query(pk, "parked#")
    }
    return {sk: row for sk, row in rows.items() if row.first_refused_at > oldest}


def parked_key(pk: str, statistic: Statistic) -> str:
    """The `sk` of an attempt's parked row; the address is hashed in it."""
    learner = learner_hash(pk, statistic.learnerMail)
    return f"parked#{learner}#{statistic.externalCourseId}#{statistic.firstActivity}"


def park_write(sk: str, row: ParkedRow) -> Put:
    """The item of a row that waits; DynamoDB forgets it 90 days after it was first refused."""
    return Put(sk, asdict(row), expires_at=row.first_refused_at // 1000 + KEPT_DAYS * 86_400)


def unpark_write(sk: str) -> Delete:
    """Forgets a row that was accepted or replaced."""
    return Delete(sk)

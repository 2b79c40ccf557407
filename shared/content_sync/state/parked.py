"""Statistics that 360Learning refused, or that could not be delivered: tried again at each run."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from content_sync.domain.statistic import Statistic
from content_sync.fields.instants import now
from content_sync.state.statistics import learner_hash
from content_sync.state.table import Delete, Put, Table, Write

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


class ParkedRows:
    """The rows of one integration that wait and are not older than 90 days, by `sk`."""

    def __init__(self, table: Table, pk: str) -> None:
        self._pk = pk
        self._writes: list[Write] = []
        oldest = now() - KEPT_DAYS * _DAY
        rows = (
            (sk, ParkedRow(**{**content, "statistic": Statistic(**content["statistic"])}))
            for sk, content in table.query(pk, "parked#")
        )
        self._rows = {sk: row for sk, row in rows if row.first_refused_at > oldest}

    def items(self) -> Iterable[tuple[str, ParkedRow]]:
        """Yield all rows, by `sk`."""
        return self._rows.items()

    def get(self, sk: str) -> ParkedRow | None:
        """Return a row that waits, if there is one."""
        return self._rows.get(sk)

    def key_of(self, statistic: Statistic) -> str:
        """Return the `sk` of an attempt's row; the address is hashed in it."""
        learner = learner_hash(self._pk, statistic.learnerMail)
        return f"parked#{learner}#{statistic.externalCourseId}#{statistic.firstActivity}"

    def park(self, sk: str, row: ParkedRow) -> None:
        """Let a row wait; DynamoDB forgets it 90 days after it was first refused."""
        self._rows[sk] = row
        expires_at = row.first_refused_at // 1000 + KEPT_DAYS * 86_400
        self._writes.append(Put(sk, asdict(row), expires_at=expires_at))

    def release(self, sk: str) -> None:
        """Forget a row that was accepted or replaced."""
        self._rows.pop(sk, None)
        self._writes.append(Delete(sk))

    def writes(self) -> list[Write]:
        """Return what to write for the rows that changed since the last call."""
        writes, self._writes = self._writes, []
        return writes

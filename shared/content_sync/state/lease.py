"""Who may write for one integration and kind: one run at a time, checked at every write."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from content_sync.aws.clients import cancelled_for, error_code_of
from content_sync.errors import AwsUnavailable, InvalidSettings, LeaseLost
from content_sync.observability import logger
from content_sync.state.table import Table, Write, key

# How much longer than its invocation a lease is held: a killed run is surely dead by then.
HELD_BEYOND_DEADLINE_SECONDS = 60


def generation(table: Table, pk: str, kind: str) -> int:
    """Return how often a lease was taken."""
    item = table.raw(pk, f"lease#{kind}")
    return int(item["generation"]["N"]) if item else 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that this invocation holds.

    Attributes:
        table: Where it stands.
        pk: The integration's partition.
        sk: `lease#<kind>`.
        holder: The Lambda request id; a retry of the same request keeps the lease.
        generation: Grows with every holder; each write checks it.
    """

    table: Table
    pk: str
    sk: str
    holder: str
    generation: int

    @classmethod
    def take(
        cls, table: Table, pk: str, kind: str, *, holder: str, seconds: float
    ) -> "Lease | None":
        """Take the lease, or return None when another run holds it.

        Args:
            table: The state table.
            pk: The integration's partition.
            kind: Of the runs: `catalog`, `stats` or `reconcile`.
            holder: The Lambda request id.
            seconds: How long this invocation can last.
        """
        now = time.time()
        try:
            answer = table.update(
                Key=key(pk, f"lease#{kind}"),
                UpdateExpression="SET holder = :me, lease_until = :until ADD generation :one",
                ConditionExpression=(
                    "attribute_not_exists(lease_until) OR lease_until < :now OR holder = :me"
                ),
                ExpressionAttributeValues={
                    ":me": {"S": holder},
                    ":until": {"N": str(int(now + seconds + HELD_BEYOND_DEADLINE_SECONDS))},
                    ":now": {"N": str(int(now))},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if error_code_of(error) == "ConditionalCheckFailedException":
                return None
            raise
        generation = int(answer["Attributes"]["generation"]["N"])
        return cls(table, pk, f"lease#{kind}", holder, generation)

    def write(self, writes: Iterable[Write]) -> None:
        """Write items of this integration, as long as the lease is ours.

        Raises:
            LeaseLost: Another run took over; nothing of the last transaction was written.
        """
        guard = {
            "ConditionCheck": {
                "Key": key(self.pk, self.sk),
                "ConditionExpression": "generation = :mine",
                "ExpressionAttributeValues": {":mine": {"N": str(self.generation)}},
            }
        }
        try:
            self.table.transact(self.pk, guard, writes)
        except ClientError as error:
            if cancelled_for(error)[:1] == ["ConditionalCheckFailed"]:
                raise LeaseLost(
                    "another run of this integration took over: nothing more is written by this one"
                ) from None
            raise

    def give_back(self) -> None:
        """Let the next run begin at once; do nothing when another one took over.

        Should it fail, the lease ends by itself: that is no reason for a run to have failed.
        """
        try:
            self.table.update(
                Key=key(self.pk, self.sk),
                UpdateExpression="REMOVE holder, lease_until",
                ConditionExpression="generation = :mine",
                ExpressionAttributeValues={":mine": {"N": str(self.generation)}},
            )
        except (ClientError, AwsUnavailable, InvalidSettings) as error:
            if error_code_of(error) != "ConditionalCheckFailedException":
                logger.warning(
                    "a lease was not given back, and ends by itself", error=type(error).__name__
                )

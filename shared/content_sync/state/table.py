"""The state table: items of JSON text under two keys."""

import random
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from content_sync.aws.clients import cancelled_for, client, error_code_of
from content_sync.aws.retrying import as_unavailable, is_of_a_condition, tried_again
from content_sync.encoding import as_json, from_json
from content_sync.errors import AwsUnavailable, ContentSyncError, InvalidSettings

# DynamoDB's own limits are 100 actions and 4 MB a transaction, and 400 KB an item.
ACTIONS_PER_TRANSACTION = 100
KEYS_PER_BATCH = 100
BYTES_PER_TRANSACTION = 3_000_000
BYTES_PER_ITEM = 400 * 1024 - 4096
DYNAMODB = "DynamoDB"
TRANSACTION_ATTEMPTS = 7
FIRST_PAUSE_SECONDS = 0.05
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
PASSING = {"TransactionInProgressException", "ThrottlingException", "RequestLimitExceeded"}
PASSING |= {"ProvisionedThroughputExceededException", "InternalServerError"}
PASSING_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


# One partition takes 1,000 write units a second, so what grows with the work is spread over these.
SHARDS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Put:
    """An item to write.

    Attributes:
        sk: Its sort key.
        data: Anything JSON.
        expires_at: In epoch seconds.
        shard: In which of the partitions besides the integration's own it is, if in one.
    """

    sk: str
    data: Any
    expires_at: int | None = None
    shard: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """An item to remove; see `Put`."""

    sk: str
    shard: str = ""


Write = Put | Delete


class Table:
    """Reads and writes of one table."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dynamodb = client("dynamodb")

    def get(self, pk: str, sk: str) -> Any:
        """Return the content of an item, or None."""
        item = self.raw(pk, sk)
        return _content(item) if item else None

    def raw(self, pk: str, sk: str) -> dict[str, Any] | None:
        """Return an item as DynamoDB has it, or None."""
        return self._call("get_item", Key=key(pk, sk), ConsistentRead=True).get("Item")

    def query(
        self, pk: str, prefix: str, *, newest_first: bool = False, at_once: int | None = None
    ) -> Iterator[tuple[str, Any]]:
        """Yield sk and content of a partition's items whose `sk` begins with `prefix`, in order.

        Args:
            pk: The partition.
            prefix: Blank for all items.
            newest_first: Whether the order is turned round.
            at_once: How many are read with each request, where mostly the first are wanted; None
                for as many as fit into one, up to a megabyte.
        """
        for page in self.pages(pk, prefix, newest_first=newest_first, at_once=at_once):
            for sk, text in page:
                yield sk, from_json(text)

    def pages(
        self, pk: str, prefix: str, *, newest_first: bool = False, at_once: int | None = None
    ) -> Iterator[list[tuple[str, str]]]:
        """Yield the same page by page, contents as they are stored, which is JSON."""
        values = {":pk": {"S": pk}} | ({":prefix": {"S": prefix}} if prefix else {})
        condition = "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk"
        arguments: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        if at_once is not None:
            arguments["Limit"] = at_once
        while True:
            page = self._call("query", **arguments)
            yield [(item["sk"]["S"], item["data"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def get_each(self, keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return sk and content, as it is stored, of those of up to 100 items that there are.

        Args:
            keys: Each a partition and a sort key.

        Raises:
            AwsUnavailable: DynamoDB did not hand out all of them, however often it was asked.
        """
        found: list[tuple[str, str]] = []
        asked: Any = {"Keys": [key(*one) for one in keys], "ConsistentRead": True}
        for attempt in range(TRANSACTION_ATTEMPTS):
            with as_unavailable(DYNAMODB):
                answer = self._checked(
                    self.dynamodb.batch_get_item, RequestItems={self.name: asked}
                )
            items = answer["Responses"].get(self.name, [])
            found += [(item["sk"]["S"], item["data"]["S"]) for item in items]
            asked = answer.get("UnprocessedKeys", {}).get(self.name)
            if not asked:
                return found
            # It hands out as much as the throughput permits.
            time.sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1))
        raise AwsUnavailable(f"{DYNAMODB} did not hand out all that was asked for: try again later")

    def write(self, pk: str, write: Write) -> None:
        """Write one item, whoever holds a lease."""
        if isinstance(write, Put):
            self._call("put_item", Item=_item(shard_key(pk, write.shard), write))
        else:
            self._call("delete_item", Key=key(shard_key(pk, write.shard), write.sk))

    def transact(self, pk: str, guard: dict[str, Any], writes: Iterable[Write]) -> None:
        """Write items as long as a condition holds.

        More than DynamoDB takes in one transaction go out in several, in order: a caller puts what
        says "done" last.

        Args:
            pk: The integration's partition; with its shards, that of all of them.
            guard: A `ConditionCheck` that each transaction includes.
            writes: What to write.
        """
        actions: list[dict[str, Any]] = []
        size = 0
        for write in writes:
            action, weight = self._action(pk, write)
            if actions and (
                len(actions) + 1 >= ACTIONS_PER_TRANSACTION or size + weight > BYTES_PER_TRANSACTION
            ):
                self._transact([guard, *actions])
                actions, size = [], 0
            actions.append(action)
            size += weight
        if actions:
            self._transact([guard, *actions])

    def update(self, **arguments: Any) -> dict[str, Any]:
        """Call UpdateItem on this table."""
        return self._call("update_item", **arguments)

    def _transact(self, actions: list[dict[str, Any]]) -> None:
        """Write a transaction; one that only met another, or the throughput, is written again."""
        named = [
            {verb: {**parameters, "TableName": self.name} for verb, parameters in action.items()}
            for action in actions
        ]
        # One token for all tries: one whose answer was lost is not carried out twice.
        token = uuid.uuid4().hex
        write = partial(
            self._checked,
            self.dynamodb.transact_write_items,
            TransactItems=named,
            ClientRequestToken=token,
        )
        with as_unavailable(DYNAMODB):
            tried_again(
                write,
                attempts=TRANSACTION_ATTEMPTS,
                first_pause=FIRST_PAUSE_SECONDS,
                passes=_is_passing,
            )

    def _action(self, pk: str, write: Write) -> tuple[dict[str, Any], int]:
        if isinstance(write, Put):
            item = _item(shard_key(pk, write.shard), write)
            return {"Put": {"Item": item}}, len(item["data"]["S"].encode()) + 200
        return {"Delete": {"Key": key(shard_key(pk, write.shard), write.sk)}}, 200

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        with as_unavailable(DYNAMODB):
            call = getattr(self.dynamodb, operation)
            return self._checked(call, TableName=self.name, **arguments)

    def _checked(self, call: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
        """Call DynamoDB, and say in a sentence what only an operator can mend."""
        try:
            return call(**arguments)
        except ClientError as error:
            if error_code_of(error) == "ResourceNotFoundException":
                raise InvalidSettings(
                    f"table {self.name} does not exist: set STATE_TABLE to the state table's name"
                ) from None
            if error_code_of(error) == "AccessDeniedException":
                raise InvalidSettings(
                    f"this function's role may not use table {self.name}: deploy the template again"
                ) from None
            raise


def _is_passing(error: Exception) -> bool:
    """Tell whether a transaction was given up for what is over in a moment."""
    if error_code_of(error) in PASSING:
        return True
    return bool(PASSING_REASONS & set(cancelled_for(error))) and not is_of_a_condition(error)


def key(pk: str, sk: str) -> dict[str, Any]:
    """Return a primary key as DynamoDB takes it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def shard_key(pk: str, shard: str) -> str:
    """Return the partition of one of an integration's shards."""
    return f"{pk}#{shard}" if shard else pk


def _item(pk: str, write: Put) -> dict[str, Any]:
    text = as_json(write.data)
    if len(text) > BYTES_PER_ITEM:
        raise ContentSyncError(
            f"what is to be remembered under {write.sk.partition('#')[0]} is larger than DynamoDB "
            "takes: an engineer should look"
        )
    item = {**key(pk, write.sk), "data": {"S": text.decode()}}
    if write.expires_at is not None:
        item["expires_at"] = {"N": str(write.expires_at)}
    return item


def _content(item: dict[str, Any]) -> Any:
    return from_json(item["data"]["S"])

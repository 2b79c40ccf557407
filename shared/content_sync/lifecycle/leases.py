"""Actions during which no run may be under way."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args

from content_sync.aws.invocation import Invocation
from content_sync.errors import InvalidEvent
from content_sync.request import Reported
from content_sync.state.details import DETAIL
from content_sync.state.lease import Lease
from content_sync.state.table import SHARDS, Delete, Table, shard_key

# Reports stay, and leases hold the generation; the rest is of the configuration that goes.
CLEARED = ("course#", "mark#", "cursor#")


def clear_ledgers(table: Table, pk: str) -> None:
    """Forget what was sent to a configuration that is no more; only while no run is under way."""
    for prefix in CLEARED:
        for sk in [sk for sk, _ in table.query(pk, prefix)]:
            table.write(pk, Delete(sk))
    for shard in SHARDS:
        for page in table.pages(shard_key(pk, shard), ""):
            for sk, _ in page:
                if not sk.startswith(DETAIL):
                    table.write(pk, Delete(sk, shard))


@contextmanager
def no_run_under_way(table: Table, pk: str, invocation: Invocation) -> Iterator[None]:
    """Hold the leases of an integration while the block lasts.

    Args:
        table: The state table.
        pk: The integration's partition.
        invocation: Whose request holds them.

    Raises:
        InvalidEvent: A run is under way.
    """
    with ExitStack() as stack:
        for kind in get_args(Reported):
            lease = Lease.take(
                table,
                pk,
                kind,
                holder=invocation.request_id,
                seconds=invocation.remaining_ms() / 1000,
            )
            if lease is None:
                raise InvalidEvent(
                    f"a {kind} run of this integration is under way: try again when it has ended"
                )
            stack.callback(lease.give_back)
        yield

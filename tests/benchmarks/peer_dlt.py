"""The same job with dlt: its REST client, paginators and threads, its state, a custom destination.

Usage: python -m tests.benchmarks.peer_dlt JOB_FILE

What was sent, and when was last read, stands in the resource's state. dlt keeps that state when
rows were extracted, whether the destination took them or not.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import Any

import dlt
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client import RESTClient, paginators

from tests.benchmarks.job import MOST_ITEMS, Job, Platform, job, key_of, measured, since_of
from tests.benchmarks.plain import item_of, plain
from tests.benchmarks.plain.base import Ask, Listing, Plain, Reader


def main() -> None:
    """Run the pipeline once."""
    given = job()
    dlt.config["extract.workers"] = given.parallel
    dlt.config["extract.max_parallel_items"] = 4 * given.parallel
    dlt.config["runtime.log_level"] = "ERROR"
    dlt.config["runtime.dlthub_telemetry"] = False
    dlt.config["normalize.loader_file_format"] = "typed-jsonl"
    # Its state is kept here: a custom destination keeps none, and a package of state alone would
    # be waited for a second long.
    dlt.config["restore_from_destination"] = False

    def work() -> None:
        platform = Platform(given)

        @dlt.destination(
            batch_size=MOST_ITEMS, name="learning360", skip_dlt_columns_and_tables=True
        )
        def learning360(items: list[dict[str, Any]], table: Any) -> None:
            platform.deliver(items)

        pipeline = dlt.pipeline(
            "benchmark", destination=learning360, pipelines_dir=given.state, dataset_name="items"
        )
        pipeline.run(items(given), table_name="items")

    measured(work)


def items(given: Job) -> Any:
    """Return the resource of all items that are new or changed."""
    provider = plain(given.provider)
    headers = provider.log_in(given)
    # One for all: its connections stay open.
    session = Client(raise_for_status=False).session

    def client(listing: Listing) -> RESTClient:
        return RESTClient(listing.first.url, headers=headers, session=session)

    beside = ThreadPoolExecutor(1)
    # Beside the listing: rows are mapped when it is there.
    known = beside.submit(
        lambda: provider.learn(given, headers, looked_up(provider, given, client))
    )
    # Instants are texts here, and stay so.
    texts = {name: {"data_type": "text"} for name in ("firstActivityAt", "lastActivityAt")}

    @dlt.resource(name="items", max_table_nesting=0, columns=texts)
    def rows() -> Iterator[Any]:
        state = dlt.current.resource_state("items")
        since, began = since_of(given, state.get("since")), int(time.time() * 1000)
        reader = Reader(headers)
        for listing in provider.listings(given, since):
            yield from pages(listing, client(listing), given.parallel, reader)
        state["since"] = began

    def mapped(row: Any) -> dict[str, Any]:
        known.result()
        return item_of(given.kind, provider, row)

    def is_new(item: dict[str, Any]) -> bool:
        sent = dlt.current.resource_state("items").setdefault("sent", {})
        text = json.dumps(item, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        if sent.get(key_of(item)) == digest:
            return False
        sent[key_of(item)] = digest
        return True

    return rows.add_map(mapped).add_filter(is_new)


def looked_up(provider: Plain, given: Job, client_of: Callable[[Listing], RESTClient]) -> list[Any]:
    """Return what must be known before a row can be understood, read side by side."""
    rows: list[Any] = []
    for listing in provider.lookup(given):
        client = client_of(listing)
        answer = client.get("", params=listing.first.query)
        rows += listing.rows(answer.json())
        assert listing.others is not None

        def fetched(ask: Ask, listing: Listing = listing, client: RESTClient = client) -> list[Any]:
            return listing.rows(client.get("", params=ask.query).json())

        with ThreadPoolExecutor(given.parallel) as pool:
            for more in pool.map(fetched, listing.others(answer.json(), answer.headers)):
                rows += more
    return rows


def pages(listing: Listing, client: RESTClient, parallel: int, reader: Reader) -> Iterator[Any]:
    """Yield a listing's pages: by one of dlt's paginators, or as work for its threads."""
    first = listing.first
    if listing.numbered is not None:
        yield from numbered(client, listing, parallel)
        return
    if listing.paginator is not None:
        name, arguments = listing.paginator
        yield from client.paginate(
            method="POST" if first.body is not None else "GET",
            params=first.query or None,
            json=first.body,
            paginator=getattr(paginators, name)(**arguments),
            data_selector=listing.selector,
        )
        return
    answer = client.get("", params=first.query, headers=first.headers)
    body = answer.json()
    if listing.others is None:
        yield to_the_end(client, listing)
        return
    yield listing.rows(body) if listing.inner is None else whole(listing, reader, body)
    for ask in listing.others(body, answer.headers):
        yield page(client, listing, ask, reader)


def numbered(client: RESTClient, listing: Listing, parallel: int) -> Iterator[Any]:
    """Yield pages that have numbers, so many side by side, until one names no next one.

    What dlt's own threads fetch is not seen by who asks for it: these are the resource's.
    """
    assert listing.numbered is not None

    def fetched(ask: Ask) -> tuple[Any, bool]:
        answer = client.get("", params=ask.query)
        body = answer.json()
        return listing.rows(body), listing.following(ask, body, answer.headers) is not None

    rows, more = fetched(listing.first)
    yield rows
    numbers = count(2)
    with ThreadPoolExecutor(parallel) as pool:
        while more:
            asks = map(listing.numbered, islice(numbers, parallel))
            for rows, more in pool.map(fetched, asks):
                yield rows
                if not more:
                    return


@dlt.defer
def page(client: RESTClient, listing: Listing, ask: Ask, reader: Reader) -> Any:
    """Fetch one page."""
    body = client.get("", params=ask.query, headers=ask.headers).json()
    return listing.rows(body) if listing.inner is None else inner_rows(listing, reader, body)


@dlt.defer
def whole(listing: Listing, reader: Reader, body: Any) -> Any:
    """Fetch what the rows of a page stand for."""
    return inner_rows(listing, reader, body)


def inner_rows(listing: Listing, reader: Reader, body: Any) -> list[Any]:
    """Return the rows of the listings that a page's rows stand for, one after the other."""
    assert listing.inner is not None
    return [row for outer in listing.rows(body) for row in reader.read(listing.inner(outer))]


@dlt.defer
def to_the_end(client: RESTClient, listing: Listing) -> Any:
    """Fetch a listing of which only a page tells the next."""
    rows, ask = [], listing.first
    while ask is not None:
        answer = client.get("", params=ask.query, headers=ask.headers)
        rows += listing.rows(answer.json())
        ask = listing.following(ask, answer.json(), answer.headers)
    return rows


if __name__ == "__main__":
    main()

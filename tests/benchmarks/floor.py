"""The floor: the fewest requests that the APIs permit, side by side, parsed and thrown away.

Usage: python -m tests.benchmarks.floor JOB_FILE

Its state is the script's: what that delivered last is submitted, encoded before the clock starts,
as soon as the rows are read that it was made of. How many pages there are it knows from the script,
where an answer does not tell. Nothing is mapped, compared or remembered.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from tests.benchmarks.job import MOST_ITEMS, Job, job, measured
from tests.benchmarks.plain import plain
from tests.benchmarks.plain.base import Ask, Listing, Plain

A_LITTLE_SECONDS = 0.005
# Where the end was not quite there yet.
POLL_SECONDS = 0.01


def main() -> None:
    """Measure once."""
    given = job()
    state = json.loads(Path(given.state).read_text())
    items = [state["sent"][key] for key in state["delivered"]]
    bodies = []
    for start in range(0, len(items), MOST_ITEMS):
        some = items[start : start + MOST_ITEMS]
        place = state["places"][start + len(some) - 1]
        bodies.append(Body(json.dumps({"input": some}).encode(), place))
    floor = Floor(given, bodies, state["read_since"], state["pages"])
    measured(lambda: asyncio.run(floor.run()))


@dataclass(frozen=True)
class Body:
    """An operation, encoded.

    Attributes:
        content: What is submitted.
        place: How many rows must have been read before it can be known.
    """

    content: bytes
    place: int


class Floor:
    """The bare requests of one synchronization."""

    def __init__(self, given: Job, bodies: list[Body], since: int | None, pages: int) -> None:
        self.given = given
        self.sessions: list[aiohttp.ClientSession] = []
        self.bodies = bodies
        self.since = since
        self.pages = pages
        self.rows = 0
        self.more_rows = asyncio.Condition()
        self.looked_up = asyncio.Event()

    async def run(self) -> None:
        """Read everything, and submit meanwhile what is known."""
        async with aiohttp.ClientSession() as http:
            await asyncio.gather(self.read_all(), self.submit(http))

    async def read_all(self) -> None:
        """Read all listings side by side."""
        given, provider = self.given, plain(self.given.provider)
        headers = await asyncio.to_thread(provider.log_in, given)
        async with AsyncExitStack() as stack:
            # As many connections for what rows are understood by, and for what they stand for.
            self.sessions = [
                await stack.enter_async_context(
                    aiohttp.ClientSession(
                        connector=aiohttp.TCPConnector(limit=provider.parallel), headers=headers
                    )
                )
                for _ in range(2)
            ]
            await asyncio.gather(
                self.look_up(provider), *map(self.read, provider.listings(given, self.since))
            )
        await self.have_read(sys.maxsize)

    async def look_up(self, provider: Plain) -> None:
        """Read what must be known before a row can be understood."""
        lookups = provider.lookup(self.given)
        await asyncio.gather(*(self.read(one, place=1, counts=False) for one in lookups))
        self.looked_up.set()

    async def have_read(self, rows: int) -> None:
        """Take in that so many rows more are known."""
        async with self.more_rows:
            self.rows += rows
            self.more_rows.notify_all()

    async def page(
        self, listing: Listing, ask: Ask, place: int, counts: bool
    ) -> tuple[Any, Any, list[asyncio.Task[None]]]:
        """Ask for a page; its rows are known now, and counted if they count.

        Returns:
            Its body, its headers, and the reading of what its rows stand for.
        """
        method = "GET" if ask.body is None else "POST"
        async with self.sessions[place].request(
            method, ask.url, params=ask.query, headers=ask.headers, json=ask.body
        ) as answer:
            body, headers = orjson.loads(await answer.read()), answer.headers
        if listing.inner is not None:
            inner = map(listing.inner, listing.rows(body))
            return body, headers, [asyncio.create_task(self.read(one, place=1)) for one in inner]
        if counts:
            await self.have_read(len(listing.rows(body)))
        return body, headers, []

    async def read(self, listing: Listing, *, place: int = 0, counts: bool = True) -> None:
        """Read a listing, side by side as far as it can be."""
        if listing.numbered is not None:
            asks = map(listing.numbered, range(1, self.pages + 1))
            await asyncio.gather(*(self.page(listing, ask, place, counts) for ask in asks))
            return
        ask: Ask | None = listing.first
        body, headers, begun = await self.page(listing, listing.first, place, counts)
        if listing.others is not None:
            asks = listing.others(body, headers)
            others = await asyncio.gather(*(self.page(listing, ask, place, counts) for ask in asks))
            begun += [one for _, _, tasks in others for one in tasks]
        else:
            while (ask := ask and listing.following(ask, body, headers)) is not None:
                body, headers, more = await self.page(listing, ask, place, counts)
                begun += more
        await asyncio.gather(*begun)

    async def submit(self, http: aiohttp.ClientSession) -> None:
        """Submit all operations, three at once, from their submission to their results."""
        given = self.given
        if not self.bodies:
            return
        api = f"{given.platform['base_url']}/api/v2"
        login = {"grant_type": "client_credentials"}
        login |= {key: given.platform[key] for key in ("client_id", "client_secret")}
        async with http.post(f"{api}/oauth2/token", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "360-api-version": "v2.0"}
        method, path = {"catalog": ("PUT", "courses"), "stats": ("POST", "stats")}[given.kind]
        url = f"{api}/bulk/integrations/{given.integration}/{path}"
        places = asyncio.Semaphore(3)

        async def one(body: Body) -> None:
            sent = headers | {"Content-Type": "application/json"}
            await self.looked_up.wait()
            async with self.more_rows:
                await self.more_rows.wait_for(lambda: self.rows >= body.place)
            async with places:
                async with http.request(method, url, data=body.content, headers=sent) as answer:
                    number = answer.headers["Location"].rpartition("/")[2]
                operation = f"{api}/bulk/operations/{number}"
                # It polls so that the answer is made when there is an end to see.
                seen_after = given.operation_seconds - given.latency_seconds + A_LITTLE_SECONDS
                await asyncio.sleep(max(0.0, seen_after))
                until = time.monotonic() + 600
                while time.monotonic() < until:
                    async with http.get(operation, headers=headers) as answer:
                        if (await answer.json())["status"] in ("completed", "error"):
                            break
                    await asyncio.sleep(POLL_SECONDS)
                async with http.get(f"{operation}/results", headers=headers) as answer:
                    orjson.loads(await answer.read())

        await asyncio.gather(*map(one, self.bodies))


if __name__ == "__main__":
    main()

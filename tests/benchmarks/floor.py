"""The floor: the fewest requests that the APIs permit, side by side, parsed and thrown away.

Usage: python -m tests.benchmarks.floor JOB_FILE

Its state is the script's: what that delivered last is submitted, encoded before the clock starts.
Nothing is mapped, compared or remembered.
"""

import asyncio
import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from tests.benchmarks.job import MOST_ITEMS, POLL_SECONDS, Job, job, measured
from tests.benchmarks.plain import plain
from tests.benchmarks.plain.base import Ask, Listing


def main() -> None:
    """Measure once."""
    given = job()
    state = json.loads(Path(given.state).read_text())
    items = [state["sent"][key] for key in state["delivered"]]
    bodies = [
        json.dumps({"input": items[start : start + MOST_ITEMS]}).encode()
        for start in range(0, len(items), MOST_ITEMS)
    ]
    measured(lambda: asyncio.run(Floor(given, bodies, state["read_since"]).run()))


class Floor:
    """The bare requests of one synchronization."""

    def __init__(self, given: Job, bodies: list[bytes], since: int | None) -> None:
        self.given = given
        self.bodies = bodies
        self.since = since

    async def run(self) -> None:
        """Read everything, then submit."""
        given, provider = self.given, plain(self.given.provider)
        headers = await asyncio.to_thread(provider.log_in, given)
        connector = aiohttp.TCPConnector(limit=provider.parallel)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as self.http:
            listings = provider.listings(given, self.since)
            looked_up = provider.lookup(given)
            await asyncio.gather(
                *map(self.read, [*listings, *([looked_up] if looked_up is not None else [])])
            )
        if self.bodies:
            async with aiohttp.ClientSession() as http:
                await self.submit(http)

    async def ask(self, ask: Ask) -> tuple[Any, Any]:
        """Return a page's body and headers."""
        method = "GET" if ask.body is None else "POST"
        async with self.http.request(
            method, ask.url, params=ask.query, headers=ask.headers, json=ask.body
        ) as answer:
            return json.loads(await answer.read()), answer.headers

    async def read(self, listing: Listing) -> None:
        """Read a listing, side by side as far as it can be."""
        if listing.numbered is not None:
            await self.read_numbers(listing.numbered, listing)
            return
        ask: Ask | None = listing.first
        body, headers = await self.ask(listing.first)
        pages = [body]
        if listing.others is not None:
            others = await asyncio.gather(*map(self.ask, listing.others(body, headers)))
            pages += [page for page, _ in others]
        else:
            while (ask := ask and listing.following(ask, body, headers)) is not None:
                body, headers = await self.ask(ask)
        if (inner := listing.inner) is not None:
            rows = (inner(row) for page in pages for row in listing.rows(page))
            await asyncio.gather(*map(self.read, rows))

    async def read_numbers(self, numbered: Callable[[int], Ask], listing: Listing) -> None:
        """Read pages by number until one has no next."""
        numbers = count(1)
        ended = False

        async def reader() -> None:
            nonlocal ended
            while not ended:
                ask = numbered(next(numbers))
                body, headers = await self.ask(ask)
                ended = ended or listing.following(ask, body, headers) is None

        await asyncio.gather(*(reader() for _ in range(plain(self.given.provider).parallel)))

    async def submit(self, http: aiohttp.ClientSession) -> None:
        """Submit all operations, three at once, from their submission to their results."""
        given = self.given
        api = f"{given.platform['base_url']}/api/v2"
        login = {"grant_type": "client_credentials"}
        login |= {key: given.platform[key] for key in ("client_id", "client_secret")}
        async with http.post(f"{api}/oauth2/token", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "360-api-version": "v2.0"}
        method, path = {"catalog": ("PUT", "courses"), "stats": ("POST", "stats")}[given.kind]
        url = f"{api}/bulk/integrations/{given.integration}/{path}"
        places = asyncio.Semaphore(3)

        async def one(body: bytes) -> None:
            sent = headers | {"Content-Type": "application/json"}
            async with places:
                async with http.request(method, url, data=body, headers=sent) as answer:
                    number = answer.headers["Location"].rpartition("/")[2]
                operation = f"{api}/bulk/operations/{number}"
                until = time.monotonic() + 600
                while time.monotonic() < until:
                    async with http.get(operation, headers=headers) as answer:
                        if (await answer.json())["status"] in ("completed", "error"):
                            break
                    await asyncio.sleep(POLL_SECONDS)
                async with http.get(f"{operation}/results", headers=headers) as answer:
                    json.loads(await answer.read())

        await asyncio.gather(*map(one, self.bodies))


if __name__ == "__main__":
    main()

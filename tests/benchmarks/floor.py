"""The floor: the fewest requests that the APIs permit, side by side, parsed and thrown away.

Usage: python -m tests.benchmarks.floor SECRETS_FILE PARALLEL BODY_FILE

BODY_FILE holds the bulk operation to submit, ready made; without one nothing is submitted.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

PAGE_SIZE = 50


async def floor(secrets: dict[str, Any], parallel: int, body: bytes | None) -> float:
    """Seconds that the bare requests take."""
    began = time.perf_counter()
    platform, go1 = secrets["platforms/default"], secrets["integrations/go1/default"]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=parallel)) as http:
        grant = {"grant_type": "client_credentials"}
        login = grant | {key: go1[key] for key in ("client_id", "client_secret")}
        async with http.post(go1["token_url"], data=login) as answer:
            reading = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}

        async def page(offset: int) -> int:
            url = f"{go1['api_url']}/learning-objects?collection=default&limit=50&offset={offset}"
            async with http.get(url, headers=reading) as answer:
                return int(json.loads(await answer.read())["total"])

        total = await page(0)
        await asyncio.gather(*map(page, range(PAGE_SIZE, total, PAGE_SIZE)))
        if body is not None:
            await submit(http, platform, body)
    return time.perf_counter() - began


async def submit(http: aiohttp.ClientSession, platform: dict[str, str], body: bytes) -> None:
    """One bulk operation from its submission to its results."""
    api = platform["base_url"] + "/api/v2"
    login = {"grant_type": "client_credentials"}
    login |= {key: platform[key] for key in ("client_id", "client_secret")}
    async with http.post(f"{api}/oauth2/token", json=login) as answer:
        token = (await answer.json())["access_token"]
    headers = {
        "Authorization": f"Bearer {token}",
        "360-api-version": "v2.0",
        "Content-Type": "application/json",
    }
    async with http.get(f"{api}/integrations", headers=headers) as answer:
        (integration,) = await answer.json()
    url = f"{api}/bulk/integrations/{integration['_id']}/courses"
    async with http.put(url, data=body, headers=headers) as answer:
        operation = f"{api}/bulk/operations/{answer.headers['Location'].rpartition('/')[2]}"
    while True:
        async with http.get(operation, headers=headers) as answer:
            if (await answer.json())["status"] in ("completed", "error"):
                break
        await asyncio.sleep(0.1)
    async with http.get(f"{operation}/results", headers=headers) as answer:
        json.loads(await answer.read())


def main() -> None:
    """Measure once."""
    secrets = json.loads(Path(sys.argv[1]).read_text())
    body = Path(sys.argv[3]).read_bytes() if len(sys.argv) > 3 else None
    print(json.dumps({"seconds": asyncio.run(floor(secrets, int(sys.argv[2]), body))}))


if __name__ == "__main__":
    main()

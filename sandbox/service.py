"""What every simulated service has in common: faults on demand, latency, and a log of requests."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fault:
    """Something that goes wrong with the next requests that match.

    Attributes:
        match: A regular expression for `METHOD /path?query`.
        status: Answered instead of what the service would answer; 0 leaves the answer as it is.
        body: The body of that answer.
        headers: Its headers.
        times: How many requests it hits.
        after: How many matching requests it lets pass first.
        drop: Breaks the connection, `before` or `after` the service has done its work.
        truncate: Sends only the first half of the answer's body.
        edit: Changes the parsed body of the service's own answer.
        act: Called with the request before anything else.
    """

    match: str
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    drop: str = ""
    truncate: bool = False
    edit: Callable[[Any], Any] | None = None
    act: Callable[[web.Request], None] | None = None

    def hits(self, line: str) -> bool:
        """Tell whether it strikes this request; count down."""
        if self.times <= 0 or not re.search(self.match, line):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Traffic:
    """What the simulated network does, and what went over it.

    Attributes:
        latency: Seconds that every answer takes longer.
        faults: What goes wrong next.
        counts: Requests by `METHOD service`.
        most_at_once: How many requests to a service were under way at once, at most, by service.
        recorded: All requests, while `recording`.
    """

    latency: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    recording: bool = False
    recorded: list[Recorded] = field(default_factory=list)
    _at_once: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """Return how many requests came, to all services."""
        return sum(self.counts.values())

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stands before every simulated service."""
        if request.path.startswith("/_sandbox") or request.path == "/":
            return await handler(request)
        service = request.path.split("/")[1]
        self.counts[f"{request.method} {service}"] += 1
        self._at_once[service] += 1
        self.most_at_once[service] = max(self.most_at_once[service], self._at_once[service])
        try:
            return await self._answered(request, handler)
        finally:
            self._at_once[service] -= 1

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        line = f"{request.method} {request.path_qs}"
        fault = next((fault for fault in self.faults if fault.hits(line)), None)
        if self.latency:
            await asyncio.sleep(self.latency)
        body = await request.read() if self.recording else b""
        response = await self._respond(request, handler, fault)
        if self.recording:
            self.recorded.append(
                Recorded(
                    request.method,
                    request.rel_url.raw_path,
                    tuple(request.query.items()),
                    dict(request.headers),
                    body,
                    response.status,
                )
            )
        return response

    async def _respond(
        self, request: web.Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is None:
            return await handler(request)
        if fault.act is not None:
            fault.act(request)
        if fault.drop == "before":
            return _broken(request)
        if fault.status:
            body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
            return web.Response(status=fault.status, text=body, headers=fault.headers)
        response = await handler(request)
        if fault.edit is not None and isinstance(response, web.Response):
            edited = fault.edit(json.loads(response.text or "null"))
            response.text = json.dumps(edited)
            return response
        if fault.drop == "after":
            return _broken(request)
        if (
            fault.truncate
            and isinstance(response, web.Response)
            and isinstance(response.body, bytes)
        ):
            return web.Response(
                status=response.status,
                body=response.body[: len(response.body) // 2],
                content_type="application/json",
            )
        return response


def _broken(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON answer."""
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=headers
    )


async def json_body(request: web.Request) -> Any:
    """Return the request's JSON body, or None when it is none."""
    try:
        return json.loads(await request.read())
    except ValueError:
        return None


class Refusal(Exception):
    """Ends a handler with an error answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.response = answer(body, status)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a Refusal into its answer."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response

"""The sandbox as one server on loopback: every simulated service under its own prefix."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from sandbox.go1 import Go1
from sandbox.learning360 import Learning360
from sandbox.service import Traffic, answer, refusals

LARGEST_BODY = 64 * 1024 * 1024


@dataclass
class Sandbox:
    """All simulated services and the network in front of them."""

    learning360: Learning360 = field(default_factory=Learning360)
    go1: Go1 = field(default_factory=Go1)
    traffic: Traffic = field(default_factory=Traffic)
    url: str = ""

    def application(self) -> web.Application:
        """The server's application."""
        application = web.Application(
            middlewares=[self.traffic.middleware, refusals], client_max_size=LARGEST_BODY
        )
        for prefix, service in (("360learning", self.learning360), ("go1", self.go1)):
            part = web.Application(client_max_size=LARGEST_BODY)
            part.add_routes(service.routes())
            application.add_subapp(f"/{prefix}/", part)
        application.add_routes(
            [
                web.get("/_sandbox/arrived", self.arrived),
                web.get("/_sandbox/traffic", self.show_traffic),
                web.post("/_sandbox/traffic/reset", self.reset_traffic),
            ]
        )
        return application

    async def arrived(self, request: web.Request) -> web.Response:
        """What stands at 360Learning now."""
        self.learning360.advance()
        platform = self.learning360
        return answer(
            {
                "integrations": list(platform.integrations.values()),
                "courses": list(platform.courses.values()),
                "attempts": [
                    asdict(attempt)
                    for attempts in platform.attempts.values()
                    for attempt in attempts
                ],
                "operations": len(platform.operations),
            }
        )

    async def show_traffic(self, request: web.Request) -> web.Response:
        """How many requests came since the last reset."""
        return answer(dict(self.traffic.counts))

    async def reset_traffic(self, request: web.Request) -> web.Response:
        """Counts anew; `latency` in milliseconds may be set on the way."""
        self.traffic.counts.clear()
        if "latency" in request.query:
            self.traffic.latency = int(request.query["latency"]) / 1000
        return answer({})

    @contextmanager
    def serving(self, port: int = 0) -> Iterator["Sandbox"]:
        """Serves on loopback, in a thread, until the block ends; port 0 is a free one."""
        loop = asyncio.new_event_loop()
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1)
        loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=512)
        loop.run_until_complete(site.start())
        host, bound = runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}"
        self.learning360.base_url = f"{self.url}/360learning"
        thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(runner.cleanup())
            loop.close()

    def platform_secret(self) -> dict[str, Any]:
        """The content of the platform's secret."""
        return {
            "client_id": self.learning360.client_id,
            "client_secret": self.learning360.client_secret,
            "base_url": f"{self.url}/360learning",
        }

    def integration_secrets(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """What makes the content of an integration's secret, by provider."""
        return {"go1": self.go1_secret}

    def go1_secret(self, *, group_id: str, author_id: str) -> dict[str, Any]:
        """The content of a Go1 integration's secret."""
        return {
            "group_id": group_id,
            "author_id": author_id,
            "client_id": self.go1.client_id,
            "client_secret": self.go1.client_secret,
            "api_url": f"{self.url}/go1/v2",
            "token_url": f"{self.url}/go1/oauth/token",
        }

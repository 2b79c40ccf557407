"""The sandbox as one server on loopback: every simulated service under its own prefix."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from sandbox.learning360 import Learning360
from sandbox.learning360.routes import routes
from sandbox.providers import PROVIDERS
from sandbox.service import Traffic, answer, refusals

LARGEST_BODY = 64 * 1024 * 1024


@dataclass
class Sandbox:
    """All simulated services and the network in front of them.

    Attributes:
        learning360: The customer's platform.
        services: The providers, by name.
        traffic: What the network does.
        url: Where the sandbox answers, while it is served.
    """

    learning360: Learning360 = field(default_factory=Learning360)
    services: dict[str, Any] = field(
        default_factory=lambda: {name: provider.service() for name, provider in PROVIDERS.items()}
    )
    traffic: Traffic = field(default_factory=Traffic)
    url: str = ""

    def application(self) -> web.Application:
        """Return the server's application."""
        application = web.Application(
            middlewares=[self.traffic.middleware, refusals], client_max_size=LARGEST_BODY
        )
        mounted = {"360learning": routes(self.learning360)}
        mounted |= {name: service.routes() for name, service in self.services.items()}
        for prefix, endpoints in mounted.items():
            part = web.Application(client_max_size=LARGEST_BODY)
            part.add_routes(list(endpoints))
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
        """Return what stands at 360Learning now."""
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
        """Return how many requests came since the last reset."""
        return answer(dict(self.traffic.counts))

    async def reset_traffic(self, request: web.Request) -> web.Response:
        """Count from zero; `latency` in milliseconds may be set on the way."""
        self.traffic.counts.clear()
        if "latency" in request.query:
            self.traffic.latency = int(request.query["latency"]) / 1000
        return answer({})

    @contextmanager
    def serving(self, port: int = 0) -> Iterator["Sandbox"]:
        """Serve on loopback, in a thread, until the block ends; port 0 is a free one."""
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
        """Return the content of the platform's secret."""
        return self.learning360.tokens.credentials() | {"base_url": f"{self.url}/360learning"}

    def provider_secret(self, provider: str, *, group_id: str, author_id: str) -> dict[str, Any]:
        """Return the content of an integration's secret."""
        own = PROVIDERS[provider].secret(self.services[provider], f"{self.url}/{provider}")
        return {"group_id": group_id, "author_id": author_id, **own}

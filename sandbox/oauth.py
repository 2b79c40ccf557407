"""Client credentials and access tokens, as the simulated providers check them."""

import base64
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.service import Refusal


@dataclass
class Tokens:
    """Access tokens of one service.

    Attributes:
        client_id: Of its only client.
        client_secret: Of the same.
        life: Seconds that a token lives.
    """

    client_id: str
    client_secret: str
    life: float = 3600
    _valid: dict[str, float] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def issue(self) -> str:
        """Return a new token."""
        token = f"token-{next(self._numbers)}"
        self._valid[token] = time.time() + self.life
        return token

    def expire(self) -> None:
        """Revoke every token that was handed out."""
        self._valid.clear()

    def admits(self, request: web.Request) -> bool:
        """Tell whether a request carries a valid token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self._valid.get(token, 0) >= time.time()

    def credentials(self) -> dict[str, str]:
        """Return the client's keys as they stand in a secret."""
        return {"client_id": self.client_id, "client_secret": self.client_secret}

    def check_form(self, form: Mapping[str, Any]) -> None:
        """Refuse other credentials in a form body than the client's."""
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            raise Refusal(401, {"error": "invalid_client"})

    def check_basic(self, request: web.Request) -> None:
        """Refuse other credentials in HTTP Basic than the client's."""
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise Refusal(401, {"error": "invalid_client"})

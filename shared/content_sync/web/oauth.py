"""Bearer tokens: one at a time, fetched when needed, shared by all threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from content_sync.errors import UnexpectedAnswer
from content_sync.fields.reading import clean_text, number, part

# A token is renewed this much before it expires, or halfway through when it lives shorter.
TOKEN_MARGIN_SECONDS = 60.0
# The life of a token whose answer does not tell it.
DEFAULT_LIFE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Service:
    """Whom we talk to, as an operator knows it.

    Attributes:
        name: Such as `Go1`.
        secret: The name of the secret that holds its settings.
        url_key: The key of that secret that holds its address.
    """

    name: str
    secret: str
    url_key: str


class TokenSource:
    """One access token, fetched when needed, shared by all threads.

    Args:
        fetch: Asks the service for a token; returns it with its life in seconds.
    """

    def __init__(self, fetch: Callable[[], tuple[str, float]]) -> None:
        self._fetch = fetch
        self._token = ""
        self._renew_at = 0.0
        self._lock = threading.Lock()

    def get(self) -> str:
        """A token that is still good for some time."""
        with self._lock:
            if not self._token or time.monotonic() >= self._renew_at:
                token, life = self._fetch()
                self._token = token
                self._renew_at = time.monotonic() + life - min(TOKEN_MARGIN_SECONDS, life / 2)
            return self._token

    def reject(self, token: str) -> None:
        """Forgets a token that the service refused, unless another thread renewed it already."""
        with self._lock:
            if token == self._token:
                self._token = ""


def bearer_token(body: Any, service: Service) -> tuple[str, float]:
    """The access token of a token endpoint's answer, and its life in seconds.

    `expires_in` is a number or a text; RFC 6749 lets it be missing.

    Raises:
        UnexpectedAnswer: There is no token in it.
    """
    token = clean_text(part(body, "access_token"))
    if token is None:
        raise UnexpectedAnswer(
            f"{service.name}'s token endpoint answered without access_token: check "
            f"{service.url_key} in secret {service.secret}"
        )
    life = number(part(body, "expires_in"))
    return token, float(life) if life is not None and life > 0 else DEFAULT_LIFE_SECONDS

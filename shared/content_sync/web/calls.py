"""Whom we talk to, and what is asked: as the sentences of a failure tell it."""

from collections.abc import Callable
from dataclasses import dataclass

from content_sync.errors import ContentSyncError, LostAnswer, RemoteUnavailable
from content_sync.web.answers import Answer
from content_sync.web.ratelimit import RateLimit


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


@dataclass(slots=True)
class Call:
    """One request, however often it is sent."""

    method: str
    path: str
    url: str
    permission: str
    repeatable: bool
    check: Callable[[Answer], None] | None
    limit: RateLimit | None
    body: bytes | None
    headers: dict[str, str]

    @property
    def what(self) -> str:
        """Return the request without query and ids, either of which may hold an address."""
        return f"{self.method} {self.path}"

    def failure(self, message: str, *, detail: str = "") -> ContentSyncError:
        """Return a passing fault: a request that must not be repeated may have worked."""
        return (RemoteUnavailable if self.repeatable else LostAnswer)(message, detail=detail)

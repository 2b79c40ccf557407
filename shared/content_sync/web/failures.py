"""The sentences of what went wrong with a service: what is to be done, and by whom."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from content_sync.errors import (
    ContentSyncError,
    Denied,
    InvalidSettings,
    LoginRefused,
    LostAnswer,
    NotFound,
    Refused,
    RefusedNotFound,
    RemoteUnavailable,
)
from content_sync.web.answers import error_code
from content_sync.web.calls import Call, Service


def unreachable(service: Service, base_url: str, error: Exception) -> InvalidSettings:
    """Return what is wrong where a service cannot be reached at all."""
    host = urlsplit(base_url).netloc.rpartition("@")[2]
    return InvalidSettings(
        f"{service.name} cannot be reached at {host}: check {service.url_key} in "
        f"secret {service.secret} and the network",
        detail=type(error).__name__,
    )


def not_now(service: Service, call: Call, status: int, code: str) -> ContentSyncError:
    """Return what a service says that cannot, or will not, answer now."""
    if status == 429 or code == "bulkAPIDisabled":
        # Both say that nothing was carried out.
        failure = RemoteUnavailable(
            f"{service.name} admits no more requests now (HTTP {status} on {call.what}): "
            "try again later",
            detail=code,
        )
        failure.status = 429
        return failure
    lost = call.failure(
        f"{service.name} is not available (HTTP {status} on {call.what}): try again later",
        detail=code,
    )
    if isinstance(lost, RemoteUnavailable):
        lost.status = status
    if isinstance(lost, LostAnswer):
        lost.answered = True
    return lost


def refused(service: Service, call: Call, status: int, body: Any) -> ContentSyncError:
    """Return what a service says that answers no: who is to do what."""
    name, secret, what, code = service.name, service.secret, call.what, error_code(body)
    needed = f" (needed: {call.permission})" if call.permission else ""
    detail = f"{status} {code}"
    if status == 401:
        return LoginRefused(
            f"{name} refuses the credentials of secret {secret} on {what}{needed}: correct "
            "them there, or ask for that permission",
            status=status,
            code=code,
        )
    if status == 403:
        return Denied(
            f"{name} denies {what}{needed}: grant that permission to the credentials of secret "
            f"{secret}",
            detail=detail,
        )
    if status == 404 and not code:
        return NotFound(
            f"{name} does not know {what}: check {service.url_key} in secret {secret}",
            detail=detail,
        )
    kind: Callable[..., Refused] = RefusedNotFound if status == 404 else Refused
    return kind(
        f"{name} refused {what} with {detail.strip()}: an engineer should look",
        status=status,
        code=code,
        body=body,
        detail=detail,
    )

"""One HTTP client for every service: pooled, bounded, retried, and clear about what went wrong.

What is retried: 408, 425, 429, 5xx, broken connections and answers that are not whole JSON. A
`Retry-After` is honoured up to the ceiling of `TimeBudget.sleep`. A 401 fetches a new token, once.
No token leaves for another host than the service's own.
"""

import base64
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ProxySchemeUnknown,
)
from urllib3.util import Timeout

from content_sync.encoding import as_json
from content_sync.errors import (
    ContentSyncError,
    InvalidSettings,
    LostAnswer,
    NotFound,
    OutOfTime,
    RemoteUnavailable,
    RetryableAnswer,
    TooLong,
    UnexpectedAnswer,
)
from content_sync.web.answers import NO_JSON, Answer, answer_of, error_code, retry_after
from content_sync.web.bounds import (
    LONGEST_SECONDS,
    MOST_BYTES,
    MOST_VALUES,
    read_whole,
    within,
)
from content_sync.web.calls import Call, Service
from content_sync.web.failures import not_now, refused, unreachable
from content_sync.web.pools import open_pools
from content_sync.web.ratelimit import RateLimit
from content_sync.web.timebudget import LONGEST_WAIT_SECONDS, TimeBudget

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
ATTEMPTS = 5
# A host that cannot be reached at all is seldom a passing fault: fewer attempts.
CONNECT_ATTEMPTS = 3
FIRST_RETRY_SECONDS = 0.5
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ALWAYS = {"Accept": JSON, "Accept-Encoding": "gzip, deflate", "User-Agent": "content-sync"}

Query = Sequence[tuple[str, str]] | Mapping[str, str]


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def get(self) -> str:
        """Return a token that is good for some time."""

    def reject(self, token: str) -> None:
        """Forget a token that the service refused."""


class _Again(Exception):
    """This attempt failed; another one may not."""

    def __init__(
        self, failure: ContentSyncError, *, wait: float | None = None, attempts: int = ATTEMPTS
    ) -> None:
        super().__init__()
        self.failure = failure
        self.wait = wait
        self.attempts = attempts


@dataclass
class HttpClient:
    """Requests to one service.

    Attributes:
        service: For the sentences of the errors.
        base_url: What relative paths are appended to.
        budget: The time left; no wait goes beyond it.
        token: Where the bearer token comes from; None for a client that fetches tokens.
        headers: Sent with every request.
        parallel: How many connections are kept open.
        limits: The documented calls a second, by HTTP method; `*` for the others.
    """

    service: Service
    base_url: str
    budget: TimeBudget
    token: Tokens | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    parallel: int = 4
    limits: Mapping[str, RateLimit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self._pools = open_pools(self.base_url, parallel=self.parallel)
            parts = urlsplit(self.base_url)
        except (OSError, ValueError, ProxySchemeUnknown) as error:
            raise InvalidSettings(
                f"{self.service.name} cannot be reached with the proxy or the certificates that "
                f"this function's environment names, or not at its {self.service.url_key}: check "
                "HTTPS_PROXY and REQUESTS_CA_BUNDLE there",
                detail=type(error).__name__,
            ) from None
        self._origin, self._path = (parts.scheme, parts.netloc), parts.path
        self._always = {**ALWAYS, **self.headers}

    def get(
        self,
        path: str,
        query: Query = (),
        *,
        ids: Sequence[str] = (),
        link: str = "",
        permission: str = "",
        headers: Mapping[str, str] | None = None,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Send a GET; see `send`."""
        return self.send(
            "GET",
            path,
            ids=ids,
            link=link,
            query=query,
            permission=permission,
            headers=headers,
            check=check,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        ids: Sequence[str] = (),
        link: str = "",
        query: Query = (),
        json: Any = None,
        encoded: bytes | None = None,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        permission: str = "",
        repeatable: bool = True,
        check: Callable[[Answer], None] | None = None,
        limited: bool = True,
    ) -> Answer:
        """Send one request and return its whole answer.

        Args:
            method: The HTTP verb.
            path: Appended to `base_url`, with `{id}` for each id: so it stands in every sentence.
            ids: What stands there in the request, quoted.
            link: The URL, or the path, that an answer gave for this request.
            query: Query parameters, in order.
            json: A JSON body.
            encoded: The same, encoded already.
            form: A form body.
            auth: User and password of HTTP Basic.
            headers: Added to those of the client.
            permission: What the service must have granted for this call, named when it refuses.
            repeatable: Whether a request may be sent again when its answer was lost.
            check: Looks at an answer of any status before it is judged; raises RetryableAnswer to
                have it asked for again, or an exception of its own.
            limited: Whether the calls a second of `limits` hold for this one.

        Raises:
            InvalidSettings: The credentials, a permission or the address must be corrected.
            RemoteUnavailable: A passing fault outlasted the attempts or the time.
            LostAnswer: The same, for a request that must not be repeated blindly.
            NotFound: 404.
            Refused: Any other 4xx.
            UnexpectedAnswer: An answer that is not JSON.
            OutOfTime: Nothing was sent, for the invocation is over in a moment.
        """
        url, body, kind = self._own(link or _filled(path, ids)), encoded, JSON
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        if json is not None:
            body = as_json(json)
        elif form is not None:
            body, kind = urlencode(form).encode(), FORM
        call = Call(
            method=method,
            path=self._path + path,
            url=url,
            permission=permission,
            repeatable=repeatable,
            check=check,
            limit=self.limits.get(method, self.limits.get("*")) if limited else None,
            body=body,
            headers={
                **self._always,
                **({"Content-Type": kind} if body is not None else {}),
                **({"Authorization": _basic(auth)} if auth else {}),
                **(headers or {}),
            },
        )
        renewed = False
        attempt = 0
        while True:
            token = self.token.get() if self.token else ""
            try:
                answer = self._exchange(call, token)
                if answer.status == 401 and self.token and not renewed:
                    renewed = True
                    self.token.reject(token)
                    continue
                return self._judge(call, answer)
            except _Again as again:
                attempt += 1
                self._pause(attempt, again)

    def _own(self, path: str) -> str:
        """Return a URL on the service's own host: whatever an answer points to, nothing else."""
        url = path if path.startswith(("http://", "https://")) else self.base_url + path
        try:
            asked = urlsplit(url)
            if (asked.scheme, asked.netloc) == self._origin:
                return url
        except ValueError:
            pass
        raise UnexpectedAnswer(
            f"{self.service.name} points to another host than its own, where nothing is sent: an "
            "engineer should look"
        )

    def _exchange(self, call: Call, token: str) -> Answer:
        """Send one request; return its answer, whatever the status."""
        if call.limit is not None:
            call.limit.wait()
        seconds = min(LONGEST_SECONDS, self.budget.usable())
        if seconds <= 0:
            # Also for the threads of a reader, of which many may still wait for their turn.
            raise OutOfTime
        try:
            with within(seconds):
                response = self._pools.urlopen(
                    call.method,
                    call.url,
                    body=call.body,
                    headers=call.headers | ({"Authorization": f"Bearer {token}"} if token else {}),
                    timeout=Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                )
                content = read_whole(response)
                response.release_conn()
            return answer_of(response.status, response.headers, content)
        except TooLong:
            raise UnexpectedAnswer(
                f"{self.service.name} answered {call.what} with more than {MOST_BYTES >> 20} MB, "
                f"or {MOST_VALUES} values: an engineer should look"
            ) from None
        except ValueError as error:  # urllib3's word for a URL that is none, and Python's
            raise unreachable(self.service, self.base_url, error) from None
        except (HTTPError, OSError) as error:
            if _never_connected(error):
                raise _Again(
                    unreachable(self.service, self.base_url, error), attempts=CONNECT_ATTEMPTS
                ) from None
            raise _Again(
                call.failure(
                    f"the connection to {self.service.name} broke during {call.what}: "
                    "try again later",
                    detail=type(error).__name__,
                )
            ) from None

    def _judge(self, call: Call, answer: Answer) -> Answer:
        """Return an answer, if it is one to go on with."""
        status, body = answer.status, answer.body
        if call.check is not None:
            try:
                call.check(answer)
            except RetryableAnswer as error:
                raise _Again(
                    RemoteUnavailable(
                        f"{self.service.name} could not answer {call.what} now: try again later",
                        detail=str(error),
                    )
                ) from None
        if status in (408, 425, 429) or status >= 500:
            raise _Again(
                not_now(self.service, call, status, error_code(body)),
                wait=retry_after(answer.headers),
            )
        if status >= 400:
            raise refused(self.service, call, status, body)
        if status >= 300:
            raise InvalidSettings(
                f"{self.service.name} redirects {call.what} elsewhere: put its final address into "
                f"{self.service.url_key} of secret {self.service.secret}"
            )
        if body is NO_JSON:
            raise _Again(
                UnexpectedAnswer(
                    f"{self.service.name} answered {call.what} with something that is not whole "
                    f"JSON: check {self.service.url_key} in secret {self.service.secret}, or try "
                    "again later"
                )
                if call.repeatable
                else call.failure(f"{self.service.name} broke off its answer to {call.what}")
            )
        return answer

    def _pause(self, attempt: int, again: _Again) -> None:
        if isinstance(again.failure, LostAnswer) or attempt >= again.attempts:
            raise again.failure from None
        backoff = FIRST_RETRY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.0)
        wait = backoff if again.wait is None else again.wait
        if self.budget.usable() < wait <= LONGEST_WAIT_SECONDS:
            # It is our own time that is over: the invocation that goes on waits.
            raise OutOfTime
        try:
            self.budget.sleep(wait)
        except RemoteUnavailable as error:
            raise RemoteUnavailable(f"{self.service.name} {error}") from None


def _basic(auth: tuple[str, str]) -> str:
    """Return HTTP Basic's header (RFC 7617)."""
    return f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"


def _filled(path: str, ids: Sequence[str]) -> str:
    """Return a path with its ids."""
    for one in ids:
        if one.strip(".") == "":
            # A path would lead elsewhere with it, however it is quoted.
            raise NotFound(f"{path} is asked for with an id that cannot be one")
        path = path.replace("{id}", quote(one, safe="", errors="replace"), 1)
    return path


def _never_connected(error: Exception) -> bool:
    """Tell whether not even a connection came about, so that nothing can have been carried out."""
    if isinstance(error, ProxyError):
        error = error.original_error
    return isinstance(error, NewConnectionError | ConnectTimeoutError)

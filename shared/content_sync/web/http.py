"""One HTTP client for every service: pooled, bounded, retried, and clear about what went wrong.

What is retried: 408, 425, 429, 5xx, broken connections and answers that are not whole JSON. A
`Retry-After` is honoured up to the ceiling of `TimeBudget.sleep`. A 401 fetches a new token, once.
No token leaves for another host than the service's own.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import requests
import urllib3

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
    BoundedAdapter,
    read_whole,
    within,
)
from content_sync.web.calls import Call, Service
from content_sync.web.failures import not_now, refused, unreachable
from content_sync.web.ratelimit import RateLimit
from content_sync.web.timebudget import LONGEST_WAIT_SECONDS, TimeBudget

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
ATTEMPTS = 5
# A host that cannot be reached at all is seldom a passing fault: fewer attempts.
CONNECT_ATTEMPTS = 3
FIRST_RETRY_SECONDS = 0.5

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
        self._session = requests.Session()
        # Proxies and certificates from the environment are looked up once, not for every request.
        self._proxies = requests.utils.get_environ_proxies(self.base_url)
        self._verify = self._session.merge_environment_settings(
            self.base_url, {}, None, None, None
        )["verify"]
        self._session.trust_env = False
        adapter = BoundedAdapter(pool_connections=4, pool_maxsize=self.parallel)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

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
        call = Call(
            method=method,
            path=urlsplit(self.base_url).path + path,
            url=self._own(link or _filled(path, ids)),
            permission=permission,
            repeatable=repeatable,
            check=check,
            limit=self.limits.get(method, self.limits.get("*")) if limited else None,
            content={"params": query or None, "json": json, "data": encoded or form, "auth": auth},
            headers={
                "Accept": "application/json",
                **({"Content-Type": "application/json"} if encoded is not None else {}),
                **self.headers,
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
            own, asked = urlsplit(self.base_url), urlsplit(url)
            if (own.scheme, own.netloc) == (asked.scheme, asked.netloc):
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
                response = self._session.request(
                    call.method,
                    call.url,
                    **call.content,
                    headers=call.headers | ({"Authorization": f"Bearer {token}"} if token else {}),
                    timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                    proxies=self._proxies,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                )
                content = read_whole(response)
            return answer_of(response.status_code, response.headers, content)
        except TooLong:
            raise UnexpectedAnswer(
                f"{self.service.name} answered {call.what} with more than {MOST_BYTES >> 20} MB, "
                f"or {MOST_VALUES} values: an engineer should look"
            ) from None
        except ValueError as error:  # requests' word for a URL that is none
            raise unreachable(self.service, self.base_url, error) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
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
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")

"""Bearer tokens: fetched in one way from every service, shared by all threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import SecretStr

from content_sync.ahead import in_background
from content_sync.errors import LoginRefused, OutOfTime, UnexpectedAnswer
from content_sync.fields.reading import part, to_number, to_text
from content_sync.web.answers import Answer, error_code
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.timebudget import TimeBudget

# A token is renewed this much before it expires, or halfway through when it lives shorter.
TOKEN_MARGIN_SECONDS = 60.0
# What may be left of an invocation when it waits for an exchange that another thread began.
SETTLING_SECONDS = 3.0
# The life of a token whose answer does not tell it.
DEFAULT_LIFE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token endpoint's answer.

    Attributes:
        access: The access token.
        seconds: How long it lives.
        refresh: A new refresh token, if the answer carries one.
    """

    access: str
    seconds: float
    refresh: str | None = None


class TokenSource:
    """One access token, fetched when needed, shared by all threads.

    Args:
        fetch: Asks the service for a token.
    """

    def __init__(self, fetch: Callable[[], Token]) -> None:
        self._fetch = fetch
        self._token = ""
        self._renew_at = 0.0
        self._lock = threading.Lock()
        self._coming = self._fetched
        self._settled = False

    def begin(self) -> None:
        """Begin to fetch the first token; whoever needs it waits for it, and sees what it meets."""
        self._coming = in_background(self._fetched)

    def _fetched(self) -> tuple[Token, float]:
        """Fetch a token; return it with the instant at which its life is taken to begin."""
        fetched_at = time.monotonic()
        return self._fetch(), fetched_at

    def get(self) -> str:
        """Return a token that is still good for some time."""
        with self._lock:
            if not self._token or time.monotonic() >= self._renew_at:
                if self._settled:
                    raise OutOfTime
                coming, self._coming = self._coming, self._fetched
                token, fetched_at = coming()
                self._token = token.access
                margin = min(TOKEN_MARGIN_SECONDS, token.seconds / 2)
                self._renew_at = fetched_at + token.seconds - margin
            return self._token

    def settle(self) -> None:
        """Wait until no token is being fetched, but not for a service that does not answer.

        No other is fetched from now on: whoever still reads ahead meets OutOfTime.
        """
        self._settled = True
        if self._lock.acquire(timeout=SETTLING_SECONDS):
            self._lock.release()

    def reject(self, token: str) -> None:
        """Forget a token that the service refused, unless another thread renewed it already."""
        with self._lock:
            if token == self._token:
                self._token = ""


class Client(Protocol):
    """Anything that has an OAuth client's keys, such as a secret's settings."""

    @property
    def client_id(self) -> SecretStr:
        """Return the client's id."""

    @property
    def client_secret(self) -> SecretStr:
        """Return the client's secret."""


class TokenEndpoint:
    """An OAuth 2 token endpoint (RFC 6749), however it wants its credentials.

    Args:
        service: Whose; its `url_key` names the endpoint's address in the secret.
        url: The endpoint.
        budget: The time left in this invocation.
        client: Whoever logs in.
        credentials: Where they stand: in a form, in HTTP Basic beside a form, or in a JSON body.
        keys: The keys of the secret to check when the login is refused, as a phrase.
    """

    def __init__(
        self,
        service: Service,
        url: str,
        budget: TimeBudget,
        client: Client,
        *,
        credentials: Literal["form", "basic", "json"] = "form",
        keys: str = "client_id and client_secret",
    ) -> None:
        self._http = HttpClient(service, url, budget)
        self._client = client
        self._credentials = credentials
        self._keys = keys

    def client_credentials(self, scope: str = "") -> Token:
        """Fetch a token for the client itself; see `fetch`."""
        grant = {"grant_type": "client_credentials"}
        return self.fetch(grant | ({"scope": scope} if scope else {}))

    def first_granted(self, *scopes: str) -> tuple[Token, str]:
        """Fetch a token with the first of several scopes that is granted; return it with its scope.

        Args:
            *scopes: What to ask for, one after the other; `""` for none.

        Raises:
            LoginRefused: The last of them is refused, or the credentials are.
        """
        *wider, last = scopes
        for scope in wider:
            try:
                return self.client_credentials(scope), scope
            except LoginRefused as refusal:
                # Servers word the refusal of a scope differently; that of a client is standard.
                if refusal.status == 401 or refusal.code == "invalid_client":
                    raise
        return self.client_credentials(last), last

    def fetch(self, grant: dict[str, str]) -> Token:
        """Fetch a token.

        Args:
            grant: The request's parameters, without the client's credentials.

        Raises:
            LoginRefused: The service turns the credentials or the grant down.
            UnexpectedAnswer: The answer holds no token.
        """
        user = self._client.client_id.get_secret_value()
        password = self._client.client_secret.get_secret_value()
        named = {**grant, "client_id": user, "client_secret": password}
        answer = self._http.send(
            "POST",
            "",
            form={"form": named, "basic": grant}.get(self._credentials),
            json=named if self._credentials == "json" else None,
            auth=(user, password) if self._credentials == "basic" else None,
            check=self._must_not_refuse,
        )
        access = to_text(part(answer.body, "access_token"))
        if access is None:
            service = self._http.service
            raise UnexpectedAnswer(
                f"{service.name}'s token endpoint answered without access_token: check "
                f"{service.url_key} in secret {service.secret}"
            )
        # A number or a text; RFC 6749 lets it be missing.
        seconds = to_number(part(answer.body, "expires_in"))
        life = float(seconds) if seconds is not None and seconds > 0 else DEFAULT_LIFE_SECONDS
        return Token(access, life, to_text(part(answer.body, "refresh_token")))

    def _must_not_refuse(self, answer: Answer) -> None:
        """Tell a refusal, which some services put into a 200, from everything else."""
        refused = 400 <= answer.status < 500 and answer.status not in (404, 408, 425, 429)
        if not refused and not (answer.status < 300 and part(answer.body, "error")):
            return
        service = self._http.service
        raise LoginRefused(
            f"{service.name} refuses the login: check {self._keys} in secret {service.secret}",
            status=answer.status,
            code=error_code(answer.body),
        )

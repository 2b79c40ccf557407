"""Coursera's access tokens, and the refresh token that must not be lost.

A refresh token lives 14 days and is kept alive by every use. Should a reply carry a new one, it is
stored in the secret before the access token is used; that the secret can be written is tried before
the old one is spent; a reply without one never erases the old.
"""

from content_sync.aws.secrets import StoredSecret
from content_sync.errors import LoginRefused
from content_sync.providers.coursera.models import CourseraSettings
from content_sync.web.calls import Service
from content_sync.web.oauth import Token, TokenEndpoint
from content_sync.web.timebudget import TimeBudget


class CourseraLogin:
    """Fetches access tokens in either generation.

    Args:
        settings: The integration's secret.
        budget: The time left in this invocation.
    """

    def __init__(self, settings: CourseraSettings, budget: TimeBudget) -> None:
        self._settings = settings
        self._endpoint = TokenEndpoint(
            Service("Coursera", settings.secret_name, "token_url"),
            settings.login_url,
            budget,
            settings,
            credentials="basic" if settings.refresh_token is None else "form",
        )

    def fetch(self) -> Token:
        """Fetch an access token.

        Raises:
            LoginRefused: The credentials are refused, or the refresh token is dead: reconnect.
        """
        if self._settings.refresh_token is None:
            return self._endpoint.client_credentials()
        stored = StoredSecret(self._settings.secret_name)
        stored.check_writable()
        spent = stored.text("refresh_token")
        try:
            return self._refresh(stored, spent)
        except LoginRefused as refusal:
            if not _is_dead(refusal):
                raise
            # Another function may have stored a newer one meanwhile.
            stored = StoredSecret(self._settings.secret_name)
            newer = stored.text("refresh_token")
            if newer == spent:
                raise self._dead(refusal) from None
        try:
            return self._refresh(stored, newer)
        except LoginRefused as refusal:
            raise (self._dead(refusal) if _is_dead(refusal) else refusal) from None

    def _refresh(self, stored: StoredSecret, refresh_token: str) -> Token:
        grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        token = self._endpoint.fetch(grant)
        if token.refresh is not None and token.refresh != refresh_token:
            stored.replace("refresh_token", token.refresh, spent=refresh_token)
        return token

    def _dead(self, refusal: LoginRefused) -> LoginRefused:
        return LoginRefused(
            "Coursera's refresh token is dead, as after 14 days without a run: reconnect by "
            "authorizing the app again, and put the new refresh_token into secret "
            f"{self._settings.secret_name}",
            status=refusal.status,
            code=refusal.code,
        )


def _is_dead(refusal: LoginRefused) -> bool:
    """Tell a refresh token that is no longer taken from credentials that are refused."""
    return refusal.status not in (401, 403) and refusal.code in ("invalid_grant", "")

"""Coursera's access tokens, and the refresh token that must not be lost.

A refresh token lives 14 days and is kept alive by every use. Should a reply carry a new one, it is
stored in the secret before the access token is used; that the secret can be written is proven
before the old one is spent; a reply without one never erases the old.
"""

from content_sync.errors import InvalidSettings
from content_sync.web.http import HttpClient, Refused
from content_sync.web.oauth import Service, bearer_token
from content_sync.providers.coursera.models import CourseraSettings
from content_sync.settings import StoredSecret
from content_sync.web.timebudget import TimeBudget
from content_sync.fields.reading import clean_text, part


class CourseraLogin:
    """Fetches access tokens in either generation.

    Args:
        settings: The integration's secret.
        budget: The time left in this invocation.
    """

    def __init__(self, settings: CourseraSettings, budget: TimeBudget) -> None:
        self._settings = settings
        self._http = HttpClient(
            Service("Coursera", settings.secret_name, "token_url"), settings.login_url, budget
        )

    def fetch(self) -> tuple[str, float]:
        """An access token and its life in seconds.

        Raises:
            InvalidSettings: The credentials are refused, or the refresh token is dead: reconnect.
        """
        if self._settings.refresh_token is None:
            return self._with_client_credentials()
        stored = StoredSecret(self._settings.secret_name)
        stored.prove_writable()
        token = stored.text("refresh_token")
        try:
            return self._with_refresh_token(stored, token)
        except Refused as refusal:
            if refusal.code not in ("invalid_grant", ""):
                raise self._refused(refusal) from None
            # Another function may have stored a newer one meanwhile.
            stored = StoredSecret(self._settings.secret_name)
            if (newer := stored.text("refresh_token")) == token:
                raise self._dead(refusal) from None
        try:
            return self._with_refresh_token(stored, newer)
        except Refused as refusal:
            raise self._dead(refusal) from None

    def _with_refresh_token(self, stored: StoredSecret, token: str) -> tuple[str, float]:
        body = self._http.send(
            "POST",
            "",
            form={
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": self._settings.client_id.get_secret_value(),
                "client_secret": self._settings.client_secret.get_secret_value(),
            },
            permission="client_id and client_secret of the Coursera app",
        ).body
        fresh = clean_text(part(body, "refresh_token"))
        if fresh is not None and fresh != token:
            stored.replace("refresh_token", fresh)
        return bearer_token(body, self._http.service)

    # https://dev.coursera.com : the newer generation
    def _with_client_credentials(self) -> tuple[str, float]:
        settings = self._settings
        try:
            body = self._http.send(
                "POST",
                "",
                form={"grant_type": "client_credentials"},
                auth=(
                    settings.client_id.get_secret_value(),
                    settings.client_secret.get_secret_value(),
                ),
                permission="client_id and client_secret of the Coursera app",
            ).body
        except Refused as refusal:
            raise self._refused(refusal) from None
        return bearer_token(body, self._http.service)

    def _refused(self, refusal: Refused) -> InvalidSettings:
        return InvalidSettings(
            "Coursera refuses the login: check client_id and client_secret in secret "
            f"{self._settings.secret_name}",
            detail=refusal.detail,
        )

    def _dead(self, refusal: Refused) -> InvalidSettings:
        return InvalidSettings(
            "Coursera's refresh token is dead, as after 14 days without a run: reconnect by "
            "authorizing the app again, and put the new refresh_token into secret "
            f"{self._settings.secret_name}",
            detail=refusal.detail,
        )

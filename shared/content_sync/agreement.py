"""Whether an integration's secret and its configuration at 360Learning still say the same."""

import hashlib

from content_sync.errors import InvalidSettings
from content_sync.parties import Parties
from content_sync.settings import IntegrationSettings


def must_agree(parties: Parties) -> None:
    """Find the integration's configuration at 360Learning, and compare it with the secret.

    Every run does: one that changes nothing logs in to 360Learning, too, and a secret that was
    changed does not send courses to where nobody expects them.

    Raises:
        InvalidSettings: The configuration is no more, or the secret names another group, author or
            platform.
    """
    settings, stored = parties.settings, parties.stored
    assert stored is not None, "only active integrations run"
    if stored.platform != settings.platform:
        raise _changed(parties, "platform")
    found = next(
        (
            configuration
            for configuration in parties.platform.integrations(parties.provider.display_name)
            if configuration.get("_id") == stored.integration_id
        ),
        None,
    )
    if found is None:
        raise InvalidSettings(
            "the configuration of this integration was deleted at 360Learning: activate it again"
        )
    if str(found.get("groupId")).lower() != settings.group_id:
        raise _changed(parties, "group_id")
    if settings.author_id is not None:
        if str(found.get("authorId")).lower() != settings.author_id:
            raise _changed(parties, "author_id")
    elif stored.author and stored.author != author_digest(settings):
        raise _changed(parties, "author_email")


def author_digest(settings: IntegrationSettings) -> str:
    """Return what tells whether a secret still names the same author, but not whom."""
    named = settings.author_id or (settings.author_email or "").lower()
    return hashlib.sha256(named.encode()).hexdigest()[:24]


def _changed(parties: Parties, key: str) -> InvalidSettings:
    return InvalidSettings(
        f"{key} of secret {parties.settings.secret_name} is another than that of the active "
        "configuration at 360Learning: activate again, or put it back"
    )

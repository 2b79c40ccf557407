"""Edflex's own objects, under the Connect API's names, and the keys of its secret."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, StrictBool

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord, Word
from content_sync.fields.reading import Raw

_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def _subdomain(name: str) -> str:
    if not _SUBDOMAIN.fullmatch(name.lower()):
        raise ValueError(
            "must be the first part of the portal's address only: mycompany-portal for "
            "https://mycompany-portal.edflex.com"
        )
    return name.lower()


class EdflexSettings(IntegrationSettings):
    """`<prefix>/integrations/edflex/<integration>`."""

    client_id: SecretWord
    client_secret: SecretWord
    organization_name: Annotated[Word, AfterValidator(_subdomain)]
    sync_tags: StrictBool = False
    api_url: HttpsUrl | None = None

    @property
    def base_url(self) -> str:
        """The portal's address."""
        return self.api_url or f"https://{self.organization_name}.edflex.com"


class Resource(Raw):
    """An object of `/connect/v1/resources`; its content type is in the attributes."""

    id: Any = None
    attributes: Any = None


class LearningActivity(Raw):
    """An object of `/connect/v1/learning-activities` (assumed: reference, section 5)."""

    attributes: Any = None

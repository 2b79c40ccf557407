"""Edflex's own objects, under the Connect API's names, and the keys of its secret."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from content_sync.fields import (
    Duration,
    Html,
    HttpsUrl,
    Id,
    Instant,
    LocalizedText,
    Many,
    ManyOrNone,
    Number,
    Raw,
    Text,
)
from content_sync.settings import IntegrationSettings, SecretWord, ServiceUrl, Word

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

    client_id: SecretWord = Field(description="the client id of the API credentials")
    client_secret: SecretWord = Field(description="their secret")
    organization_name: Annotated[Word, AfterValidator(_subdomain)] = Field(
        description="the first part of the portal's address only, no URL"
    )
    sync_tags: StrictBool = Field(
        False,
        description=(
            "`true` makes tags of the categories; tags added by hand are then deleted at the next "
            "run"
        ),
    )
    api_url: ServiceUrl | None = Field(
        None, description="the API's address, if not https://<organization_name>.edflex.com"
    )

    @property
    def base_url(self) -> str:
        """Return the portal's address."""
        return self.api_url or f"https://{self.organization_name}.edflex.com"

    @property
    def syncs_tags(self) -> bool:
        """Tell whether the portal's categories become tags."""
        return self.sync_tags


class Named(Raw):
    """A creator or a platform."""

    name: Text = None


class CategoryAttributes(Raw):
    """What a category is called; its name may come in several languages."""

    name: LocalizedText = None
    title: LocalizedText = None


class Category(CategoryAttributes):
    """A category, plain or as an object of JSON:API."""

    attributes: CategoryAttributes = CategoryAttributes()

    @property
    def label(self) -> str | None:
        """Return its name, wherever it stands."""
        inner = self.attributes
        return self.name or self.title or inner.name or inner.title


class Person(Raw):
    """An author or a learner."""

    fullName: Text = None
    email: Text = None


class Image(Raw):
    """An image in several sizes."""

    smallUrl: HttpsUrl = None
    mediumUrl: HttpsUrl = None
    bigUrl: HttpsUrl = None


class ResourceAttributes(Raw):
    """What a resource is."""

    title: Text = None
    type: Text = None
    url: Text = None
    language: Text = None
    difficulty: Id = None
    duration: Duration = None
    description: Html = None
    syllabus: Html = None
    status: Text = None
    author: Person = Person()
    authors: Many[Person] = ()
    creator: Named = Named()
    platform: Named = Named()
    categories: ManyOrNone[Category] = None
    image: Image = Image()


class Resource(Raw):
    """An object of `/connect/v1/resources`; its content type is in the attributes."""

    id: Id = None
    attributes: ResourceAttributes = ResourceAttributes()


class ActivityAttributes(Raw):
    """What a learner did."""

    user: Person = Person()
    contentId: Id = None
    status: Text = None
    firstActivityAt: Instant = None
    lastActivityAt: Instant = None
    completedAt: Instant = None
    timeSpent: Number = None  # milliseconds


class LearningActivity(Raw):
    """An object of `/connect/v1/learning-activities`, an endpoint that is not public: assumed."""

    attributes: ActivityAttributes = ActivityAttributes()

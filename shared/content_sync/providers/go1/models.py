"""Go1's own objects, under API v2's names, and the keys of its secret."""

from typing import Annotated, Any

from pydantic import Field

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord
from content_sync.values import AsObject, AsObjects, Identifier, Number, Raw, Text


class Go1Settings(IntegrationSettings):
    """`<prefix>/integrations/go1/<integration>`."""

    client_id: SecretWord
    client_secret: SecretWord
    portal_url: HttpsUrl | None = None
    api_url: HttpsUrl = "https://api.go1.com/v2"
    token_url: HttpsUrl = "https://auth.go1.com/oauth/token"  # noqa: S105


class Delivery(Raw):
    """How a learning object is delivered; `duration` in minutes."""

    duration: Number = None


class ContentProvider(Raw):
    """Who publishes a learning object."""

    name: Text = None
    logo: Text = None


class Author(Raw):
    """One author."""

    name: Text = None


class Topic(Raw):
    """One topic."""

    value: Text = None


class Attributes(Raw):
    """What a learning object is about."""

    topics: Annotated[list[Topic], AsObjects] = []


class LearningObject(Raw):
    """A hit of `GET /learning-objects`."""

    id: Identifier = None
    type: Text = None
    title: Text = None
    description: Text = None
    image: Text = None
    language: Text = None
    published: Any = None
    updated_time: Any = None
    delivery: Annotated[Delivery, AsObject] = Delivery()
    provider: Annotated[ContentProvider, AsObject] = ContentProvider()
    authors: Annotated[list[Author], AsObjects] = []
    attributes: Annotated[Attributes, AsObject] = Attributes()


class Enrollment(Raw):
    """A hit of `GET /enrollments`, joined with its learner's address."""

    lo_id: Identifier = None
    user_id: Identifier = None
    status: Text = None
    passed: Any = Field(None, alias="pass")
    created_time: Any = None
    updated_time: Any = None
    email: Text = None

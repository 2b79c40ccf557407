"""Go1's own objects, under API v2's names, and the keys of its secret."""

from typing import Any

from pydantic import Field

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord
from content_sync.fields.reading import Raw


class Go1Settings(IntegrationSettings):
    """`<prefix>/integrations/go1/<integration>`."""

    client_id: SecretWord
    client_secret: SecretWord
    portal_url: HttpsUrl | None = None
    api_url: HttpsUrl = "https://api.go1.com/v2"
    token_url: HttpsUrl = "https://auth.go1.com/oauth/token"  # noqa: S105


class LearningObject(Raw):
    """A hit of `GET /learning-objects`."""

    id: Any = None
    type: Any = None
    title: Any = None
    description: Any = None
    image: Any = None
    language: Any = None
    published: Any = None
    updated_time: Any = None
    delivery: Any = None  # {"duration": minutes}
    provider: Any = None  # {"name", "logo"}
    authors: Any = None  # [{"name"}]
    attributes: Any = None  # {"topics": [{"value"}]}


class Enrollment(Raw):
    """A hit of `GET /enrollments`, joined with its learner's address."""

    lo_id: Any = None
    user_id: Any = None
    status: Any = None
    passed: Any = Field(None, alias="pass")
    created_time: Any = None
    updated_time: Any = None
    email: Any = None

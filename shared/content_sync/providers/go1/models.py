"""Go1's own objects, under API v2's names, and the keys of its secret."""

from pydantic import Field

from content_sync.fields import Flag, Html, HttpsUrl, Id, Instant, Many, Number, Raw, Text
from content_sync.settings import IntegrationSettings, SecretWord, ServiceUrl


class Go1Settings(IntegrationSettings):
    """`<prefix>/integrations/go1/<integration>`."""

    client_id: SecretWord = Field(description="the client id of the Go1 integration")
    client_secret: SecretWord = Field(description="its secret")
    portal_url: ServiceUrl | None = Field(
        None, description="where learners play: `/play/<id>` is appended; else asked from Go1"
    )
    api_url: ServiceUrl = Field("https://api.go1.com/v2", description="the API's address")
    token_url: ServiceUrl = Field(
        "https://auth.go1.com/oauth/token", description="where access tokens come from"
    )


class Named(Raw):
    """An author or a publisher."""

    name: Text = None
    logo: HttpsUrl = None


class Delivery(Raw):
    """How a learning object is taken."""

    duration: Number = None  # minutes


class Topic(Raw):
    """A topic of the library."""

    value: Text = None


class Attributes(Raw):
    """What the library says of a learning object."""

    topics: Many[Topic] = ()


class LearningObject(Raw):
    """A hit of `GET /learning-objects`, joined with the portal's address."""

    id: Id = None
    type: Text = None
    title: Text = None
    description: Html = None
    image: HttpsUrl = None
    language: Text = None
    published: Flag = None
    updated_time: Instant = None
    delivery: Delivery = Delivery()
    provider: Named = Named()
    authors: Many[Named] = ()
    attributes: Attributes = Attributes()
    portal_url: Text = None


class Enrollment(Raw):
    """A hit of `GET /enrollments`, joined with its learner's address."""

    lo_id: Id = None
    status: Text = None
    passed: Flag = Field(None, alias="pass")
    created_time: Instant = None
    updated_time: Instant = None
    email: Text = None

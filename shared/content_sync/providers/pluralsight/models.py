"""Pluralsight's own objects, under its GraphQL names, and the keys of its secret."""

from pydantic import Field

from content_sync.fields import Instant, Number, Raw, Text
from content_sync.settings import IntegrationSettings, Language, SecretWord, ServiceUrl


class PluralsightSettings(IntegrationSettings):
    """`<prefix>/integrations/pluralsight/<integration>`."""

    api_key: SecretWord = Field(description="the GraphQL API key")
    api_url: ServiceUrl = Field(
        "https://paas-api.pluralsight.com/graphql", description="the GraphQL endpoint"
    )
    default_language: Language | None = Field(
        None, description="no effect here: every Pluralsight course is sent as `en`"
    )


class Status(Raw):
    """A course's status."""

    name: Text = None


class User(Raw):
    """A learner."""

    email: Text = None


class CourseReference(Raw):
    """A course, from a learner's progress."""

    slug: Text = None


class CatalogCourse(Raw):
    """A node of `courseCatalog`, joined with the static image that all courses carry."""

    slug: Text = None
    title: Text = None
    description: Text = None
    courseSeconds: Number = None
    displayDate: Instant = None
    courseStatus: Status = Status()
    imageUrl: Text = None


class CourseProgress(Raw):
    """A node of `courseProgress`, and of `courseDailyUsage` what the API keeps there.

    `usageSeconds` and `usageDate` are the sum and the latest of the learner's daily usage.
    """

    user: User = User()
    course: CourseReference = CourseReference()
    percentComplete: Number = None
    completedOn: Instant = None
    firstViewedClipOn: Instant = None
    clipViewSeconds: Number = None
    rollupDate: Instant = None
    totalWatchedSeconds: Number = None
    lastViewedClipOn: Instant = None
    usageSeconds: Number = None
    usageDate: Instant = None

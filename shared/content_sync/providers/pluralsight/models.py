"""Pluralsight's own objects, under its GraphQL names, and the keys of its secret."""

from typing import Any

from content_sync.settings import HttpsUrl, IntegrationSettings, SecretWord
from content_sync.fields.reading import Raw


class PluralsightSettings(IntegrationSettings):
    """`<prefix>/integrations/pluralsight/<integration>`."""

    api_key: SecretWord
    api_url: HttpsUrl = "https://paas-api.pluralsight.com/graphql"


class CatalogCourse(Raw):
    """A node of `courseCatalog`."""

    slug: Any = None
    title: Any = None
    description: Any = None
    courseSeconds: Any = None
    displayDate: Any = None
    courseStatus: Any = None  # {"name"}


class CourseProgress(Raw):
    """A node of `courseProgress`, and of `courseDailyUsage` what the API keeps there.

    `usageSeconds` and `usageDate` are the sum and the latest of the learner's daily usage.
    """

    user: Any = None  # {"email"}
    course: Any = None  # {"slug"}
    percentComplete: Any = None
    completedOn: Any = None
    firstViewedClipOn: Any = None
    clipViewSeconds: Any = None
    rollupDate: Any = None
    totalWatchedSeconds: Any = None
    lastViewedClipOn: Any = None
    usageSeconds: Any = None
    usageDate: Any = None

"""Pluralsight Skills, by its GraphQL API."""

from content_sync.providers.base import Provider
from content_sync.providers.pluralsight.api import PluralsightApi
from content_sync.providers.pluralsight.mapping import to_course, to_statistic
from content_sync.providers.pluralsight.models import PluralsightSettings

PLURALSIGHT = Provider(
    name="pluralsight",
    display_name="Pluralsight",
    settings=PluralsightSettings,
    api=PluralsightApi,
    to_course=to_course,
    to_statistic=to_statistic,
)

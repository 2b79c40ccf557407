"""OpenClassrooms, by its documented API."""

from content_sync.providers.base import Provider
from content_sync.providers.openclassrooms.api import OpenClassroomsApi
from content_sync.providers.openclassrooms.mapping import to_course, to_statistic
from content_sync.providers.openclassrooms.models import OpenClassroomsSettings

OPENCLASSROOMS = Provider(
    name="openclassrooms",
    display_name="OpenClassrooms",
    settings=OpenClassroomsSettings,
    api=OpenClassroomsApi,
    to_course=to_course,
    to_statistic=to_statistic,
)

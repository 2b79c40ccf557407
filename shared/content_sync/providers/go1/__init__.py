"""Go1: "My Library" and its learners' enrollments, by API v2."""

from content_sync.providers.base import Provider
from content_sync.providers.go1.api import Go1Api
from content_sync.providers.go1.mapping import to_course, to_statistic
from content_sync.providers.go1.models import Go1Settings

GO1 = Provider(
    name="go1",
    display_name="Go1",
    settings=Go1Settings,
    api=Go1Api,
    to_course=to_course,
    to_statistic=to_statistic,
)

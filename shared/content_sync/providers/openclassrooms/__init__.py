"""OpenClassrooms, by its documented API."""

from content_sync.providers.base import Provider
from content_sync.providers.openclassrooms.api import OpenClassroomsApi
from content_sync.providers.openclassrooms.mapping import to_course, to_statistic
from content_sync.providers.openclassrooms.models import (
    CourseDetail,
    FollowedCourse,
    OpenClassroomsSettings,
)
from content_sync.providers.schedule import FIXED, daily

OPENCLASSROOMS = Provider(
    name="openclassrooms",
    display_name="OpenClassrooms",
    settings=OpenClassroomsSettings,
    api=OpenClassroomsApi,
    course=CourseDetail,
    to_course=to_course,
    statistic=FollowedCourse,
    to_statistic=to_statistic,
    # 360Learning's guide names no time for this one: after the others.
    schedules={"catalog": daily(FIXED, "09:15"), "stats": daily(FIXED, "09:30")},
)

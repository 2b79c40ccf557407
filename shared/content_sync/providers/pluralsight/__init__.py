"""Pluralsight Skills, by its GraphQL API."""

from content_sync.providers.base import Provider
from content_sync.providers.pluralsight.api import PluralsightApi
from content_sync.providers.pluralsight.mapping import to_course, to_statistic
from content_sync.providers.pluralsight.models import (
    CatalogCourse,
    CourseProgress,
    PluralsightSettings,
)
from content_sync.providers.schedule import FIXED, daily

PLURALSIGHT = Provider(
    name="pluralsight",
    display_name="Pluralsight",
    settings=PluralsightSettings,
    api=PluralsightApi,
    course=CatalogCourse,
    to_course=to_course,
    statistic=CourseProgress,
    to_statistic=to_statistic,
    schedules={"catalog": daily(FIXED, "08:15"), "stats": daily(FIXED, "08:30")},
    course_key="slug",
    row_key="course.slug",
    mail_keys=("user.email",),
)

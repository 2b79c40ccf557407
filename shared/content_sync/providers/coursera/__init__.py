"""Coursera for Business, by its enterprise API in both generations of access."""

from content_sync.providers.base import Provider
from content_sync.providers.coursera.api import CourseraApi
from content_sync.providers.coursera.mapping import to_course, to_statistic
from content_sync.providers.coursera.models import CourseraSettings

COURSERA = Provider(
    name="coursera",
    display_name="Coursera",
    settings=CourseraSettings,
    api=CourseraApi,
    to_course=to_course,
    to_statistic=to_statistic,
    # Seed 001: "we don't support course archiving through the integration".
    archives=False,
    # Reports lag by up to 48 hours (`reference/coursera.md`, fact 9).
    overlap_hours=72,
)

"""Coursera for Business, by its enterprise API in both generations of access."""

from content_sync.providers.base import Provider
from content_sync.providers.coursera.api import CourseraApi
from content_sync.providers.coursera.mapping import to_course, to_statistic
from content_sync.providers.coursera.models import Content, CourseraSettings, EnrollmentReport
from content_sync.providers.schedule import FIXED, daily

COURSERA = Provider(
    name="coursera",
    display_name="Coursera",
    settings=CourseraSettings,
    api=CourseraApi,
    course=Content,
    to_course=to_course,
    statistic=EnrollmentReport,
    to_statistic=to_statistic,
    schedules={"catalog": daily(FIXED, "08:45"), "stats": daily(FIXED, "09:00")},
    # 360Learning's guide: "we don't support course archiving through the integration".
    archives=False,
    filters_by_time=True,
    perishable=("refresh_token", 14),
    # Reports lag by up to 48 hours.
    overlap_hours=72,
    course_key="contentId",
    row_key="contentId",
    mail_keys=("email", "externalId"),
)

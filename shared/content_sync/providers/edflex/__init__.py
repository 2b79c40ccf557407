"""Edflex, by its Connect API v1."""

from content_sync.providers.base import Provider
from content_sync.providers.edflex.api import EdflexApi
from content_sync.providers.edflex.mapping import to_course, to_statistic
from content_sync.providers.edflex.models import EdflexSettings, LearningActivity, Resource
from content_sync.providers.schedule import FIXED, daily

EDFLEX = Provider(
    name="edflex",
    display_name="Edflex",
    settings=EdflexSettings,
    api=EdflexApi,
    course=Resource,
    to_course=to_course,
    statistic=LearningActivity,
    to_statistic=to_statistic,
    schedules={"catalog": daily(FIXED, "08:00"), "stats": daily(FIXED, "08:20")},
    # One resource may stand in several of a portal's catalogues.
    repeats_courses=True,
    filters_by_time=True,
    row_key="attributes.contentId",
    mail_keys=("attributes.user.email",),
)

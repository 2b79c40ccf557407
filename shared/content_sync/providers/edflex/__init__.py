"""Edflex, by its Connect API v1."""

from content_sync.providers.base import Provider
from content_sync.providers.edflex.api import EdflexApi
from content_sync.providers.edflex.mapping import to_course, to_statistic
from content_sync.providers.edflex.models import EdflexSettings

EDFLEX = Provider(
    name="edflex",
    display_name="Edflex",
    settings=EdflexSettings,
    api=EdflexApi,
    to_course=to_course,
    to_statistic=to_statistic,
    # One resource may stand in several of a portal's catalogues.
    repeats_courses=True,
)

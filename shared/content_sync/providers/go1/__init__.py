"""Go1: "My Library" and its learners' enrollments, by API v2."""

from content_sync.providers.base import Launch, Provider
from content_sync.providers.go1.api import Go1Api
from content_sync.providers.go1.mapping import to_course, to_statistic
from content_sync.providers.go1.models import Enrollment, Go1Settings, LearningObject
from content_sync.providers.schedule import PARIS, daily

GO1 = Provider(
    name="go1",
    display_name="Go1",
    settings=Go1Settings,
    api=Go1Api,
    course=LearningObject,
    to_course=to_course,
    statistic=Enrollment,
    to_statistic=to_statistic,
    # As 360Learning's own connector does: Go1 says when a learner is done.
    launch=Launch(completes=False, progress=50),
    schedules={"catalog": daily(PARIS, "07:40"), "stats": daily(PARIS, "08:00", "13:00", "20:00")},
    row_key="lo_id",
)

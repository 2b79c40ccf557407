"""All endpoints of the platform, by subject."""

from collections.abc import Iterable

from aiohttp import web

from sandbox.learning360.attempts import Attempts
from sandbox.learning360.bulk import Bulk
from sandbox.learning360.configurations import Configurations
from sandbox.learning360.courses import Courses
from sandbox.learning360.people import People
from sandbox.learning360.platform import Learning360

# `/courses/stats` before `/courses/{id}`: the first route that fits is taken.
SUBJECTS = (Configurations, Attempts, Courses, People, Bulk)


def routes(platform: Learning360) -> Iterable[web.RouteDef]:
    """Return the endpoints, without the prefix under which they are mounted."""
    yield web.post("/api/v2/oauth2/token", platform.token)
    for subject in SUBJECTS:
        yield from subject(platform).routes()

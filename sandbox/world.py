"""Generated data for the whole sandbox: from a seed, each provider by itself."""

import random
from dataclasses import dataclass

from sandbox.learning360 import Launches
from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox

LEARNERS_UNKNOWN = 0.08
# Of those who learn, so many start the course from 360Learning, too; some of them in a path.
STARTS = 0.4
IN_PATHS = 0.3
DAY = 86_400_000


@dataclass(frozen=True)
class World:
    """Ids that the secrets need.

    Attributes:
        group_id: The group that receives the content.
        author_id: Its author.
    """

    group_id: str
    author_id: str


def populate(sandbox: Sandbox, *, seed: int, courses: int, enrollments: int) -> World:
    """Fill a sandbox.

    Args:
        sandbox: An empty one.
        seed: The same seed makes the same data, whatever other providers there are.
        courses: How many learning objects each provider has.
        enrollments: How many statistics each provider has.
    """
    chance = random.Random(seed)
    platform = sandbox.learning360
    group_id = platform.add_group("Content")
    roles = [{"groupId": group_id, "role": "editor"}]
    world = World(group_id, platform.add_user("author@example.org", roles=roles))
    learners = [f"learner{number}@example.com" for number in range(1, max(enrollments // 8, 4) + 1)]
    for mail in learners:
        if chance.random() >= LEARNERS_UNKNOWN:
            platform.add_user(mail)
    for name, provider in PROVIDERS.items():
        own = random.Random(f"{seed} {name}")
        provider.populate(sandbox.services[name], own, courses, enrollments, learners)
    return world


def start_courses(sandbox: Sandbox, *, seed: int) -> int:
    """Let learners start courses from 360Learning, as they do, before and after they learned.

    Args:
        sandbox: One whose courses are synchronized already.
        seed: The same seed makes the same starts.

    Returns:
        How many courses were started.
    """
    platform = sandbox.learning360
    users = {user["mail"]: user["_id"] for user in platform.users.values() if user.get("mail")}
    courses = {
        (platform.integrations[course["integrationId"]]["externalPlatform"], external_id): course_id
        for (_, external_id), course_id in platform.course_ids.items()
        for course in [platform.courses[course_id]]
    }
    started = 0
    for name, provider in PROVIDERS.items():
        chance = random.Random(f"{seed} {name} starts")
        for row in provider.rows(sandbox.services[name]):
            if isinstance(row, str) or chance.random() >= STARTS:
                continue
            user_id = users.get(row.mail)
            course_id = courses.get((provider.display_name, row.course))
            if user_id is None or course_id is None:
                continue
            last = row.last if row.completed is None else row.completed
            at = chance.choice(
                (row.first - 3 * DAY, row.first, (row.first + last) // 2, last, last + 3 * DAY)
            )
            in_path = chance.random() < IN_PATHS
            path = (f"{1:024x}", f"{2:024x}") if in_path else None
            Launches(platform).start(course_id, user_id, at, path=path)
            started += 1
    return started

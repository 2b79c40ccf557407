"""Generated data for the whole sandbox: from a seed, each provider by itself."""

import random
from dataclasses import dataclass

from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox

LEARNERS_UNKNOWN = 0.08


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

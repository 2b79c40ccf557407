"""What tests of all layers say often."""

import time
from typing import Any

from sandbox.providers import PROVIDERS
from sandbox.providers.base import Tenant
from tests.house import House

GO1, EDFLEX, OPENCLASSROOMS, PLURALSIGHT, COURSERA = (
    PROVIDERS[name].tenant
    for name in ("go1", "edflex", "openclassrooms", "pluralsight", "coursera")
)
BULK = "/360learning/api/v2/bulk"


def fill(house: House, number: int = 12, tenant: Tenant = GO1) -> list[dict[str, Any]]:
    """Let a provider offer so many courses."""
    courses = [tenant.course(index, f"Course {index}") for index in range(number)]
    tenant.put(house.sandbox, courses)
    return courses


def at_home(house: House, number: int = 12) -> list[dict[str, Any]]:
    """Let Go1 be active and offer so many courses."""
    house.settle_in("go1")
    return fill(house, number)


def known(house: House, *mails: str) -> None:
    """Let these learners have an account at 360Learning."""
    for mail in mails:
        house.sandbox.learning360.add_user(mail)


def attempts(house: House) -> list[Any]:
    """What stands at 360Learning of all learners."""
    house.sandbox.learning360.advance()
    return [row for rows in house.sandbox.learning360.attempts.values() for row in rows]


def statuses(house: House) -> dict[str, str]:
    """The courses' statuses at 360Learning."""
    return {name: course["status"] for name, course in house.courses().items()}


def iso(milliseconds: int) -> str:
    """An instant as Go1 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(milliseconds / 1000))

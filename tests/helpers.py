"""What tests of all layers say often."""

import importlib
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from content_sync.errors import ContentSyncError
from sandbox.providers import PROVIDERS
from sandbox.providers.base import Tenant
from sandbox.service import Fault
from tests.house import TABLE, House

GO1, EDFLEX = PROVIDERS["go1"].tenant, PROVIDERS["edflex"].tenant
BULK = "/360learning/api/v2/bulk"


def fill(house: House, number: int = 12, tenant: Tenant = GO1) -> list[dict[str, Any]]:
    """Let a provider offer so many courses."""
    courses = [tenant.course(index, f"Course {index}") for index in range(number)]
    tenant.put(house.sandbox, courses)
    return courses


def at_home(house: House, number: int = 12, **settings: Any) -> list[dict[str, Any]]:
    """Let Go1 be active and offer so many courses."""
    house.settle_in("go1", **settings)
    return fill(house, number)


def at_once(tenant: Tenant) -> int:
    """Return how many pages of a provider's listing are asked for at once."""
    api = importlib.import_module(f"content_sync.providers.{tenant.name}.api")
    return int(getattr(api, "PARALLEL", 1))


def let_them_meet(house: House, tenant: Tenant) -> None:
    """Let answers take long until as many requests as are admitted are under way, then a little.

    Those that are sent at once so meet, however slow the machine is.
    """
    traffic = house.sandbox.traffic
    traffic.most_at_once.clear()
    traffic.latency = 0.3

    def come(_: object) -> None:
        if traffic.most_at_once[tenant.name] >= at_once(tenant):
            traffic.latency = 0.02

    traffic.faults.append(Fault(f" /{tenant.name}/", times=1_000_000, act=come))


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


def assert_errors_in_a_200_are_waited_out(house: House, tenant: Tenant, body: Any) -> None:
    """A 200 that carries errors is asked for again, and never taken for an empty catalogue."""
    house.settle_in(tenant.name)
    fill(house, 6, tenant)
    faults = house.sandbox.traffic.faults
    faults.append(Fault(tenant.listing, status=200, body=body, times=2))
    assert house.run(tenant.name, "catalog")["counts"]["created"] == 6
    faults.append(Fault(tenant.listing, status=200, body=body, times=1000))
    with pytest.raises(ContentSyncError, match="could not answer"):
        house.run(tenant.name, "catalog")
    assert set(statuses(house).values()) == {"published"}


def wipe(house: House, *prefixes: str) -> None:
    """Lose what the state table holds; without prefixes all of it."""
    dynamodb = boto3.client("dynamodb")
    for page in dynamodb.get_paginator("scan").paginate(TableName=TABLE):
        for item in page["Items"]:
            if not prefixes or item["sk"]["S"].startswith(prefixes):
                key = {"pk": item["pk"], "sk": item["sk"]}
                dynamodb.delete_item(TableName=TABLE, Key=key)


def platform_writes(house: House) -> int:
    """How many requests to 360Learning so far were to change something, logins and bulk aside."""
    counts = house.sandbox.traffic.counts
    return sum(counts[f"{method} 360learning"] for method in ("PUT", "PATCH", "DELETE"))


def facts(house: House, provider: str = "go1") -> dict[str, dict[str, Any]]:
    """What `check` says, by fact."""
    return {fact["fact"]: fact for fact in house.manage("check", provider)["facts"]}


def assert_repeated_statistics_end(
    house: House,
    tenant: Tenant,
    match: str,
    page: Callable[[list[Any], int], Any],
    *,
    ahead: int = 4,
) -> None:
    """A listing that begins again for ever is read no further, which is said.

    Args:
        house: Where it is read.
        tenant: Whose it is.
        match: The requests for its pages.
        page: An answer, from the rows and its number: always with a way to a next one.
        ahead: How many pages may be asked for before one is looked at: two threads follow one
            another, and each has one that is ready and one under way.
    """
    house.settle_in(tenant.name)
    fill(house, 3, tenant)
    house.run(tenant.name, "catalog")
    known(house, "learner@example.com")
    rows = [tenant.row("learner@example.com", tenant.external_id(number)) for number in range(3)]
    tenant.put_rows(house.sandbox, rows)
    pages = [Fault(match, status=200, body=page(rows, number)) for number in range(1, 30)]
    house.sandbox.traffic.faults += pages
    report = house.run(tenant.name, "stats")
    assert (report["status"], report["counts"]["read"], report["counts"]["sent"]) == (
        "partial", 3, 3,
    )  # fmt: skip
    (problem,) = (one for one in report["problems"] if one["reason"] == "incomplete_crawl")
    assert "the same page again" in problem["message"]
    assert 4 <= [page.times for page in pages].count(0) <= 4 + ahead
    assert "mark#watermark" not in house.table_text()
    house.sandbox.traffic.faults.clear()
    assert house.run(tenant.name, "stats")["status"] == "succeeded"


def set_runs_clock(patch: pytest.MonkeyPatch, now: Callable[[], int]) -> None:
    """Let runs take another time for the present, in milliseconds."""
    for module in ("execute", "execution", "unfinished"):
        patch.setattr(f"content_sync.sync.{module}.now", now)

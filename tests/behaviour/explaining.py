"""What tests of `explain` say often."""

from typing import Any

import boto3

from content_sync.lifecycle.explain.rules import RULES
from sandbox.providers.base import Tenant
from tests.behaviour.learning import MAIL
from tests.helpers import GO1, platform_writes
from tests.house import House


def explain(house: House, tenant: Tenant = GO1, **about: Any) -> Any:
    """Explain, and see that nothing was written anywhere and no address is told."""
    before = everything(house)
    answer = house.manage("explain", tenant.name, **about)
    assert everything(house) == before
    assert MAIL not in str(answer)
    return answer


def everything(house: House) -> Any:
    """All that anything could be written to: the table, the secrets, the platform."""
    client = boto3.client("secretsmanager")
    secrets = [
        (one["Name"], client.get_secret_value(SecretId=one["Name"])["VersionId"])
        for one in client.list_secrets()["SecretList"]
    ]
    platform = house.sandbox.learning360
    made = len(platform.operations), len(platform.tags), len(platform.integrations)
    return house.table_text(), secrets, platform_writes(house), made


def assert_judged(
    house: House, tenant: Tenant, change: dict[str, Any], verdict: str, reason: str
) -> None:
    """A course that is changed so, and never sent, is judged so, and the rule is named."""
    tenant.put(house.sandbox, [{**tenant.course(1, "One"), **change}])
    answer = explain(house, tenant, course=tenant.external_id(1))
    judgement = answer["course"]["judgement"]
    assert (judgement["verdict"], judgement["reason"]) == (verdict, reason)
    assert judgement["rule"] == RULES[reason]
    assert answer["why"].startswith("It is not at 360Learning: ")

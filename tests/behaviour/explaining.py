"""What tests of `explain` say often."""

from typing import Any

from content_sync.lifecycle.explain.rules import RULES
from sandbox.providers.base import Tenant
from tests.behaviour.learning import MAIL
from tests.house import House


def explain(house: House, tenant: Tenant, **about: Any) -> Any:
    """Explain, and see that nothing was written anywhere and no address is told."""
    state, operations = house.table_text(), house.operations()
    writes = writing_calls(house)
    answer = house.manage("explain", tenant.name, **about)
    assert (house.table_text(), house.operations(), writing_calls(house)) == (
        state,
        operations,
        writes,
    )
    assert MAIL not in str(answer)
    return answer


def writing_calls(house: House) -> int:
    counts = house.sandbox.traffic.counts
    return sum(counts[f"{method} 360learning"] for method in ("PUT", "PATCH", "DELETE"))


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

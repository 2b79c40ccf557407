"""`explain`, for all providers: right for each verdict, by id where the API can."""

from typing import Any

from content_sync.masking import mask
from sandbox.providers.base import Tenant, changed
from tests.behaviour.explaining import explain
from tests.conformance.test_statistics import MAIL, ready
from tests.helpers import known
from tests.house import House


def verdict(answer: Any) -> tuple[str, str]:
    course = answer["course"]
    standing = course["at_360learning"]
    return course["judgement"]["verdict"], standing["status"] if standing else ""


def test_a_course_through_its_life(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    raw = [tenant.course(number, f"Course {number}") for number in (*range(10), 20)]
    name, new = tenant.external_id(2), tenant.external_id(20)
    tenant.put(at_home.sandbox, raw)
    answer = explain(at_home, tenant, course=name)
    assert verdict(answer) == ("offered", "published")
    assert answer["course"]["provider"]["listed"] is True
    assert "Course 2" in str(answer["course"]["provider"]["says"])
    assert answer["why"].startswith("It is published at 360Learning: ")
    assert answer["why"].endswith("offers it, and it was sent as it is.")

    answer = explain(at_home, tenant, course=new)
    assert verdict(answer) == ("offered", "")
    assert answer["why"].startswith("It is not at 360Learning: ")
    assert "the next catalogue run creates it" in answer["why"]

    tenant.put(at_home.sandbox, [*raw[:2], changed(raw[2], tenant.title, "Anew"), *raw[3:]])
    answer = explain(at_home, tenant, course=name)
    assert answer["course"]["ledger"]["up_to_date"] is False
    assert "the next catalogue run updates it" in answer["why"]

    tenant.put(at_home.sandbox, [*raw[:2], changed(raw[2], tenant.title, None), *raw[3:]])
    answer = explain(at_home, tenant, course=name)
    assert verdict(answer) == ("invalid", "published")
    assert "has no title" in answer["why"]
    assert "what was sent before stays" in answer["why"]

    tenant.put(at_home.sandbox, [*raw[:2], *raw[3:]])
    answer = explain(at_home, tenant, course=name)
    assert verdict(answer) == ("not_listed", "published")
    if not tenant.archives:
        assert "never archived" in answer["why"]
        return
    assert "the next catalogue run archives it" in answer["why"]
    at_home.run(tenant.name, "catalog")
    answer = explain(at_home, tenant, course=name)
    assert verdict(answer) == ("not_listed", "archived")
    assert "so that it was archived" in answer["why"]
    tenant.put(at_home.sandbox, raw)
    answer = explain(at_home, tenant, course=name)
    assert "the next catalogue run restores it" in answer["why"]


def test_a_withdrawn_course(at_home: House, tenant: Tenant) -> None:
    if tenant.withdrawn is None:
        return
    ready(at_home, tenant)
    raw = [tenant.course(number, f"Course {number}") for number in (*range(10), 20)]
    sent, never = tenant.external_id(2), tenant.external_id(20)
    retired = [tenant.withdrawn(raw[number]) for number in (2, 10)]
    tenant.put(at_home.sandbox, [*raw[:2], *retired, *raw[3:10]])
    answer = explain(at_home, tenant, course=sent)
    assert verdict(answer) == ("withdrawn", "published")
    assert "the next catalogue run archives it" in answer["why"]
    answer = explain(at_home, tenant, course=never)
    assert verdict(answer) == ("withdrawn", "")
    assert "it was never sent" in answer["why"]
    assert answer["course"]["judgement"]["rule"] in answer["why"]


def test_a_learner_s_progress(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    name = tenant.external_id(3)
    about = {"course": name, "learner": MAIL.upper()}
    answer = explain(at_home, tenant, **about)
    assert answer["progress"]["verdict"] == "nothing"

    tenant.put_rows(at_home.sandbox, [tenant.row(MAIL, name)])
    answer = explain(at_home, tenant, **about)
    assert answer["learner"]["learner"] == mask(MAIL)
    assert answer["progress"]["verdict"] == "due"
    assert "was not sent yet" in answer["why"]

    at_home.run(tenant.name, "stats")
    answer = explain(at_home, tenant, **about)
    assert answer["progress"]["verdict"] == "shown"
    assert answer["why"] == f"360Learning shows 100 %, as {answer_name(answer)} says."
    assert [one["progress"] for one in answer["progress"]["at_360learning"]] == [100]
    assert answer["progress"]["judgement"][0]["time_spent_ms"] == tenant.time_spent

    unknown = {"course": tenant.external_id(90), "learner": MAIL}
    tenant.put_rows(at_home.sandbox, [tenant.row(MAIL, unknown["course"])])
    answer = explain(at_home, tenant, **unknown)
    assert answer["progress"]["verdict"] == "unknown_course"
    assert "It is not at 360Learning" in answer["why"]

    tenant.put_rows(at_home.sandbox, [])
    answer = explain(at_home, tenant, **about)
    assert answer["progress"]["verdict"] == "not_returned"
    assert "100 % were sent, and stay" in answer["why"]


def answer_name(answer: Any) -> str:
    return str(answer["learner"]["why"]).split(" returns")[0]


def test_a_learner_whom_360learning_does_not_know(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    name, other = tenant.external_id(3), "somebody.else@example.com"
    tenant.put_rows(at_home.sandbox, [tenant.row(other, name)])
    at_home.run(tenant.name, "stats")
    known(at_home, "somebody.else@example.org", "somebody.elsa@example.com")
    answer = explain(at_home, tenant, course=name, learner=other)
    assert answer["progress"]["verdict"] == "parked"
    assert answer["why"].startswith("360Learning refused it since ")
    assert "another domain, another way of writing it" in answer["why"]
    near = answer["learner"]["at_360learning"]["near_misses"]
    assert [one["mail"] for one in near] == ["s***@example.org", "s***@example.com"]
    assert other not in str(answer)

    answer = explain(at_home, tenant, learner=other)
    assert [one["verdict"] for one in answer["courses"]] == ["parked"]
    assert "1 course waits" in answer["why"]

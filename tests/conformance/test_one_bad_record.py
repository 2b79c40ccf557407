"""One bad record is one bad record: whatever it is, everything else goes through."""

from collections.abc import Callable
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from content_sync.providers.registry import PROVIDERS
from sandbox.providers import PROVIDERS as SANDBOX
from sandbox.providers.base import Tenant, changed
from sandbox.service import Fault
from tests.helpers import attempts, known, statuses
from tests.house import House

BAD = 3
MANY = 8
HALF_AN_EMOJI = "So much fun \ud83d"


def fill(house: House, tenant: Tenant) -> list[dict[str, Any]]:
    courses = [tenant.course(number, f"Course {number}") for number in range(MANY)]
    tenant.put(house.sandbox, courses)
    return courses


def raising_on(judge: Callable[[Any], Any], text: str) -> Callable[[Any], Any]:
    def judged(raw: Any) -> Any:
        if text in str(raw):
            raise ArithmeticError(text)
        return judge(raw)

    return judged


def test_a_course_whose_mapping_raises(
    at_home: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    record = PROVIDERS[tenant.name]
    bad = changed(tenant.course(BAD, "Bad course"), tenant.title, "Bad course")
    courses = [tenant.course(number, f"New {number}") for number in range(MANY)]
    tenant.put(at_home.sandbox, [*courses[:BAD], bad, *courses[BAD + 1 :]])
    monkeypatch.setitem(record.__dict__, "to_course", raising_on(record.to_course, "Bad course"))
    report = at_home.run(tenant.name, "catalog")
    assert (report["status"], report["counts"]["invalid"]) == ("succeeded", 1)
    assert report["counts"]["updated"] == MANY - 1
    (problem,) = report["problems"]
    assert (problem["external_id"], problem["reason"]) == (tenant.external_id(BAD), "unreadable")
    assert set(statuses(at_home).values()) == {"published"}


def test_a_course_of_which_not_even_the_id_can_be_read(
    at_home: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    record = PROVIDERS[tenant.name]
    monkeypatch.setitem(record.__dict__, "course_key", "no_such_field")
    monkeypatch.setitem(record.__dict__, "to_course", raising_on(record.to_course, "Course 3"))
    report = at_home.run(tenant.name, "catalog", allow_archives=100)
    assert (report["status"], report["counts"]["archived"]) == ("partial", 0)
    assert "incomplete_crawl" in report["reasons"]
    assert set(statuses(at_home).values()) == {"published"}


def test_half_an_emoji(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    courses[BAD] = changed(courses[BAD], tenant.title, HALF_AN_EMOJI)
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    assert (report["status"], report["counts"]["created"]) == ("succeeded", MANY)
    item = at_home.courses()[tenant.external_id(BAD)]["item"]
    assert item["name"] == "So much fun \ufffd"


def test_a_statistic_whose_mapping_raises(
    at_home: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    mails = [f"learner{number}@example.com" for number in range(3)]
    known(at_home, *mails)
    tenant.put_rows(at_home.sandbox, [tenant.row(mail, tenant.external_id(1)) for mail in mails])
    record = PROVIDERS[tenant.name]
    judge = raising_on(record.to_statistic, mails[1])
    monkeypatch.setitem(record.__dict__, "to_statistic", judge)
    report = at_home.run(tenant.name, "stats")
    assert (report["counts"]["invalid"], report["counts"]["sent"]) == (1, 2)
    assert report["reasons"] == {"unreadable": 1}
    assert report["problems"][0]["external_id"] == tenant.external_id(1)
    assert "@" not in report["problems"][0]["message"]


def test_a_course_and_a_statistic_that_360learning_refuses(at_home: House, tenant: Tenant) -> None:
    bad = tenant.external_id(BAD)
    at_home.sandbox.learning360.failing_items[bad] = "an administrator's word"
    fill(at_home, tenant)
    report = at_home.run(tenant.name, "catalog")
    assert (report["counts"]["created"], report["counts"]["failed"]) == (MANY - 1, 1)
    assert report["reasons"] == {"course_refused": 1}
    del at_home.sandbox.learning360.failing_items[bad]
    assert at_home.run(tenant.name, "catalog")["counts"]["created"] == 1
    known(at_home, "known@example.com")
    tenant.put_rows(
        at_home.sandbox,
        [
            tenant.row("known@example.com", tenant.external_id(1)),
            tenant.row("unknown@example.com", tenant.external_id(1)),
        ],
    )
    report = at_home.run(tenant.name, "stats")
    assert (report["counts"]["sent"], report["counts"]["parked"]) == (1, 1)
    assert len(attempts(at_home)) == 1


def test_an_archive_that_is_refused(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    at_home.sandbox.learning360.failing_items[tenant.external_id(BAD)] = "not now"
    tenant.put(at_home.sandbox, courses[:2])
    report = at_home.run(tenant.name, "catalog", allow_archives=100)
    archived = (MANY - 3, {"archive_refused": 1}) if tenant.archives else (0, {})
    assert (report["counts"]["archived"], report["reasons"]) == archived
    assert statuses(at_home)[tenant.external_id(BAD)] == "published"


@pytest.mark.parametrize("body", [{}, {"error": {"code": "courseNotFound"}}])
def test_a_restore_of_a_course_that_was_deleted_by_hand(
    at_home: House, tenant: Tenant, body: dict[str, Any]
) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, courses[:-2])
    archived = at_home.run(tenant.name, "catalog")["counts"]["archived"]
    if not tenant.archives:
        assert archived == 0
        return
    assert archived == 2
    tenant.put(at_home.sandbox, courses)
    gone = at_home.courses()[tenant.external_id(MANY - 2)]["_id"]
    at_home.sandbox.traffic.faults.append(
        Fault(f"courses/{gone}/archive", status=404, body=body, times=1000)
    )
    report = at_home.run(tenant.name, "catalog")
    assert (report["status"], report["counts"]["restored"]) == ("partial", 1)
    assert report["counts"]["failed"] == 1
    assert report["reasons"] == {"restore_refused": 1}


@pytest.mark.parametrize("kind", ["catalog", "stats"])
def test_nothing_usable_is_not_success(at_home: House, tenant: Tenant, kind: str) -> None:
    fill(at_home, tenant)
    if kind == "catalog":
        # All of them have lost their titles.
        courses = [changed(course, tenant.title, None) for course in fill(at_home, tenant)]
        tenant.put(at_home.sandbox, courses)
        cause = "missing_title"
    else:
        at_home.run(tenant.name, "catalog")
        rows = [tenant.row("a@example.com", tenant.external_id(MANY + index)) for index in range(3)]
        tenant.put_rows(at_home.sandbox, rows)
        cause = "unknown_course"
    report = at_home.run(tenant.name, kind)
    assert report["status"] == "partial"
    (problem,) = [one for one in report["problems"] if one["reason"] == "nothing_usable"]
    assert cause in problem["message"]
    assert problem["external_id"] in problem["message"]
    assert problem["external_id"]
    assert "mark#watermark" not in at_home.table_text()


def test_an_id_that_is_too_long(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    record = PROVIDERS[tenant.name]
    long = changed(courses[BAD], (record.course_key,), "x" * 600)
    tenant.put(at_home.sandbox, [*courses[:BAD], long, *courses[BAD + 1 :]])
    report = at_home.run(tenant.name, "catalog")
    assert (report["counts"]["created"], report["counts"]["invalid"]) == (MANY - 1, 1)
    assert report["reasons"] == {"long_external_id": 1}


def test_a_few_rows_of_unknown_courses_are_nothing_to_wonder_at(
    at_home: House, tenant: Tenant
) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    rows = [tenant.row("a@example.com", tenant.external_id(MANY))]
    tenant.put_rows(at_home.sandbox, rows)
    since = {"since": "2020-01-01T00:00:00Z"}
    assert at_home.run(tenant.name, "stats", **since)["status"] == "succeeded"


def learners_who_answer(
    house: House, tenant: Tenant, path: Callable[[int], str], status: int, *which: int
) -> dict[str, Any]:
    """A statistics run in which some of four learners' own endpoints answer so."""
    fill(house, tenant)
    house.run(tenant.name, "catalog")
    mails = [f"learner{number}@example.com" for number in range(4)]
    known(house, *mails)
    rows = [tenant.row(mail, tenant.external_id(1)) for mail in mails]
    tenant.put_rows(house.sandbox, rows)
    for number in which:
        house.sandbox.traffic.faults.append(Fault(path(number), status=status, body={}, times=1000))
    report: dict[str, Any] = house.run(tenant.name, "stats")
    return report


@pytest.mark.parametrize("status", [403, 404, 410, 500])
def test_a_learner_of_openclassrooms(
    house: House, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    tenant = SANDBOX["openclassrooms"].tenant
    house.settle_in("openclassrooms")
    report = learners_who_answer(
        house, tenant, lambda number: f"users/{12_000 + number}/followed", status, 1
    )
    assert (report["status"], report["counts"]["sent"]) == ("partial", 3)
    assert report["reasons"] == {"learner_unreadable": 1, "incomplete_crawl": 1}
    (problem,) = [one for one in report["problems"] if one["reason"] == "learner_unreadable"]
    assert problem["learner"] == "l***@example.com"
    assert "mark#watermark" not in house.table_text()
    house.sandbox.traffic.faults.clear()
    assert house.run("openclassrooms", "stats")["counts"]["sent"] == 1


def test_most_learners_of_openclassrooms(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in("openclassrooms")
    tenant = SANDBOX["openclassrooms"].tenant
    with pytest.raises(ContentSyncError, match="denies"):
        learners_who_answer(
            house, tenant, lambda number: f"users/{12_000 + number}/followed", 403, 0, 1, 2
        )


def test_the_only_user_of_go1_who_is_looked_up(house: House) -> None:
    house.settle_in("go1")
    tenant = SANDBOX["go1"].tenant
    fill(house, tenant)
    house.run("go1", "catalog")
    known(house, "known@example.com")
    gone = {**tenant.row("gone@example.com", tenant.external_id(1)), "user_id": 999}
    tenant.put_rows(house.sandbox, [tenant.row("known@example.com", tenant.external_id(1)), gone])
    for user in [
        one
        for one, user in house.sandbox.services["go1"].users.items()
        if user["email"] == "gone@example.com"
    ]:
        del house.sandbox.services["go1"].users[user]
    house.sandbox.services["go1"].enrollments[-1]["user_id"] = 999
    house.sandbox.traffic.faults.append(Fault("go1/v2/users/999", status=410, body={}, times=9))
    report = house.run("go1", "stats")
    assert (report["status"], report["counts"]["sent"]) == ("partial", 1)


@pytest.mark.parametrize("status", [403, 410, 500])
def test_a_user_of_go1(house: House, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    house.sandbox.services["go1"].has_user_listing = False
    house.settle_in("go1")
    tenant = SANDBOX["go1"].tenant

    def path(number: int) -> str:
        users = house.sandbox.services["go1"].users
        return f"go1/v2/users/{sorted(users)[number]}"

    report = learners_who_answer(house, tenant, path, status, 1)
    assert (report["status"], report["counts"]["sent"]) == ("partial", 3)
    assert report["reasons"] == {"learner_unreadable": 1, "incomplete_crawl": 1}
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["counts"]["sent"] == 1

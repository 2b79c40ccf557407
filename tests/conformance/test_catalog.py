"""What every provider's catalogue run must do."""

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content_sync.errors import ContentSyncError
from sandbox.providers.base import Tenant, changed
from sandbox.service import Fault
from tests.helpers import at_once, let_them_meet, statuses
from tests.house import House

MANY = 130
ODD_VALUES: tuple[Any, ...] = (..., None, 42, "text", " ", [], {}, [None, 7, {"name": 3}], True)


def counts(report: dict[str, Any]) -> dict[str, int]:
    """The counts that are not zero; each course stands under exactly one heading."""
    whole = report["counts"]
    gone = whole["archived"] + whole["withheld"]
    others = sum(whole.values()) - whole["read"] - gone
    assert others <= whole["read"] <= others + gone
    return {name: number for name, number in whole.items() if number}


def on_second_page(tenant: Tenant, **what: Any) -> Fault:
    """A fault of the catalogue's second page, or of the only one.

    Where many pages are asked for at once, also beyond the last, the second to arrive is any.
    """
    if tenant.page_size >= MANY:
        return Fault(tenant.listing, **what)
    if tenant.second_page:
        return Fault(tenant.second_page, **what)
    return Fault(tenant.listing, after=1, **what)


def fill(house: House, tenant: Tenant, numbers: range = range(MANY)) -> list[dict[str, Any]]:
    courses = [tenant.course(number, f"Course {number}") for number in numbers]
    tenant.put(house.sandbox, courses)
    return courses


def test_first_sync_creates_every_course(at_home: House, tenant: Tenant) -> None:
    fill(at_home, tenant)
    report = at_home.run(tenant.name, "catalog")
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": MANY, "created": MANY}
    arrived = at_home.courses()
    assert set(arrived) == {tenant.external_id(number) for number in range(MANY)}
    item = arrived[tenant.external_id(7)]["item"]
    assert item["name"] == "Course 7"
    assert item["duration"] == 90
    assert item["launchUrl"].startswith("https://")
    assert at_home.operations() == 1


def test_unchanged_catalogue_sends_nothing(at_home: House, tenant: Tenant) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    fill(at_home, tenant)
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "unchanged": MANY}
    assert at_home.operations() == 1


def test_only_what_changed_is_sent(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    courses[3] = changed(courses[3], tenant.title, "Another title")
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "updated": 1, "unchanged": MANY - 1}
    assert at_home.courses()[tenant.external_id(3)]["item"]["name"] == "Another title"
    (last,) = list(at_home.sandbox.learning360.operations.values())[1:]
    assert len(last.items) == 1


def test_full_sends_everything_again(at_home: House, tenant: Tenant) -> None:
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    report = at_home.run(tenant.name, "catalog", full=True)
    assert counts(report) == {"read": MANY, "updated": MANY}


def test_withdrawn_courses_are_archived_if_they_were_sent(at_home: House, tenant: Tenant) -> None:
    if tenant.withdrawn is None:
        return test_missing_courses_are_never_archived_where_the_source_says_so(at_home, tenant)
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    courses[5] = tenant.withdrawn(courses[5])
    courses.append(tenant.withdrawn(tenant.course(MANY, "Never sent")))
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    expected = {"read": MANY + 1, "unchanged": MANY - 1, "archived": 1, "ignored": 1}
    assert counts(report) == expected
    assert statuses(at_home)[tenant.external_id(5)] == "archived"
    again = at_home.run(tenant.name, "catalog")
    assert counts(again) == {"read": MANY + 1, "unchanged": MANY, "ignored": 1}
    return None


def test_missing_courses_are_never_archived_where_the_source_says_so(
    at_home: House, tenant: Tenant
) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, courses[2:])
    report = at_home.run(tenant.name, "catalog")
    gone = {"archived": 2} if tenant.archives else {}
    assert counts(report) == {"read": MANY - 2, "unchanged": MANY - 2, **gone}
    archived = [name for name, status in statuses(at_home).items() if status == "archived"]
    assert len(archived) == len(gone) * 2


def test_a_course_that_comes_back_is_restored(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, courses[1:])
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    if tenant.archives:
        assert counts(report) == {"read": MANY, "restored": 1, "unchanged": MANY - 1}
    else:
        assert counts(report) == {"read": MANY, "unchanged": MANY}
    assert statuses(at_home)[tenant.external_id(0)] == "published"


def test_a_course_archived_by_hand_is_left_so(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    at_home.courses()[tenant.external_id(4)]["status"] = "archived"
    courses[4] = changed(courses[4], tenant.title, "Another title")
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "updated": 1, "unchanged": MANY - 1}
    assert statuses(at_home)[tenant.external_id(4)] == "archived"


def test_an_empty_account_is_no_error_and_archives_nothing(at_home: House, tenant: Tenant) -> None:
    tenant.put(at_home.sandbox, [])
    report = at_home.run(tenant.name, "catalog")
    assert report["status"] == "succeeded"
    assert counts(report) == {}
    fill(at_home, tenant, range(4))
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, [])
    report = at_home.run(tenant.name, "catalog", allow_archives=100)
    assert report["counts"]["archived"] == 0
    assert set(statuses(at_home).values()) == {"published"}
    if tenant.archives:
        assert report["status"] == "partial"
        assert report["counts"]["withheld"] == 4


def test_a_short_crawl_archives_nothing(at_home: House, tenant: Tenant) -> None:
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    courses[0] = changed(courses[0], tenant.title, "Another title")
    tenant.put(at_home.sandbox, courses)

    def shorten(body: Any) -> Any:
        items = tenant.items(body)
        # Without a total only an empty page gives itself away.
        del items[1 if tenant.tells_total else 0 :]
        return body

    at_home.sandbox.traffic.faults.append(on_second_page(tenant, edit=shorten))
    report = at_home.run(tenant.name, "catalog", allow_archives=1000)
    assert report["status"] == "partial"
    assert report["counts"]["updated"] == 1
    assert report["counts"]["archived"] == 0
    assert set(statuses(at_home).values()) == {"published"}
    assert any(problem["reason"] == "incomplete_crawl" for problem in report["problems"])


def test_a_repeated_page_archives_nothing(at_home: House, tenant: Tenant) -> None:
    if tenant.page_size >= MANY:
        return  # one page cannot be repeated
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    tenant.put(at_home.sandbox, courses)
    first: list[Any] = []

    def repeat(body: Any) -> Any:
        items = tenant.items(body)
        first.extend([] if first else items)
        items[:] = first[: len(items)]
        return body

    at_home.sandbox.traffic.faults += [
        Fault(tenant.listing, edit=repeat),
        Fault(tenant.second_page or tenant.listing, edit=repeat),
    ]
    report = at_home.run(tenant.name, "catalog", allow_archives=1000)
    assert report["status"] == "partial"
    assert report["counts"]["archived"] == 0
    assert report["counts"]["read"] < MANY
    assert set(statuses(at_home).values()) == {"published"}


def test_duplicates_over_pages_count_once_and_the_first_wins(
    at_home: House, tenant: Tenant
) -> None:
    courses = fill(at_home, tenant)
    twin = changed(courses[0], tenant.title, "The second of its kind")
    tenant.put(at_home.sandbox, [*courses[:100], twin, *courses[100:]])
    report = at_home.run(tenant.name, "catalog")
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": MANY, "created": MANY}
    assert at_home.courses()[tenant.external_id(0)]["item"]["name"] == "Course 0"


def test_a_token_that_expires_in_the_middle_is_renewed(at_home: House, tenant: Tenant) -> None:
    fill(at_home, tenant)
    if tenant.revoke is None:
        at_home.sandbox.services[tenant.name].api_key = "revoked"
        secret = f"secret content-sync/integrations/{tenant.name}"
        with pytest.raises(ContentSyncError, match=secret):
            at_home.run(tenant.name, "catalog")
        return
    revoke = tenant.revoke

    def expire(_: Any) -> None:
        revoke(at_home.sandbox.services[tenant.name])
        at_home.sandbox.learning360.tokens.expire()

    at_home.sandbox.traffic.faults.append(on_second_page(tenant, act=expire))
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "created": MANY}


def in_two_seconds() -> str:
    return (datetime.now(UTC) + timedelta(seconds=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize("retry_after", ["1", "0", "date", None])
def test_429_is_waited_out(at_home: House, tenant: Tenant, retry_after: str | None) -> None:
    fill(at_home, tenant)
    value = in_two_seconds() if retry_after == "date" else retry_after
    headers = {} if value is None else {"Retry-After": value}
    at_home.sandbox.traffic.faults.append(
        on_second_page(tenant, status=429, body={}, headers=headers)
    )
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "created": MANY}


def test_an_absurd_retry_after_ends_the_run_and_the_next_goes_on(
    at_home: House, tenant: Tenant
) -> None:
    fill(at_home, tenant)
    at_home.sandbox.traffic.faults.append(
        on_second_page(
            tenant,
            status=429,
            body={},
            headers={"Retry-After": "86400"},
        )
    )
    with pytest.raises(ContentSyncError, match="86400 s"):
        at_home.run(tenant.name, "catalog")
    assert set(statuses(at_home).values()) <= {"published"}
    before = at_home.sandbox.traffic.requests
    report = at_home.run(tenant.name, "catalog")
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": MANY, "created": MANY}
    assert len(at_home.courses()) == MANY
    assert at_home.sandbox.traffic.requests > before


@pytest.mark.parametrize("status", [500, 503, 408])
def test_passing_server_errors_are_retried(at_home: House, tenant: Tenant, status: int) -> None:
    fill(at_home, tenant)
    body = "<html>Bad gateway</html>"
    at_home.sandbox.traffic.faults.append(on_second_page(tenant, times=2, status=status, body=body))
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "created": MANY}


def test_lasting_server_errors_fail_the_run_and_archive_nothing(
    at_home: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.01)
    fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    at_home.sandbox.traffic.faults.append(
        on_second_page(tenant, times=1000, status=502, body="<html>down</html>")
    )
    with pytest.raises(ContentSyncError, match="502"):
        at_home.run(tenant.name, "catalog", allow_archives=1000)
    assert set(statuses(at_home).values()) == {"published"}
    listed = at_home.call("integrations", {"action": "list"})["integrations"]
    assert listed[0]["last_runs"]["catalog"]["status"] == "failed"
    at_home.sandbox.traffic.faults.clear()
    assert at_home.run(tenant.name, "catalog")["status"] == "succeeded"


def test_an_answer_cut_off_is_asked_for_again(at_home: House, tenant: Tenant) -> None:
    fill(at_home, tenant)
    at_home.sandbox.traffic.faults += [
        on_second_page(tenant, truncate=True),
        on_second_page(tenant, drop="after"),
    ]
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": MANY, "created": MANY}


def test_any_optional_value_may_be_missing_null_or_of_another_type(
    at_home: House, tenant: Tenant
) -> None:
    values = ODD_VALUES[:2] if tenant.typed else ODD_VALUES
    courses = [
        changed(tenant.course(number, f"Course {number}"), path, value)
        for number, (path, value) in enumerate(
            (path, value) for path in tenant.optional for value in values
        )
    ]
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": len(courses), "created": len(courses)}
    for course in at_home.courses().values():
        assert all(value not in (None, "") for value in course["item"].values())


def test_a_course_without_id_or_title_is_invalid_and_stays_as_it_was(
    at_home: House, tenant: Tenant
) -> None:
    courses = fill(at_home, tenant, range(6))
    at_home.run(tenant.name, "catalog")
    courses[1] = changed(courses[1], tenant.title, "  ")
    courses.append(changed(tenant.course(6, "x"), tenant.title, None))
    tenant.put(at_home.sandbox, courses)
    report = at_home.run(tenant.name, "catalog")
    assert counts(report) == {"read": 7, "unchanged": 5, "invalid": 2}
    assert {problem["reason"] for problem in report["problems"]} == {"missing_title"}
    assert statuses(at_home)[tenant.external_id(1)] == "published"
    assert tenant.external_id(6) not in at_home.courses()


@pytest.mark.parametrize(
    "title",
    ["Café 🚀 für alle", "مقدمة في البيانات", "שלום עולם", "3 < 5 & co"],
)
def test_titles_arrive_as_they_are(at_home: House, tenant: Tenant, title: str) -> None:
    tenant.put(at_home.sandbox, [tenant.course(1, f"  {title} ")])
    at_home.run(tenant.name, "catalog")
    assert at_home.courses()[tenant.external_id(1)]["item"]["name"] == title


def test_nothing_that_is_sent_can_run_where_it_is_rendered(at_home: House, tenant: Tenant) -> None:
    text = '<p onclick="x()">Good</p><script>alert(1)</script>'
    course = changed(tenant.course(1, "<b>Course</b><script>"), tenant.description, text)
    tenant.put(at_home.sandbox, [course])
    at_home.run(tenant.name, "catalog")
    item = at_home.courses()[tenant.external_id(1)]["item"]
    description = item["description"]
    assert item["name"] == "Course"
    if tenant.html:
        assert description.startswith("<p>Good</p>")
        assert "script" not in description
    else:
        assert description.startswith(html.escape(text, quote=False))


def test_plain_descriptions_stay_as_they_are(at_home: House, tenant: Tenant) -> None:
    text = "R&D at AT&T: 3 < 5, 7 > 6"
    tenant.put(at_home.sandbox, [changed(tenant.course(1, text), tenant.description, text)])
    at_home.run(tenant.name, "catalog")
    item = at_home.courses()[tenant.external_id(1)]["item"]
    assert item["name"] == text
    assert html.unescape(item["description"]).startswith(text)
    assert tenant.html or item["description"].startswith(text)


def test_the_brake_withholds_until_an_operator_consents(at_home: House, tenant: Tenant) -> None:
    if not tenant.archives:
        return  # never archives: `test_missing_courses_are_never_archived...`
    courses = fill(at_home, tenant)
    at_home.run(tenant.name, "catalog")
    rest = [changed(courses[20], tenant.title, "Another title"), *courses[21:]]
    tenant.put(at_home.sandbox, rest)
    report = at_home.run(tenant.name, "catalog")
    assert report["status"] == "partial"
    expected = {"read": 110, "updated": 1, "unchanged": 109, "withheld": 20}
    assert counts(report) == expected
    assert '"allow_archives": 20' in report["problems"][-1]["message"]
    assert set(statuses(at_home).values()) == {"published"}
    report = at_home.run(tenant.name, "catalog", allow_archives=19)
    assert report["counts"]["withheld"] == 20
    report = at_home.run(tenant.name, "catalog", allow_archives=20)
    assert report["status"] == "succeeded"
    assert report["counts"]["archived"] == 20
    assert list(statuses(at_home).values()).count("archived") == 20


def test_plan_says_what_would_change_and_writes_only_its_report(
    at_home: House, tenant: Tenant
) -> None:
    courses = fill(at_home, tenant, range(20))
    at_home.run(tenant.name, "catalog")
    courses[0] = changed(courses[0], tenant.title, "Another title")
    courses[1:2] = [tenant.course(50, "New")]
    tenant.put(at_home.sandbox, courses)
    state, operations = at_home.table_text(reports=False), at_home.operations()
    plan = at_home.run(tenant.name, "catalog", mode="plan")
    assert at_home.table_text(reports=False) == state
    assert at_home.operations() == operations
    by_id = {change["external_id"]: change for change in plan["changes"]}
    assert by_id[tenant.external_id(0)]["action"] == "update"
    assert by_id[tenant.external_id(0)]["fields"] == {"name": ["Course 0", "Another title"]}
    assert by_id[tenant.external_id(50)]["action"] == "create"
    assert by_id[tenant.external_id(50)]["fields"]["name"] == [None, "New"]
    if tenant.archives:
        assert by_id[tenant.external_id(1)]["action"] == "archive"
    applied = at_home.run(tenant.name, "catalog")
    assert applied["counts"] == plan["counts"]


@pytest.mark.parametrize("seconds", [1, 5])
def test_a_run_that_is_always_out_of_time_still_ends_the_same(
    at_home: House, tenant: Tenant, seconds: int
) -> None:
    # Each invocation begins with full buckets, and many of them come in a second.
    at_home.sandbox.learning360.rate_limited = False
    courses = fill(at_home, tenant)
    report = at_home.run(tenant.name, "catalog", seconds=seconds)
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": MANY, "created": MANY}
    tenant.put(at_home.sandbox, courses[3:])
    report = at_home.run(tenant.name, "catalog", seconds=seconds)
    gone = {"archived": 3} if tenant.archives else {}
    assert counts(report) == {"read": MANY - 3, "unchanged": MANY - 3, **gone}
    assert "cursor#" not in at_home.table_text()


def test_as_many_pages_are_asked_for_at_once_as_the_provider_admits(
    at_home: House, tenant: Tenant
) -> None:
    # Of a provider that has one page for everything that is one.
    number = 20 * min(tenant.page_size, 50)
    fill(at_home, tenant, range(number))
    let_them_meet(at_home, tenant)
    assert at_home.run(tenant.name, "catalog")["counts"]["created"] == number
    assert at_home.sandbox.traffic.most_at_once[tenant.name] == at_once(tenant)

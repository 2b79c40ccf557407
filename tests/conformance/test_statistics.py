"""What every provider's statistics run must do."""

from typing import Any

from content_sync.providers.registry import PROVIDERS
from content_sync.state.runs import WATERMARK, mark_write
from content_sync.state.table import Table
from sandbox.providers.base import HOUR, Tenant, changed, first_ms, last_ms
from tests.conformance.test_catalog import ODD_VALUES
from tests.helpers import at_once, attempts, fill, known, let_them_meet
from tests.house import TABLE, House

MAIL = "learner@example.com"


def ready(house: House, tenant: Tenant) -> None:
    """Ten courses, synchronized; one learner known at 360Learning."""
    tenant.put(house.sandbox, [tenant.course(number, f"Course {number}") for number in range(10)])
    house.run(tenant.name, "catalog")
    house.sandbox.learning360.add_user(MAIL)


def counts(report: dict[str, Any]) -> dict[str, int]:
    """The counts that are not zero; each row stands under exactly one heading."""
    whole = report["counts"]
    beside = ("replayed", "confirmed", "unconfirmed")
    assert sum(whole.values()) - sum(whole[name] for name in beside) == 2 * whole["read"]
    return {name: number for name, number in whole.items() if number}


def test_a_completed_course_arrives_once(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    tenant.put_rows(at_home.sandbox, [tenant.row(f" {MAIL.upper()}", tenant.external_id(3))])
    report = at_home.run(tenant.name, "stats")
    assert counts(report) == {"read": 1, "sent": 1, "confirmed": 1}
    (attempt,) = attempts(at_home)
    assert attempt.progress == 100
    assert (attempt.firstActivityAt, attempt.lastActivityAt) == (first_ms(), last_ms())
    assert attempt.completedAt == last_ms()
    assert attempt.timeSpent == tenant.time_spent
    operations = at_home.operations()
    report = at_home.run(tenant.name, "stats")
    assert report["counts"]["sent"] == 0
    assert at_home.operations() == operations


def test_an_open_attempt_is_closed_by_a_later_run(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    row = tenant.row(MAIL, tenant.external_id(3))
    tenant.put_rows(at_home.sandbox, [tenant.open_row(row)])
    assert counts(at_home.run(tenant.name, "stats")) == {"read": 1, "sent": 1, "confirmed": 1}
    (attempt,) = attempts(at_home)
    assert (attempt.progress, attempt.completedAt) == (50, None)
    tenant.put_rows(at_home.sandbox, [row])
    assert counts(at_home.run(tenant.name, "stats")) == {"read": 1, "sent": 1, "confirmed": 1}
    (attempt,) = attempts(at_home)
    assert (attempt.progress, attempt.completedAt) == (100, last_ms())
    # And what was completed is not opened again.
    tenant.put_rows(at_home.sandbox, [tenant.open_row(row)])
    assert counts(at_home.run(tenant.name, "stats")) == {"read": 1, "unchanged": 1}


def test_a_course_that_was_never_sent_is_unknown_and_not_lost(
    at_home: House, tenant: Tenant
) -> None:
    ready(at_home, tenant)
    tenant.put_rows(at_home.sandbox, [tenant.row(MAIL, tenant.external_id(99))])
    assert counts(at_home.run(tenant.name, "stats")) == {"read": 1, "unknown_course": 1}
    courses = [tenant.course(number, f"Course {number}") for number in [*range(10), 99]]
    tenant.put(at_home.sandbox, courses)
    at_home.run(tenant.name, "catalog")
    assert counts(at_home.run(tenant.name, "stats")) == {"read": 1, "sent": 1, "confirmed": 1}


def test_a_refused_row_is_parked_and_replayed(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    tenant.put_rows(at_home.sandbox, [tenant.row("nobody@example.com", tenant.external_id(3))])
    report = at_home.run(tenant.name, "stats")
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": 1, "parked": 1}
    assert report["problems"][0]["learner"] == "n***@example.com"
    tenant.put_rows(at_home.sandbox, [])
    assert counts(at_home.run(tenant.name, "stats")) == {}
    at_home.sandbox.learning360.add_user("nobody@example.com")
    assert counts(at_home.run(tenant.name, "stats")) == {"replayed": 1, "confirmed": 1}
    assert len(attempts(at_home)) == 1
    assert "#parked#" not in at_home.table_text()


def test_any_value_may_be_missing_null_or_of_another_type(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    values = ODD_VALUES[:2] if tenant.typed else ODD_VALUES
    rows = [
        changed(tenant.row(MAIL, tenant.external_id(number % 10)), path, value)
        for number, (path, value) in enumerate(
            (path, value) for path in tenant.row_paths for value in values
        )
    ]
    tenant.put_rows(at_home.sandbox, rows)
    report = at_home.run(tenant.name, "stats")
    assert report["status"] == "succeeded"
    assert counts(report)["read"] >= 2
    assert report["counts"]["failed"] == report["counts"]["parked"] == 0


def test_no_address_reaches_a_log_a_report_or_a_ledger(
    at_home: House, tenant: Tenant, capsys: Any, caplog: Any
) -> None:
    ready(at_home, tenant)
    mails = [MAIL, "nobody@example.com"]
    tenant.put_rows(at_home.sandbox, [tenant.row(mail, tenant.external_id(3)) for mail in mails])
    report = at_home.run(tenant.name, "stats")
    plan = at_home.run(tenant.name, "stats", mode="plan")
    printed = capsys.readouterr()
    written = f"{printed.out}{printed.err}{caplog.text}{report}{plan}"
    assert all(mail not in written for mail in mails)
    parked = [line for line in at_home.table_text().splitlines() if "#parked#" in line]
    others = [line for line in at_home.table_text().splitlines() if "#parked#" not in line]
    assert len(parked) == 1
    assert all(mail not in line for line in others for mail in mails)


def test_plan_of_statistics_writes_only_its_report(at_home: House, tenant: Tenant) -> None:
    ready(at_home, tenant)
    tenant.put_rows(at_home.sandbox, [tenant.row(MAIL, tenant.external_id(3))])
    state, operations = at_home.table_text(reports=False), at_home.operations()
    plan = at_home.run(tenant.name, "stats", mode="plan")
    assert (at_home.table_text(reports=False), at_home.operations()) == (state, operations)
    assert counts(plan) == {"read": 1, "sent": 1}
    (change,) = plan["changes"]
    assert (change["action"], change["learner"]) == ("send", "l***@example.com")
    assert change["fields"]["progress"] == [None, 100]


def test_a_statistics_run_that_is_always_out_of_time_ends_the_same(
    at_home: House, tenant: Tenant
) -> None:
    at_home.sandbox.learning360.rate_limited = False
    ready(at_home, tenant)
    mails = [f"learner{number}@example.com" for number in range(60)]
    for mail in mails[5:]:
        at_home.sandbox.learning360.add_user(mail)
    tenant.put_rows(at_home.sandbox, [tenant.row(mail, tenant.external_id(3)) for mail in mails])
    report = at_home.run(tenant.name, "stats", seconds=10)
    assert report["status"] == "succeeded"
    assert counts(report) == {"read": 60, "sent": 55, "parked": 5, "confirmed": 55}
    assert len(attempts(at_home)) == 55
    assert "cursor#" not in at_home.table_text()


def test_what_is_said_of_the_filter_by_time_is_what_is_asked_for(
    at_home: House, tenant: Tenant
) -> None:
    """Else a run reads few learners of the ledger where all come, or all where few do."""
    ready(at_home, tenant)
    tenant.put_rows(at_home.sandbox, [tenant.row(MAIL, tenant.external_id(3))])
    at_home.run(tenant.name, "stats")
    tomorrow = last_ms() + 48 * HOUR
    Table(TABLE).write(f"{tenant.name}#default", mark_write(WATERMARK, tomorrow))
    comes = at_home.run(tenant.name, "stats")["counts"]["read"] == 1
    assert comes != PROVIDERS[tenant.name].filters_by_time


def test_as_much_is_asked_for_at_once_as_the_provider_admits(
    at_home: House, tenant: Tenant
) -> None:
    fill(at_home, 1, tenant)
    at_home.run(tenant.name, "catalog")
    mails = [f"learner{number}@example.com" for number in range(12 * min(tenant.page_size, 50))]
    known(at_home, *mails)
    rows = [tenant.row(mail, tenant.external_id(0)) for mail in mails]
    tenant.put_rows(at_home.sandbox, rows)
    let_them_meet(at_home, tenant)
    assert at_home.run(tenant.name, "stats")["counts"]["read"] == len(mails)
    # Of some, what rows are understood by is read beside them.
    met = at_home.sandbox.traffic.most_at_once[tenant.name]
    assert at_once(tenant) <= met <= 2 * at_once(tenant)

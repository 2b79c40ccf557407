"""Statistics runs: attempts, parked rows, windows."""

import threading
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from content_sync.errors import AwsUnavailable, ContentSyncError
from content_sync.providers.base import StatisticsQuery
from content_sync.providers.edflex.api import EdflexApi
from content_sync.providers.go1.api import Go1Api
from content_sync.state.table import Table
from content_sync.sync.statistics import run as statistics_run
from sandbox.providers.base import HOUR, last_ms
from sandbox.service import Fault
from tests.behaviour.learning import counts, hurry, ready, row
from tests.helpers import EDFLEX, GO1, at_home, attempts, fill, iso, known
from tests.house import House


def enrollment(first: int, last: int, status: str, **more: Any) -> dict[str, Any]:
    row = GO1.row("learner@example.com", "36000001")
    times = {
        "created_time": iso(last_ms() + first * HOUR),
        "updated_time": iso(last_ms() + last * HOUR),
    }
    return {**row, **times, "status": status, **more}


def test_several_enrollments_become_attempts_in_their_order(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    rows = [
        enrollment(-10, -9, "in-progress"),
        enrollment(-90, -80, "completed"),
        enrollment(-85, -60, "completed"),
    ]
    GO1.put_rows(house.sandbox, rows)
    report = house.run("go1", "stats")
    assert (report["counts"]["read"], report["counts"]["sent"]) == (2, 2)
    assert [attempt.progress for attempt in attempts(house)] == [100, 50]
    assert house.operations("importExternalStatistics") == 2
    assert house.run("go1", "stats")["counts"]["unchanged"] == 2


def test_a_second_attempt_waits_for_a_first_one_that_was_refused(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(
        house.sandbox, [enrollment(-90, -80, "completed"), enrollment(-10, -9, "in-progress")]
    )
    assert house.run("go1", "stats")["counts"]["parked"] == 2
    GO1.put_rows(house.sandbox, [])
    known(house, "learner@example.com")
    assert house.run("go1", "stats")["counts"]["replayed"] == 2
    assert [attempt.progress for attempt in attempts(house)] == [100, 50]


def test_a_newer_row_replaces_a_parked_one(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "in-progress")])
    house.run("go1", "stats")
    known(house, "learner@example.com")
    GO1.put_rows(house.sandbox, [enrollment(-10, -5, "completed")])
    report = house.run("go1", "stats")
    assert (report["counts"]["sent"], report["counts"]["replayed"]) == (1, 0)
    assert [attempt.progress for attempt in attempts(house)] == [100]


def test_a_parked_row_is_given_up_after_90_days(house: House, monkeypatch: Any) -> None:
    at_home(house)
    house.run("go1", "catalog")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "in-progress")])
    house.run("go1", "stats")
    GO1.put_rows(house.sandbox, [])
    known(house, "learner@example.com")
    later = last_ms() + 91 * 24 * HOUR
    monkeypatch.setattr("content_sync.state.learner.now", lambda: later)
    assert house.run("go1", "stats")["counts"]["replayed"] == 0


def test_a_backfill_is_filtered_and_moves_no_watermark(house: House) -> None:
    house.settle_in("edflex")
    fill(house, 5, EDFLEX)
    house.run("edflex", "catalog")
    known(house, "a@example.com", "b@example.com")
    old = {"firstActivityAt": "2024-05-01T00:00:00+00:00", "lastActivityAt": "2024-05-02T00:00:00Z"}
    row = EDFLEX.open_row(EDFLEX.row("a@example.com", EDFLEX.external_id(1)))
    rows = [
        {**row, "attributes": {**row["attributes"], **old}},
        EDFLEX.row("b@example.com", EDFLEX.external_id(1)),
    ]
    EDFLEX.put_rows(house.sandbox, rows)
    window = {"since": "2024-01-01T00:00:00+01:00", "until": "2024-12-31T00:00:00+01:00"}
    report = house.run("edflex", "stats", **window)
    assert (report["counts"]["read"], report["counts"]["sent"]) == (1, 1)
    assert "mark#watermark" not in house.table_text()
    report = house.run("edflex", "stats")
    assert (report["counts"]["read"], report["counts"]["sent"]) == (2, 1)
    assert "mark#watermark" in house.table_text()


def test_full_sends_again_what_stands_open_or_is_missing_and_doubles_nothing(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com", "other@example.com")
    other = GO1.row("other@example.com", "36000002")
    rows = [
        enrollment(-90, -80, "completed"),
        enrollment(-10, -9, "in-progress"),
        GO1.row("learner@example.com", "36000003"),
        {**other, "status": "in-progress"},
    ]
    GO1.put_rows(house.sandbox, rows)
    assert house.run("go1", "stats", full=True, seconds=10)["counts"]["sent"] == 4
    assert house.run("go1", "stats")["counts"]["unchanged"] == 4
    before = [(one.id, one.progress, one.completedAt) for one in attempts(house)]
    for seconds in (900, 1):
        report = house.run("go1", "stats", full=True, seconds=seconds)
        counts = report["counts"]
        assert (counts["read"], counts["sent"], counts["unchanged"]) == (4, 2, 2)
        assert [(one.id, one.progress, one.completedAt) for one in attempts(house)] == before
    # What is missing at 360Learning is sent again; what was completed is not, nor is it reopened.
    platform = house.sandbox.learning360
    for index in (platform.attempts, platform.by_user, platform.by_course):
        index.clear()
    report = house.run("go1", "stats", full=True)
    assert report["counts"]["sent"] == 3
    assert sorted(one.progress for one in attempts(house)) == [50, 50, 100]


def test_courses_that_arrive_during_a_statistics_run_lose_no_history(house: House) -> None:
    house.settle_in("edflex")
    courses = fill(house, 70, EDFLEX)
    known(house, "a@example.com")
    EDFLEX.put_rows(house.sandbox, [EDFLEX.row("a@example.com", EDFLEX.external_id(60))])
    report = house.call("edflex_catalog", {"integration": "default"}, seconds=10)
    assert report["status"] == "continued"
    assert house.run("edflex", "stats")["counts"]["unknown_course"] == 1
    name, event = house.invoked.pop(0)
    assert house.call(name, event)["counts"]["created"] == len(courses)
    assert house.run("edflex", "stats")["counts"]["sent"] == 1


def test_what_waits_behind_a_refused_attempt_is_kept_after_a_backfill(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    rows = [enrollment(-90, -80, "completed"), enrollment(-10, -9, "in-progress")]
    GO1.put_rows(house.sandbox, rows)
    report = house.run("go1", "stats", since="2020-01-01T00:00:00Z")
    assert report["counts"]["parked"] == 2
    assert house.table_text().count("#parked#") == 1


def test_a_short_listing_is_a_problem_and_keeps_the_watermark(house: House) -> None:
    at_home(house)
    house.run("go1", "catalog")
    known(house, "learner@example.com")
    GO1.put_rows(house.sandbox, [enrollment(-10, -9, "completed")])

    def promise_more(body: Any) -> Any:
        return {**body, "total": body["total"] + 5}

    listing = "GET /go1/v2/enrollments"
    house.sandbox.traffic.faults.append(Fault(listing, times=1000, edit=promise_more))
    report = house.run("go1", "stats")
    assert (report["status"], report["counts"]["sent"]) == ("partial", 1)
    assert [problem["reason"] for problem in report["problems"]] == ["incomplete_crawl"]
    assert "mark#watermark" not in house.table_text()
    house.sandbox.traffic.faults.clear()
    assert house.run("go1", "stats")["status"] == "succeeded"
    assert "mark#watermark" in house.table_text()


def test_an_unchanged_run_reads_nothing_of_360learning_and_keeps_nothing(house: House) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [row(number, done=number % 2 == 0) for number in range(12)])
    house.run("go1", "stats")
    for seconds in (1, 900):
        house.sandbox.traffic.counts.clear()
        report = house.run("go1", "stats", seconds=seconds)
        assert counts(report, "read", "unchanged") == (12, 12)
    # Its configuration, and nothing else.
    assert house.sandbox.traffic.counts["GET 360learning"] == 1


def edflex_at_home(house: House, *, courses: int, learners: int) -> list[str]:
    """So many courses of Edflex, synchronized, and learners who are known; their addresses."""
    house.settle_in("edflex")
    fill(house, courses, EDFLEX)
    house.run("edflex", "catalog")
    mails = [f"learner{number}@example.com" for number in range(learners)]
    known(house, *mails)
    return mails


@pytest.fixture
def read_of_dynamodb(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sort keys of all learners' items that runs read."""
    found: list[str] = []

    def pages(self: Table, *arguments: Any, **more: Any) -> Iterator[list[tuple[str, str]]]:
        for page in read_pages(self, *arguments, **more):
            found.extend(sk for sk, _ in page if sk.startswith("learner#"))
            yield page

    def get_each(self: Table, keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        items = read_each(self, keys)
        found.extend(sk for sk, _ in items)
        return items

    read_pages, read_each = Table.pages, Table.get_each
    monkeypatch.setattr(Table, "pages", pages)
    monkeypatch.setattr(Table, "get_each", get_each)
    return found


def test_of_the_ledger_only_those_are_read_who_were_active_or_wait(
    house: House, read_of_dynamodb: list[str]
) -> None:
    """Edflex's activities can be asked for since the last run."""
    mails = edflex_at_home(house, courses=40, learners=30)
    ids = [EDFLEX.external_id(number) for number in range(40)]
    rows = [EDFLEX.open_row(EDFLEX.row(mail, one)) for mail in mails for one in ids[:30]]
    waits = EDFLEX.row("unknown@example.com", ids[0])
    EDFLEX.put_rows(house.sandbox, [*rows, waits])
    assert counts(house.run("edflex", "stats"), "sent", "parked") == (900, 1)

    EDFLEX.put_rows(house.sandbox, [])
    read_of_dynamodb.clear()
    assert house.run("edflex", "stats")["counts"]["read"] == 0
    (key,) = read_of_dynamodb
    assert "#parked#" in key

    # One learner comes, in the middle of many courses, and with one more.
    learner = mails[7]
    done, new = EDFLEX.row(learner, ids[25]), EDFLEX.row(learner, ids[35])
    EDFLEX.put_rows(house.sandbox, [*rows[210:220], done, new])
    for seconds, expected in ((900, (12, 2, 10)), (1, (12, 0, 12)), (900, (12, 0, 12))):
        read_of_dynamodb.clear()
        report = house.run("edflex", "stats", seconds=seconds)
        assert counts(report, "read", "sent", "unchanged") == expected
        assert len({key.split("#")[2] for key in read_of_dynamodb}) == 2
    assert sorted(one.progress for one in attempts(house))[-2:] == [100, 100]

    # The one who waited is not among those who come, and is delivered.
    EDFLEX.put_rows(house.sandbox, [])
    known(house, "unknown@example.com")
    assert house.run("edflex", "stats")["counts"]["replayed"] == 1
    EDFLEX.put_rows(house.sandbox, [*rows[:210], *rows[240:], waits])
    report = house.run("edflex", "stats")
    assert counts(report, "read", "unchanged", "sent") == (871, 871, 0)


def test_a_table_that_fails_while_learners_are_read_lets_nothing_be_counted_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = edflex_at_home(house, courses=10, learners=6)
    course = EDFLEX.external_id(1)
    EDFLEX.put_rows(house.sandbox, [EDFLEX.open_row(EDFLEX.row(mail, course)) for mail in mails])
    assert house.run("edflex", "stats")["counts"]["sent"] == 6
    monkeypatch.setattr("content_sync.state.learners.FETCHED_AT_ONCE", 1)
    get_each, left = Table.get_each, 0

    def fails(self: Table, keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        nonlocal left
        left -= 1
        if left == 0:
            raise AwsUnavailable("not now")
        return get_each(self, keys)

    monkeypatch.setattr(Table, "get_each", fails)
    failed = 0
    for place in range(1, 9):
        # Some go on, two stay, and one waits.
        rows = [EDFLEX.open_row(EDFLEX.row(mail, course)) for mail in mails]
        for row_ in rows[:4]:
            row_["attributes"]["lastActivityAt"] = iso(last_ms() + 60_000 * place)
        rows.append(EDFLEX.row(f"stranger{place}@example.com", course))
        # And one that nobody can be told by.
        rows.append(EDFLEX.row("", course))
        EDFLEX.put_rows(house.sandbox, rows)
        left = place
        try:
            house.run("edflex", "stats")
        except ContentSyncError:
            failed += 1
            left = 0
            report = house.run("edflex", "stats")
            assert counts(report, "read", "sent", "unchanged", "parked") == (8, 4, 2, 1), place
            assert counts(report, "invalid", "ignored") in ((1, 0), (0, 1)), place
    assert failed > 5


def test_rows_of_one_attempt_are_counted_once_however_the_run_is_cut(house: House) -> None:
    """Rows that add nothing, on pages far apart, and one that makes their attempt go on."""
    ready(house)
    rows = [{**row(number % 10), "id": number} for number in range(200)]
    GO1.put_rows(house.sandbox, rows)
    assert counts(house.run("go1", "stats"), "read", "sent") == (10, 10)
    for seconds in (900, 1):
        report = house.run("go1", "stats", seconds=seconds)
        assert counts(report, "read", "unchanged") == (10, 10)
    GO1.put_rows(house.sandbox, [*rows, row(3, first=-30, last=-1, done=True)])
    report = house.run("go1", "stats", seconds=10)
    assert counts(report, "read", "unchanged", "sent") == (10, 9, 1)


def test_a_failed_reading_keeps_what_was_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    GO1.put_rows(house.sandbox, [{**row(number % 10), "id": number} for number in range(500)])
    house.run("go1", "stats")
    hurry(monkeypatch)
    fault = Fault("GET /go1/v2/enrollments", status=503, body={}, times=1000, after=5)
    house.sandbox.traffic.faults.append(fault)
    with pytest.raises(ContentSyncError):
        house.run("go1", "stats")
    house.sandbox.traffic.faults.clear()
    assert counts(house.run("go1", "stats"), "read", "unchanged") == (10, 10)


def test_the_first_page_is_asked_for_while_the_ledgers_are_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = edflex_at_home(house, courses=2, learners=1)
    EDFLEX.put_rows(house.sandbox, [EDFLEX.row(mails[0], EDFLEX.external_id(1))])
    asked = threading.Event()
    statistics, open_books = EdflexApi.statistics, statistics_run.open_books

    def noted(*arguments: Any) -> Iterator[Any]:
        asked.set()
        yield from statistics(*arguments)

    def waits(*arguments: Any, **more: Any) -> Any:
        assert asked.wait(20), "nobody asks before the ledgers are there"
        return open_books(*arguments, **more)

    monkeypatch.setattr(EdflexApi, "statistics", noted)
    monkeypatch.setattr(statistics_run, "open_books", waits)
    assert house.run("edflex", "stats")["counts"]["sent"] == 1


def test_a_reader_that_waits_for_ledgers_learns_that_they_cannot_be_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(house)
    learned: list[BaseException] = []
    reader_waits, ended = threading.Event(), threading.Event()

    def statistics(api: Any, query: StatisticsQuery, position: Any) -> Iterator[Any]:
        reader_waits.set()
        try:
            list(query.courses)
        except AwsUnavailable as error:
            learned.append(error)
        ended.set()
        yield from ()

    def fails(*_: Any, **__: Any) -> Any:
        assert reader_waits.wait(20)
        raise AwsUnavailable("not now")

    with monkeypatch.context() as patch:
        patch.setattr(Go1Api, "statistics", statistics)
        patch.setattr(statistics_run, "open_books", fails)
        with pytest.raises(AwsUnavailable):
            house.run("go1", "stats")
        assert ended.wait(20)
    assert [str(error) for error in learned] == ["not now"]

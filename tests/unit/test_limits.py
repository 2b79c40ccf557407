"""What AWS limits is never met: items of 400 KB, lines of 256 KB, whatever somebody sends."""

import json
import random
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from content_sync.domain.attempts import MOST_ATTEMPTS, Sent, verdicts_on
from content_sync.domain.statistic import InvalidRow, Statistic, observed
from content_sync.errors import ContentSyncError, Refused
from content_sync.observability import LONGEST_LINE, MaskingFormatter
from content_sync.report import MOST_PROBLEMS, Report
from content_sync.state.details import Details, read_details
from content_sync.state.learner import Learner
from content_sync.state.runs import report_write
from content_sync.state.table import BYTES_PER_ITEM, Put, Table, key
from tests.house import TABLE, create_table

PK = "acme#default"
LONG = "\U0001f600" * 100_000


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        create_table(boto3.client("dynamodb"))
        yield Table(TABLE)


def report(mode: str = "apply") -> Report:
    return Report(
        run_id="r", provider="acme", integration="default", kind="stats", mode=mode, started_at=1
    )


def noise(length: int) -> str:
    """Text that no compression makes smaller."""
    return "".join(chr(random.randrange(0x10000, 0x10FFFF)) for _ in range(length))


def size(item: Put) -> int:
    return len(json.dumps(item.data, ensure_ascii=False).encode())


def test_a_report_of_the_longest_words_is_an_item() -> None:
    told = report("plan")
    for number in range(MOST_PROBLEMS + 50):
        told.problem(LONG, f"{number}{LONG}", LONG, learner=LONG, course_id=LONG)
        told.left_out(f"status_{number}{LONG}", LONG)
        told.change(
            LONG, "send", lambda: {"a": [{"name": LONG}, [LONG] * 50]}, title=LONG, learner=LONG
        )
        told.archive(LONG, LONG)
    told.invalid(LONG, LONG, LONG)
    told.failure(LONG)
    assert size(report_write(told.ended("failed", 2))) < BYTES_PER_ITEM
    assert len(told.model_dump_json().encode()) < 4 * BYTES_PER_ITEM  # saved in parts


def test_the_lists_behind_it_are_items_that_can_be_read(table: Table) -> None:
    told = report()
    details = Details(told)
    for number in range(900):
        told.problem(noise(300), str(number % 90), noise(600), learner=noise(300))
    writes = details.writes()
    assert max(size(write) for write in writes if isinstance(write, Put)) < BYTES_PER_ITEM
    for write in writes:
        table.write(PK, write)
    assert len(list(read_details(table, PK, "stats", "r"))) == 900


def test_an_item_that_would_be_too_large_is_a_sentence(table: Table) -> None:
    with pytest.raises(ContentSyncError, match="under course is larger than DynamoDB takes"):
        table.write(PK, Put("course#0001", "x" * 500_000))


def attempt(number: int) -> Statistic:
    return Statistic("course", "l@example.com", 100, number * 10, number * 10 + 5, number * 10 + 5)


def test_a_learner_s_attempts_on_a_course_are_counted_out() -> None:
    attempts = [attempt(number) for number in range(1, 5000)]
    verdicts = verdicts_on(attempts, [])
    assert [one.action for one in verdicts] == ["send"] * MOST_ATTEMPTS + ["too_many"] * (
        4999 - MOST_ATTEMPTS
    )
    learner = Learner("0" * 24, [])
    for verdict in verdicts[:MOST_ATTEMPTS]:
        learner.record(verdict.attempt, verdict.attempt.firstActivity, verdict.place)
    sent = [Sent(one.attempt, one.attempt.firstActivity) for one in verdicts[:MOST_ATTEMPTS]]
    assert {one.action for one in verdicts_on(attempts[MOST_ATTEMPTS:], sent)} == {"too_many"}
    for _, sk, content, expires_at in learner.changed():
        assert size(Put(sk, content, expires_at)) < BYTES_PER_ITEM / 10


def test_an_address_of_any_length_is_none() -> None:
    row = observed(
        course="c", mail=f"{'a' * 5000}@example.com", completed=True, progress=1, first=1, last=2
    )
    assert isinstance(row, InvalidRow)


def test_the_words_of_services_are_cut() -> None:
    error = Refused(LONG, status=400, code="c", body=None, detail=LONG)
    assert len(str(error)) == len(error.detail) == 1000


@pytest.mark.parametrize("long", [{"problems": [LONG] * 5}, {"a": {"b": LONG}}, {"c": [1] * 10**6}])
def test_a_log_line_is_never_cut_by_others(long: object) -> None:
    line = MaskingFormatter().serialize({"level": "INFO", "message": "m", "report": long})
    assert len(line) < LONGEST_LINE
    assert json.loads(line)["message"] == "m"


def test_no_transaction_is_larger_than_dynamodb_takes(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    real = table.dynamodb.transact_write_items

    def weighed(**arguments: Any) -> Any:
        sent.append(len(json.dumps(arguments["TransactItems"], ensure_ascii=False).encode()))
        return real(**arguments)

    monkeypatch.setattr(table.dynamodb, "transact_write_items", weighed)
    guard = {
        "ConditionCheck": {
            "Key": key("pk", "guard"),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
    # In bytes, and not in characters.
    table.transact("pk", guard, (Put(f"{number}", "\u00e9" * 150_000) for number in range(40)))
    assert len(sent) > 3
    assert max(sent) < 4 * 2**20
    assert len(list(table.query("pk", ""))) == 40

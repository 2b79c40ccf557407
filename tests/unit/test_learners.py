"""The learners' items alone: what a change writes, where, and what is read again."""

import json
from typing import Any

import boto3

from content_sync.domain.attempts import Sent
from content_sync.domain.statistic import Statistic
from content_sync.fields.instants import now
from content_sync.state.learners import Learners, ParkedRow, parked_key
from content_sync.state.scratch import scratch
from content_sync.state.table import Delete, Put, Table
from content_sync.sync.statistics.books import Seen
from tests.house import TABLE

PK = "acme#default"
T = 1_768_000_000_000


def attempt(course: str, mail: str = "a@example.com", **more: Any) -> Statistic:
    fields = {"progress": 40, "firstActivity": T, "lastActivity": T + 5000, **more}
    return Statistic(course, mail, **fields)


def learners(table: Table) -> Learners:
    return Learners(table, PK, scratch())


def save(table: Table, kept: Learners) -> list[Any]:
    writes = kept.writes()
    for write in writes:
        table.write(PK, write)
    return writes


def fill(table: Table, people: int, courses: int) -> Learners:
    kept = learners(table)
    for person in range(people):
        mail = f"learner{person}@example.com"
        learner = kept.get(kept.hash_of(mail))
        for course in range(courses):
            learner.record(attempt(f"c{course}", mail), T, 0)
        kept.save(learner)
    save(table, kept)
    return kept


def test_what_was_recorded_is_read_again(table: Table) -> None:
    kept = learners(table)
    learner = kept.get(kept.hash_of("a@example.com"))
    done = attempt("c1", completedAt=T + 9000, progress=100, result="success")
    learner.record(done, T - 5, 0)
    learner.record(attempt("c1"), T, 1)
    learner.user_id, learner.by_id = "a" * 24, True
    kept.save(learner)
    save(table, kept)
    again = learners(table).get(kept.hash_of("a@example.com"))
    assert again.sent("c1", "a@example.com") == [Sent(done, T - 5), Sent(attempt("c1"), T)]
    assert (again.user_id, again.by_id) == ("a" * 24, True)
    assert again.open_courses() == ["c1"]
    assert "example" not in json.dumps(boto3.client("dynamodb").scan(TableName=TABLE)["Items"])


def test_a_change_writes_about_what_it_changed(table: Table) -> None:
    fill(table, 3, 100)
    kept = learners(table)
    learner = kept.get(kept.hash_of("learner1@example.com"))
    learner.record(attempt("c50", lastActivity=T + 9000), T, 0)
    kept.save(learner)
    (write,) = save(table, kept)
    assert isinstance(write, Put)
    assert len(json.dumps(write.data)) < 1200
    assert kept.writes() == []


def test_learners_are_spread_over_16_partitions(table: Table) -> None:
    fill(table, 200, 1)
    items = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    partitions = {item["pk"]["S"] for item in items}
    assert partitions == {f"{PK}#{digit:x}" for digit in range(16)}


def test_no_item_grows_with_the_learner(table: Table) -> None:
    fill(table, 1, 3000)
    items = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert max(len(item["data"]["S"]) for item in items) < 1200
    kept = learners(table)
    assert len(kept.get(kept.hash_of("learner0@example.com")).open_courses()) == 3000


def test_rows_wait_for_90_days_and_go_when_released(table: Table) -> None:
    kept = learners(table)
    learner = kept.get(kept.hash_of("a@example.com"))
    row, old = attempt("c:1"), attempt("c2")
    learner.park(parked_key(row), ParkedRow(row, "unknown", "refused", now(), "r1"))
    ninety = now() - 91 * 86_400_000
    learner.park(parked_key(old), ParkedRow(old, "unknown", "refused", ninety, "r1"))
    kept.save(learner)
    (write,) = save(table, kept)
    assert isinstance(write, Put)
    assert write.expires_at is not None
    assert abs(write.expires_at - now() // 1000 - 90 * 86_400) < 60
    again = learners(table)
    learner = again.get(kept.hash_of("a@example.com"))
    assert list(learner.waiting()) == ["c:1"]
    (parked,) = learner.waiting()["c:1"].values()
    assert parked.statistic == row
    learner.release(parked_key(row))
    learner.release(parked_key(old))
    again.save(learner)
    (write,) = save(table, again)
    assert isinstance(write, Delete)
    assert learners(table).empty


def test_attempts_have_numbers_by_which_it_is_noted_that_they_came(table: Table) -> None:
    fill(table, 40, 30)
    kept = learners(table)
    seen = Seen(kept.attempts_by_shard, None)
    numbers = set()
    for person in range(40):
        learner = kept.get(kept.hash_of(f"learner{person}@example.com"))
        for course in range(30):
            number = learner.number_of(f"c{course}", 0)
            assert number is not None
            assert seen.add(learner.hash[0], number)
            assert not seen.add(learner.hash[0], number)
            numbers.add((learner.hash[0], number))
        assert learner.number_of("c1", 1) is None
        assert learner.number_of("c99", 0) is None
    assert len(numbers) == 1200
    restored = Seen(kept.attempts_by_shard, json.loads(json.dumps(seen.dump())))
    assert all(one in restored for one in numbers)
    # Of a ledger that changed meanwhile nothing is taken over.
    assert ("0", 0) not in Seen(dict.fromkeys(kept.attempts_by_shard, 90), seen.dump())


def test_a_learner_s_id_is_written_when_it_becomes_known(table: Table) -> None:
    fill(table, 1, 2)
    kept = learners(table)
    learner = kept.get(kept.hash_of("learner0@example.com"))
    learner.user_id = "b" * 24
    kept.save(learner)
    assert len(save(table, kept)) == 1
    learner = learners(table).get(learner.hash)
    assert learner.user_id == "b" * 24

"""The learners' items alone: what a change writes, where, and what is read again."""

import json
from collections.abc import Collection
from typing import Any

import boto3
import pytest

from content_sync.domain.attempts import Sent
from content_sync.domain.statistic import Statistic
from content_sync.errors import AwsUnavailable
from content_sync.fields.instants import now
from content_sync.state.learner import Number, ParkedRow, parked_key
from content_sync.state.learners import Learners
from content_sync.state.scratch import scratch
from content_sync.state.table import SHARDS, Delete, Put, Table
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


@pytest.mark.parametrize("whole", [True, False])
def test_attempts_have_numbers_by_which_it_is_noted_that_they_came(
    table: Table, whole: bool
) -> None:
    fill(table, 40, 30)
    kept = Learners(table, PK, scratch(), whole=whole)
    seen = Seen(kept.attempts_by_shard, None)
    numbers = set()
    for person in range(40):
        learner = kept.get(kept.hash_of(f"learner{person}@example.com"))
        for course in range(30):
            number = learner.number_of(f"c{course}", 0)
            assert number is not None
            assert seen.add(number)
            assert not seen.add(number)
            numbers.add(number)
        assert learner.number_of("c1", 1) is None
        assert learner.number_of("c99", 0) is None
    assert len(numbers) == 1200
    restored = Seen(kept.attempts_by_shard, json.loads(json.dumps(seen.dump())))
    assert all(one in restored for one in numbers)
    assert Number("0", 5000) not in restored
    # Of a ledger that changed meanwhile nothing is taken over.
    assert Number("0", 0) not in Seen(dict.fromkeys(SHARDS, 9), seen.dump())


def test_of_few_learners_only_their_items_are_read_and_of_all_what_waits(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(table, 250, 30)
    mails = [f"learner{person}@example.com" for person in range(250)]
    waits = attempt("c1", "waits@example.com")
    learner = kept.get(kept.hash_of("waits@example.com"))
    learner.park(parked_key(waits), ParkedRow(waits, "unknown", "refused", now(), "r1"))
    kept.save(learner)
    save(table, kept)

    some = Learners(table, PK, scratch(), whole=False)
    asked: list[int] = []
    get_each = table.get_each
    monkeypatch.setattr(table, "get_each", lambda keys: asked.append(len(keys)) or get_each(keys))
    assert some.rows_waiting() == 1
    assert list(some.get(some.hash_of("waits@example.com")).waiting()) == ["c1"]
    hashes = [some.hash_of(mail) for mail in mails[:240]]
    some.fetch([*hashes, some.hash_of("nobody@example.com")])
    asked.clear()
    some.fetch(hashes)
    for mail, hash_ in zip(mails, hashes, strict=False):
        whole = kept.get(hash_)
        assert some.get(hash_).courses_sent() == whole.courses_sent()
        assert some.get(hash_).sent("c29", mail) == whole.sent("c29", mail)
    assert not some.get(some.hash_of("nobody@example.com")).courses_sent()
    assert not asked, "what was asked for is not asked for again"
    assert len(some.get(some.hash_of(mails[245])).courses_sent()) == 30
    assert len(asked) == 2, "the first piece, and the others"


def test_a_learner_of_whom_only_a_part_was_read_is_written_as_one_of_whom_all_was(
    table: Table,
) -> None:
    for courses in (30, 60):
        some = Learners(table, PK, scratch(), whole=False)
        learner = some.get(some.hash_of("a@example.com"))
        for course in range(courses):
            learner.record(attempt(f"c{course}", progress=courses), T, 0)
        some.save(learner)
        save(table, some)
    whole = learners(table).get(learner.hash)
    assert sorted(whole.courses_sent()) == sorted(f"c{course}" for course in range(60))
    assert {whole.sent(f"c{course}")[0].attempt.progress for course in range(60)} == {60}
    again = Learners(table, PK, scratch(), whole=False).get(learner.hash)
    assert again.courses_sent() == whole.courses_sent()


def test_items_of_a_version_before_are_not_read(table: Table) -> None:
    fill(table, 1, 2)
    for hash_ in ("0" * 24, "01" * 12):
        table.write(PK, Put(f"learner#{hash_}#sent#00000", {"courses": {"old": [[1]]}}, shard="0"))
        parked = {"mail": "old@example.com", "rows": {}}
        table.write(PK, Put(f"learner#{hash_}#parked#00000", parked, shard="0"))
    for whole in (True, False):
        kept = Learners(table, PK, scratch(), whole=whole)
        assert kept.get("0" * 24).courses_sent() == []
        assert len(kept.get(kept.hash_of("learner0@example.com")).courses_sent()) == 2
        assert kept.rows_waiting() == 0


def test_who_could_not_be_read_is_read_when_asked_for_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = fill(table, 1, 2)
    hash_ = kept.hash_of("learner0@example.com")
    some = Learners(table, PK, scratch(), whole=False)
    get_each, failures = table.get_each, iter([True])

    def fails_once(keys: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        if next(failures, False):
            raise AwsUnavailable("not now")
        return get_each(keys)

    monkeypatch.setattr(table, "get_each", fails_once)
    with pytest.raises(AwsUnavailable):
        some.get(hash_)
    assert len(some.get(hash_).courses_sent()) == 2


def test_the_piece_that_tells_of_others_is_written_before_them(table: Table) -> None:
    kept = learners(table)
    learner = kept.get(kept.hash_of("a@example.com"))
    learner.record(attempt("c0"), T, 0)
    kept.save(learner)
    save(table, kept)
    for course in range(1, 40):
        learner.record(attempt(f"c{course}"), T, 0)
        kept.save(learner)
    first, *others = [write for write in kept.writes() if isinstance(write, Put)]
    assert first.sk.endswith("#00000")
    assert first.data["pieces"] == len(others) + 1


def test_a_learner_s_id_is_written_when_it_becomes_known(table: Table) -> None:
    fill(table, 1, 2)
    kept = learners(table)
    learner = kept.get(kept.hash_of("learner0@example.com"))
    learner.user_id = "b" * 24
    kept.save(learner)
    assert len(save(table, kept)) == 1
    learner = learners(table).get(learner.hash)
    assert learner.user_id == "b" * 24

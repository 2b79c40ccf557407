"""The courier alone: what is announced, submitted once, halved, and found again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from content_sync.errors import (
    LostAnswer,
    NoBulkPlace,
    NotFound,
    OutOfTime,
    Refused,
    RemoteUnavailable,
)
from content_sync.learning360.api import ARCHIVE_COURSES
from content_sync.state.cursors import InFlight
from content_sync.state.table import Delete, Table
from content_sync.sync.courier import Courier, RehearsingCourier
from content_sync.sync.journal import PlanJournal
from content_sync.sync.parcels import Parcel
from content_sync.web.timebudget import TimeBudget
from tests.unit.errands import (
    PK,
    Archives,
    Note,
    Platform,
    announced_at_submits,
    journal,
    new_cursor,
    parcels,
    store,
)


def test_an_errand_is_announced_before_and_recorded_after(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    seen = announced_at_submits(table, platform)
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a", "b"))  # type: ignore[arg-type]
    (in_flight,) = seen
    assert isinstance(in_flight, InFlight)
    assert (in_flight.errand, in_flight.pending, in_flight.begun) == ("archive", [(0, 2)], [])
    assert [outcome.note for outcome in errand.outcomes] == [Note("a", 3), Note("b", 3)]
    saved = store(table).read()
    assert saved is not None
    assert saved.in_flight == []
    assert table.get(PK, "mark#recorded") == 2


@pytest.mark.parametrize("reached", [True, False])
@pytest.mark.parametrize("abandoned", [True, False])
def test_what_was_left_in_flight_is_found_again(
    table: Table, reached: bool, abandoned: bool
) -> None:
    kept, platform = journal(table), Platform()

    def killed(*arguments: Any) -> str:
        if reached:
            Platform.submit(platform, *arguments)
        raise KeyboardInterrupt

    platform.submit = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        Courier(platform, "i", kept, kept.budget).carry(Archives(), parcels("a"))  # type: ignore[arg-type]
    del platform.submit
    again, errand = journal(table), Archives()
    courier = Courier(platform, "i", again, again.budget)  # type: ignore[arg-type]
    courier.settle([errand], abandoned=abandoned)
    recorded = [outcome.note for outcome in errand.outcomes]
    assert recorded == ([Note("a", 3)] if reached or not abandoned else [])
    assert len(platform.submitted) == (1 if reached or not abandoned else 0)


def test_a_lost_answer_is_looked_for_before_anything_is_repeated(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    kept, platform, errand = journal(table), Platform(), Archives()
    platform.lose = True
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a", "b"))  # type: ignore[arg-type]
    assert platform.submitted == [["a", "b"]]
    assert all(outcome.accepted for outcome in errand.outcomes)


def test_an_answer_that_is_lost_when_time_is_over_is_looked_for_by_the_next_invocation(
    table: Table,
) -> None:
    kept, platform, errand = journal(table, seconds=0.4), Platform(), Archives()
    platform.lose = True
    with pytest.raises(OutOfTime):
        Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a", "b"))  # type: ignore[arg-type]
    again = journal(table)
    Courier(platform, "i", again, again.budget).settle([errand])  # type: ignore[arg-type]
    assert platform.submitted == [["a", "b"]]
    assert all(outcome.accepted for outcome in errand.outcomes)


def test_an_operation_that_is_listed_and_gone_is_none_of_ours(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    kept, platform, errand = journal(table), Platform(), Archives()
    ours = Platform.operations

    def listed(self: Platform, endpoint: Any, since: int) -> list[dict[str, Any]]:
        return [{"_id": "gone"}, *ours(self, endpoint, since)]

    def operation(self: Platform, operation_id: str) -> dict[str, Any]:
        if operation_id == "gone":
            raise NotFound("no such operation")
        return {"_id": operation_id, "status": "completed"}

    monkeypatch.setattr(Platform, "operations", listed)
    monkeypatch.setattr(Platform, "operation", operation)
    platform.lose = True
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a", "b"))  # type: ignore[arg-type]
    assert platform.submitted == [["a", "b"]]
    assert all(outcome.accepted for outcome in errand.outcomes)


def test_a_refused_chunk_is_halved_until_the_faulty_item_stands_alone(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    platform.refused = {"c"}
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a", "b", "c", "d"))  # type: ignore[arg-type]
    refused = [outcome.note.external_id for outcome in errand.outcomes if outcome.refusal]
    assert refused == ["c"]
    assert platform.submitted == [["a", "b"], ["d"]]


def test_more_than_an_operation_takes_goes_out_in_several(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    names = [f"c{number}" for number in range(2500)]
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*names))  # type: ignore[arg-type]
    assert [len(chunk) for chunk in platform.submitted] == [1000, 1000, 500]
    assert len(errand.outcomes) == 2500


def test_a_plan_writes_and_submits_nothing(table: Table) -> None:
    budget = TimeBudget(lambda: 900_000)
    kept = PlanJournal(new_cursor(), store(table), None, budget)
    platform, errand = Platform(), Archives()
    kept.growing_set("names").add("x")
    RehearsingCourier(platform, "i", kept, budget).carry(errand, parcels("a"))  # type: ignore[arg-type]
    kept.save()
    assert [outcome.accepted for outcome in errand.outcomes] == [True]
    assert platform.submitted == []
    assert list(table.query(PK, "")) == []


def sized(*names: str, size: int) -> list[Parcel[Note]]:
    return [
        Parcel({"externalId": name, "name": "é" * (size // 2)}, Note(name, 3)) for name in names
    ]


def test_an_operation_is_bounded_by_its_bytes_too(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.sync.courier.MOST_BYTES", 10_000)
    kept, platform, errand = journal(table), Platform(), Archives()
    names = [f"c{number}" for number in range(10)]
    courier = Courier(platform, "i", kept, kept.budget)  # type: ignore[arg-type]
    courier.carry(errand, [*sized(*names, size=3000), *sized("huge", size=50_000)])
    assert [len(chunk) for chunk in platform.submitted] == [3, 3, 3, 1, 1]
    assert len(errand.outcomes) == 11


@pytest.mark.parametrize("how", ["413", "reset"])
def test_what_a_front_end_cuts_off_is_halved(
    table: Table, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    kept, platform, errand = journal(table), Platform(), Archives()
    submit = platform.submit

    def front_end(endpoint: Any, integration_id: str, items: list[Any]) -> str:
        if len(items) <= 3:
            return submit(endpoint, integration_id, items)
        if how == "reset":
            raise LostAnswer("the connection broke")
        raise Refused("x", status=413, code="", body=None, detail="413 ")

    platform.submit = front_end  # type: ignore[method-assign]
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*"abcdefgh"))  # type: ignore[arg-type]
    assert platform.submitted == [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
    assert all(outcome.accepted for outcome in errand.outcomes)
    assert len(errand.outcomes) == 8


def test_halving_gives_up_after_20_refusals_of_the_same_kind(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    names = [f"c{number:03d}" for number in range(500)]
    platform.refused = set(names[100:])
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*names))  # type: ignore[arg-type]
    assert len(errand.outcomes) == 500
    # What was found until then is kept; the rest is told in one sentence, and tried again.
    assert platform.submitted == [names[:62], names[62:93], names[93:97], names[97:99], [names[99]]]
    left = {outcome.undelivered for outcome in errand.outcomes if outcome.undelivered}
    (sentence,) = left
    assert sentence is not None
    assert sentence.startswith("20 pieces of a bulk operation were refused in the same way (400 x)")


def test_a_connection_that_breaks_20_times_ends_the_run_with_its_place(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    kept, platform, errand = journal(table), Platform(), Archives()

    def broken(*arguments: Any) -> str:
        raise LostAnswer("the connection broke")

    platform.submit = broken  # type: ignore[method-assign]
    names = [f"c{number}" for number in range(900)]
    with pytest.raises(RemoteUnavailable, match="on 20 pieces"):
        Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*names))  # type: ignore[arg-type]
    kept.save()
    del platform.submit
    again = journal(table)
    Courier(platform, "i", again, again.budget).settle([errand])  # type: ignore[arg-type]
    assert sorted(outcome.note.external_id for outcome in errand.outcomes) == sorted(names)


def test_halving_watches_the_clock_and_keeps_what_it_found(table: Table) -> None:
    """Out of time after each piece: the next invocation goes on with the next piece."""
    errand, platform = Archives(), Platform()
    platform.refused = {"c"}
    kept = journal(table, seconds=5)
    courier = Courier(platform, "i", kept, kept.budget)  # type: ignore[arg-type]
    invocations = 1
    with pytest.raises(OutOfTime):
        courier.carry(errand, parcels(*"abcdefgh"))
    while journal(table).cursor.in_flight:
        kept = journal(table, seconds=5)
        invocations += 1
        try:
            Courier(platform, "i", kept, kept.budget).settle([errand])  # type: ignore[arg-type]
            kept.save()
        except OutOfTime:
            pass
    assert invocations > 3
    assert platform.submitted == [["a", "b"], ["d"], ["e", "f", "g", "h"]]
    assert sorted(outcome.note.external_id for outcome in errand.outcomes) == list("abcdefgh")
    assert [outcome.note.external_id for outcome in errand.outcomes if outcome.refusal] == ["c"]


def test_what_is_not_announced_is_submitted_and_not_saved(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    seen = announced_at_submits(table, platform)
    courier = Courier(platform, "i", kept, kept.budget)  # type: ignore[arg-type]
    courier.carry(errand, parcels("a"), announced=False)
    assert seen == [None]
    # What would be doubled if it were sent again is announced in any case.
    courier.carry(
        errand, [Parcel({"externalId": "b", "forceNew": True}, Note("b", 1))], announced=False
    )
    assert seen[1] is not None


def test_what_was_not_announced_is_known_to_whoever_goes_on_with_it(table: Table) -> None:
    kept, platform, errand = journal(table, seconds=5), Platform(), Archives()
    platform.operation = lambda operation_id: {"status": "running"}  # type: ignore[method-assign]
    courier = Courier(platform, "i", kept, kept.budget)  # type: ignore[arg-type]
    with pytest.raises(OutOfTime):
        courier.carry(errand, parcels("a", "b"), announced=False)
    assert errand.outcomes == []
    del platform.operation  # type: ignore[method-assign]
    again = journal(table)
    assert again.cursor.in_flight
    Courier(platform, "i", again, again.budget).settle([errand])  # type: ignore[arg-type]
    assert platform.submitted == [["a", "b"]]
    assert [outcome.note for outcome in errand.outcomes] == [Note("a", 3), Note("b", 3)]


def test_two_operations_run_at_once_and_are_recorded_together(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    polled: list[tuple[str, int]] = []
    operation = platform.operation

    def watched(operation_id: str) -> dict[str, Any]:
        polled.append((operation_id, len(platform.submitted)))
        return operation(operation_id)

    platform.operation = watched  # type: ignore[method-assign]
    seen = announced_at_submits(table, platform)
    names = [f"c{number}" for number in range(2500)]
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*names))  # type: ignore[arg-type]
    assert polled == [("operation-1", 2), ("operation-2", 2), ("operation-3", 3)]
    # The second submit knew of the first one's operation: a kill would have found both.
    assert [one.begun if one else None for one in seen] == [[], [("operation-1", 0, 1000)], []]
    assert [outcome.note.external_id for outcome in errand.outcomes] == names


@pytest.mark.parametrize("reached", [True, False])
def test_a_kill_at_the_second_submit_loses_neither(table: Table, reached: bool) -> None:
    kept, platform = journal(table), Platform()
    submit = platform.submit

    def killed(*arguments: Any) -> str:
        if platform.submitted:
            if reached:
                submit(*arguments)
            raise KeyboardInterrupt
        return submit(*arguments)

    platform.submit = killed  # type: ignore[method-assign]
    names = [f"c{number}" for number in range(1500)]
    with pytest.raises(KeyboardInterrupt):
        Courier(platform, "i", kept, kept.budget).carry(Archives(), parcels(*names))  # type: ignore[arg-type]
    del platform.submit
    again, errand = journal(table), Archives()
    Courier(platform, "i", again, again.budget).settle([errand])  # type: ignore[arg-type]
    assert sorted(outcome.note.external_id for outcome in errand.outcomes) == sorted(names)
    assert all(outcome.accepted for outcome in errand.outcomes)
    assert [len(chunk) for chunk in platform.submitted] == [1000, 500]


def test_without_a_second_place_the_first_operation_is_seen_to_its_end(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    submit, ended = platform.submit, 0

    def admitted(*arguments: Any) -> str:
        if len(platform.submitted) > ended:
            raise NoBulkPlace
        return submit(*arguments)

    def results(operation_id: str) -> list[dict[str, Any]]:
        nonlocal ended
        ended += 1
        return Platform.results(platform, operation_id)

    platform.submit = admitted  # type: ignore[method-assign]
    platform.results = results  # type: ignore[method-assign]
    names = [f"c{number}" for number in range(1500)]
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels(*names))  # type: ignore[arg-type]
    assert [len(chunk) for chunk in platform.submitted] == [1000, 500]
    assert len(errand.outcomes) == 1500


def test_with_all_operations_known_that_may_run_none_is_looked_for(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of it is announced at once, as a catalogue is.
    monkeypatch.setattr(Archives, "may_stop_between", False)
    kept, platform = journal(table), Platform()

    def killed(operation_id: str) -> dict[str, Any]:
        raise KeyboardInterrupt

    platform.operation = killed  # type: ignore[method-assign]
    names = [f"c{number}" for number in range(2500)]
    with pytest.raises(KeyboardInterrupt):
        Courier(platform, "i", kept, kept.budget).carry(Archives(), parcels(*names))  # type: ignore[arg-type]
    assert [len(chunk) for chunk in platform.submitted] == [1000, 1000]
    del platform.operation
    # Whoever looks for one calls it.
    platform.operations = None  # type: ignore[assignment, method-assign]
    again, errand = journal(table), Archives()
    Courier(platform, "i", again, again.budget).settle([errand])  # type: ignore[arg-type]
    assert sorted(outcome.note.external_id for outcome in errand.outcomes) == sorted(names)
    assert [len(chunk) for chunk in platform.submitted] == [1000, 1000, 500]


class Announced:
    """Blocks of three parcels each, one begun after the other, over as many tries as it takes."""

    BLOCKS = (("a", "b", "c"), ("d", "e", "f"), ("g", "h", "i"))

    def __init__(self, table: Table) -> None:
        self.table, self.platform, self.errand = table, Platform(), Archives()
        self.begun = 0

    def go_on(self, change: Callable[[Any], None] = lambda kept: None) -> None:
        kept = journal(self.table)
        change(kept)
        courier = Courier(self.platform, "i", kept, kept.budget)  # type: ignore[arg-type]
        courier.settle([self.errand])
        # Where the run stands is what it has begun with.
        for block in self.BLOCKS[kept.cursor.tagged :]:
            kept.cursor.tagged += 1
            courier.begin(self.errand, parcels(*block))
        courier.finish()
        kept.save()

    def arrived(self) -> list[str]:
        return [name for names in self.platform.submitted for name in names]


def test_what_is_begun_goes_on_while_more_is_begun(table: Table) -> None:
    world = Announced(table)
    polled: list[tuple[str, int]] = []
    operation = world.platform.operation

    def watched(operation_id: str) -> dict[str, Any]:
        polled.append((operation_id, len(world.platform.submitted)))
        return operation(operation_id)

    world.platform.operation = watched  # type: ignore[method-assign]
    world.go_on()
    # Each is polled after the next one was submitted, and never more than two are under way.
    assert polled == [("operation-1", 2), ("operation-2", 3), ("operation-3", 3)]
    assert world.arrived() == list("abcdefghi")
    assert [outcome.note.external_id for outcome in world.errand.outcomes] == list("abcdefghi")
    assert journal(table).cursor.in_flight == []


@pytest.mark.parametrize("what", ["save", "submit"])
@pytest.mark.parametrize("after", [False, True])
def test_begun_blocks_are_neither_lost_nor_doubled(table: Table, what: str, after: bool) -> None:
    killed = 0
    for place in range(1, 15):
        world = Announced(table)
        kept = store(table).read()
        assert kept is None or not kept.in_flight
        table.write(PK, Delete("cursor#catalog"))
        left = place

        def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
            def wrapped(*arguments: Any, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0 and not after:
                    raise KeyboardInterrupt
                result = function(*arguments, **more)
                if left == 0:
                    raise KeyboardInterrupt
                return result

            return wrapped

        def change(kept: Any) -> None:
            if what == "save":
                kept.save = deadly(kept.save)
            else:
                world.platform.submit = deadly(world.platform.submit)  # type: ignore[method-assign]  # noqa: B023

        try:
            world.go_on(change)
        except KeyboardInterrupt:
            killed += 1
        left = -1
        world.go_on()
        assert sorted(world.arrived()) == list("abcdefghi"), place
        recorded = {outcome.note.external_id for outcome in world.errand.outcomes}
        assert recorded == set("abcdefghi"), place
    assert killed >= 3


def test_without_a_second_place_the_first_is_seen_to_its_end(table: Table) -> None:
    world = Announced(table)
    submit, running = world.platform.submit, []

    def one_place(*arguments: Any) -> str:
        if running:
            raise NoBulkPlace("busy")
        running.append(submit(*arguments))
        return str(running[0])

    def ended(operation_id: str) -> dict[str, Any]:
        running.clear()
        return {"_id": operation_id, "status": "completed"}

    world.platform.submit = one_place  # type: ignore[method-assign]
    world.platform.operation = ended  # type: ignore[method-assign]
    world.go_on()
    assert world.arrived() == list("abcdefghi")
    assert {outcome.note.external_id for outcome in world.errand.outcomes} == set("abcdefghi")


def test_a_refused_block_is_halved_beside_the_one_that_is_under_way(table: Table) -> None:
    world = Announced(table)
    world.platform.refused = {"e"}
    world.go_on()
    assert sorted(world.arrived()) == list("abcdfghi")
    refused = [one.note.external_id for one in world.errand.outcomes if one.refusal]
    assert refused == ["e"]
    assert len(world.errand.outcomes) == 9


def test_a_block_that_is_refused_as_a_whole_is_at_its_end(table: Table) -> None:
    world = Announced(table)
    world.platform.refused = set("abcghi")
    world.go_on()
    assert world.arrived() == list("def")
    assert len(world.errand.outcomes) == 9
    assert journal(table).cursor.in_flight == []


@pytest.mark.parametrize("taken", range(64))
def test_every_operation_is_submitted_however_often_others_take_the_places(
    table: Table, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of three operations each; of the first submits, some find all places taken."""
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    world = Announced(table)
    world.errand.endpoint = replace(ARCHIVE_COURSES, most_items=1)
    submit, tries = world.platform.submit, iter(f"{taken:06b}"[::-1])

    def crowded(*arguments: Any) -> str:
        if next(tries, "0") == "1":
            raise NoBulkPlace("busy")
        return submit(*arguments)

    world.platform.submit = crowded  # type: ignore[method-assign]
    world.go_on()
    assert sorted(world.arrived()) == list("abcdefghi")
    assert sorted(one.note.external_id for one in world.errand.outcomes) == list("abcdefghi")


def test_an_invocation_that_only_waits_for_a_place_goes_on_in_another(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content_sync.web.timebudget.time.sleep", lambda _: None)
    platform, errand = Platform(), Archives()

    tries = 0

    def crowded(*arguments: Any) -> str:
        nonlocal tries
        tries += 1
        assert tries <= 2, "each invocation stops at its first try"
        raise NoBulkPlace("busy")

    platform.submit = crowded  # type: ignore[method-assign]
    # As much as is left of it when a run must stop.
    for _ in range(2):
        kept = journal(table, seconds=20)
        courier = Courier(platform, "i", kept, kept.budget)  # type: ignore[arg-type]
        with pytest.raises(OutOfTime):
            courier.settle([errand]) if kept.cursor.in_flight else courier.carry(
                errand, parcels("a")
            )
    del platform.submit
    kept = journal(table)
    Courier(platform, "i", kept, kept.budget).settle([errand])  # type: ignore[arg-type]
    assert platform.submitted == [["a"]]


def test_what_an_operation_says_is_told_masked_and_short(table: Table) -> None:
    kept, platform, errand = journal(table), Platform(), Archives()
    said = "user jane.doe@example.com may not: " + "x" * 30_000

    def broke_off(operation_id: str) -> dict[str, Any]:
        return {"_id": operation_id, "status": "error", "errorMessage": said}

    platform.operation = broke_off  # type: ignore[method-assign]
    platform.results = lambda operation_id: []  # type: ignore[method-assign]
    Courier(platform, "i", kept, kept.budget).carry(errand, parcels("a"))  # type: ignore[arg-type]
    (outcome,) = errand.outcomes
    assert "may not" in outcome.message
    assert "jane.doe" not in outcome.message
    assert len(outcome.message) < 1000

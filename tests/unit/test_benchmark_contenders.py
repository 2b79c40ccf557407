"""The benchmark's contenders and meters: all deliver the same, and each is measured alike."""

import asyncio
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.providers import PROVIDERS
from tests.benchmarks import page, settling
from tests.benchmarks.memory import peak_mb
from tests.benchmarks.plain import plain
from tests.benchmarks.program import Meter
from tests.benchmarks.run import Scene, _in_turn, _jobs, _must_agree, _submitted
from tests.benchmarks.world import World

SAID_BY_A_CHILD = "from tests.benchmarks.memory import peak_mb; print(peak_mb())"


def test_whoever_delivered_less_is_named() -> None:
    scene = Scene("edflex", "catalog", 5, 0)
    whole = {"courses": 5, "titles": 100}
    arrived = dict.fromkeys(("edflex", *scene.contenders[1:]), whole)
    _must_agree(scene, arrived)
    for who in arrived:
        for lack in ({"courses": 4, "titles": 100}, {"courses": 5, "titles": 99}, {}):
            with pytest.raises(RuntimeError, match="not everybody delivered the same"):
                _must_agree(scene, arrived | {who: lack})
    with pytest.raises(RuntimeError, match="not everybody"):
        _must_agree(scene, {who: {} for who in arrived})


def test_pages_are_as_large_after_a_course_came() -> None:
    for name in PROVIDERS:
        world = World(name, 12, 20, 7)
        before = _sizes_of_pages(world.services[name])
        asyncio.run(world.gain(None))  # type: ignore[arg-type]
        assert _sizes_of_pages(world.services[name]) == before


def _sizes_of_pages(service: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(service).items() if "page" in key}


def test_script_and_floor_deliver_what_the_provider_has(tmp_path: Path) -> None:
    """The yardsticks themselves, on a small world: dlt's and Singer's packages are not ours."""
    name = "edflex"
    scene = Scene(name, "stats", 600, 0)
    with settling.world(name, courses=20, statistics=600, seed=3, latency=0) as where:
        seen = []
        for case in ("first", "changed", "whole"):
            if case == "changed":
                settling.post(f"{where['url']}/_benchmark/change?kind=stats")
            jobs = _jobs(scene, where, tmp_path, whole=case == "whole")
            read = {}
            for peer in ("script", "floor"):
                settling.requests_since_last(where["url"])
                one = settling.peer(peer, jobs[peer], python=Path(sys.executable))
                assert one["seconds"] > 0
                counts = settling.requests_since_last(where["url"])
                read[peer] = counts[f"GET {name}"]
            arrived = settling.get(f"{where['url']}/_benchmark/arrived")
            assert arrived["script"] == arrived["floor"]
            seen.append((arrived["floor"]["attempts"], arrived["floor"]["last"], read))
    (first, first_last, _), (attempts, last, part), (_, _, whole) = seen
    assert first == attempts == 600
    assert last > first_last
    assert whole["floor"] >= part["floor"]
    assert all(one["script"] == one["floor"] for _, _, one in seen)


def test_operations_are_counted_without_the_logins() -> None:
    counts = {"POST 360learning": 4, "PUT 360learning": 2}
    assert _submitted(Scene("acme", "stats", 10, 0), counts, logins=2) == 2
    assert _submitted(Scene("acme", "catalog", 10, 0), counts, logins=1) == 2


def test_only_time_in_which_nothing_else_is_waited_for_is_aws_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([10.0, 11.0, 13.0, 16.0, 20.0, 25.0, 30.0, 32.0])
    # Between 13 and 16 another thread computes for half a second, and between 30 and 32 for three.
    computed = iter([1.0, 1.0, 1.0, 1.5, 1.5, 1.5, 2.0, 5.0])
    monkeypatch.setattr("tests.benchmarks.program.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("tests.benchmarks.program.time.process_time", lambda: next(computed))
    meter = Meter()
    # From 10 to 16, beside something else from 11 to 13; then something else alone.
    with meter.during("aws"), meter.during("other"):
        pass
    with meter.during("other"):
        pass
    with meter.during("aws"):
        pass
    assert meter.seconds == (11 - 10) + (16 - 13 - 0.5)


def test_units_are_of_what_is_larger_the_item_before_or_after() -> None:
    def item(size: int, sk: str = "s") -> dict[str, Any]:
        return {"pk": {"S": "p"}, "sk": {"S": sk}, "content": {"S": "x" * size}}

    def transact(**action: Any) -> dict[str, Any]:
        return {"TransactItems": [action]}

    meter, key = Meter(), {"pk": {"S": "p"}, "sk": {"S": "s"}}
    meter.count("TransactWriteItems", transact(Put={"Item": item(5000)}), {})
    assert meter.write_units == 2 * 5
    meter.count("PutItem", {"Item": item(10)}, {})
    assert meter.write_units == 2 * 5 + 5
    meter.count("TransactWriteItems", transact(Delete={"Key": key}), {})
    assert meter.write_units == 2 * 5 + 5 + 2
    # What was only read is known, too.
    meter.count("Query", {}, {"Items": [item(3000, "a"), item(3000, "b")]})
    assert meter.read_units == 2
    meter.count("BatchGetItem", {}, {"Responses": {"t": [item(3000, "a"), item(10, "b")]}})
    assert meter.read_units == 4
    before = meter.write_units
    meter.count("DeleteItem", {"Key": {"pk": {"S": "p"}, "sk": {"S": "a"}}}, {})
    meter.count("UpdateItem", {"Key": {"pk": {"S": "p"}, "sk": {"S": "lease"}}}, {})
    assert meter.write_units == before + 3 + 1


def test_peak_memory_is_a_process_s_own() -> None:
    # What this one imported is none of a child's that imports next to nothing.
    child = [sys.executable, "-S", "-c", SAID_BY_A_CHILD]
    done = subprocess.run(child, check=True, capture_output=True, text=True, cwd=page.ROOT)
    assert 0 < float(done.stdout) < peak_mb() / 2


def test_contenders_take_turns_and_the_floor_comes_last() -> None:
    contenders = ("ours", "script", "dlt", "singer", "floor")
    turns = [_in_turn(contenders, number) for number in range(4)]
    assert {turn[-1] for turn in turns} == {"floor"}
    assert [turn[0] for turn in turns] == ["ours", "script", "dlt", "singer"]
    assert all(sorted(turn) == sorted(contenders) for turn in turns)


def test_a_provider_is_asked_as_many_things_at_once_as_the_program_asks() -> None:
    for name in PROVIDERS:
        api = importlib.import_module(f"content_sync.providers.{name}.api")
        assert plain(name).parallel == getattr(api, "PARALLEL", 1)

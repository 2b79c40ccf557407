"""The judge of the benchmark: a row that falls short is named, and one that does not is not."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.providers import PROVIDERS
from tests.benchmarks import page
from tests.benchmarks.judging import cold_faults, missed, not_linear
from tests.benchmarks.plain import plain
from tests.benchmarks.run import _in_turn


def row(**more: Any) -> dict[str, Any]:
    whole = {
        "provider": "acme",
        "kind": "catalog",
        "case": "first",
        "size": 1000,
        "latency_ms": 50,
        "seconds": 1.1,
        "aws_seconds": 0.1,
        "cpu_seconds": 0.5,
        "peak_mb": 100.0,
        "requests": 20.0,
        "bulk_operations": 1,
        "write_units": 100.0,
        "read_units": 10.0,
        "dynamodb_bytes": 1e6,
        "floor_seconds": 0.9,
        "peers": {"script": 2.0, "dlt": 2.0, "singer": 2.0},
        "runs": [{}],
    }
    return whole | more


def test_a_row_that_holds_every_target_is_not_named() -> None:
    assert list(missed(row())) == []
    assert list(missed(row(case="unchanged", bulk_operations=0, floor_seconds=0.95))) == []
    # Without latency nobody asks for the floor.
    assert list(missed(row(latency_ms=0, floor_seconds=0.1))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peers": {"script": 2.0, "dlt": 0.9}}, "1.00 s, dlt 0.90 s"),
        ({"floor_seconds": 0.8}, "1.25 times the floor, 1.2 at most"),
        ({"case": "unchanged", "bulk_operations": 0}, "1.11 times the floor, 1.1 at most"),
        ({"case": "unchanged", "floor_seconds": 1.0}, "1 operations although nothing changed"),
        ({"seconds": 1.2, "aws_seconds": 0.2}, "AWS takes 17% of it, 10% at most"),
        ({"peak_mb": 256.0}, "256 MB"),
    ],
)
def test_a_row_that_misses_a_target_is_named_with_it(change: dict[str, Any], said: str) -> None:
    faults = list(missed(row(**change)))
    assert len(faults) == 1, faults
    assert faults[0].startswith("acme catalog ")
    assert said in faults[0]


def test_what_grows_faster_than_the_work_is_named() -> None:
    small, large = row(), row(size=10_000, requests=200.0, cpu_seconds=5.0, write_units=1000.0)
    assert list(not_linear([small, large])) == []
    (fault,) = not_linear([small, large | {"cpu_seconds": 6.0}])
    assert "cpu_seconds grew 12.0 times, the work 10 times" in fault
    # Rows of other cases are not compared.
    assert list(not_linear([small, row(case="unchanged", size=10_000, requests=9e9)])) == []


def test_a_handler_that_imports_too_slowly_is_named() -> None:
    def of(seconds: float) -> dict[str, Any]:
        return {"imports": [{"function": "f", "seconds": seconds, "packages_seconds": 1.0}]}

    assert list(cold_faults(of(1.15))) == []
    assert list(cold_faults(of(1.2))) == ["f: imported in 1.20 times what its packages take"]


def test_contenders_take_turns_and_the_floor_comes_last() -> None:
    contenders = ("ours", "script", "dlt", "singer", "floor")
    turns = [_in_turn(contenders, number) for number in range(4)]
    assert {turn[-1] for turn in turns} == {"floor"}
    assert [turn[0] for turn in turns] == ["ours", "script", "dlt", "singer"]
    assert all(sorted(turn) == sorted(contenders) for turn in turns)


def test_the_page_shows_each_row_and_what_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "\n".join(page.figures([row(), row(floor_seconds=0.5)], {}))
    assert "| acme | 1,000 | first | 1.00 | 0.10 | 0.90 | 1.11 | 2.00 |" in lines
    assert "Targets that are missed: 1" in lines
    assert "2.00 times the floor" in lines
    drawn = page.chart([row(case="unchanged")])
    assert drawn.startswith("<svg")
    assert "<script" not in drawn


def test_the_pages_have_their_marks_and_the_picture() -> None:
    for path, name in ((page.PAGE, "figures"), (page.COSTS, "costs")):
        text = path.read_text()
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- end of {name} -->\n") == 1
    assert page.CHART.is_file()


def test_only_what_stands_between_the_marks_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n")
    page.put(path, "x", ["new", "lines"])
    assert path.read_text() == "before\n<!-- x -->\n\nnew\nlines\n<!-- end of x -->\nafter\n"
    with pytest.raises(ValueError, match="no marks of y"):
        page.put(path, "y", ["lost"])


def test_every_provider_is_read_by_the_peers() -> None:
    for name in PROVIDERS:
        assert plain(name).parallel >= 1

"""The judge of the benchmark and its page: what falls short is named, and what does not is not."""

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import page
from tests.benchmarks.judging import (
    Miss,
    faster_with_aws,
    missed,
    slower,
    title,
    told_apart,
)
from tests.benchmarks.page import Figures
from tests.benchmarks.run import verdict


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
        "peers_cpu_seconds": {"script": 0.2},
        "peers_peak_mb": {"script": 40.0},
        "runs": [{"ours": 1.1, "aws": 0.1}, {"ours": 1.4, "aws": 0.2}],
        "sitting": {"seed": 7, "on": "2026-01-02", "commit": "abc", "machine": "a machine"},
    }
    return whole | more


def test_a_row_that_holds_every_target_is_not_named() -> None:
    assert list(missed([row()], {})) == []
    unchanged = row(case="unchanged", bulk_operations=0, floor_seconds=0.95)
    assert list(missed([unchanged], {})) == []
    # Without latency nobody asks for the floor.
    assert list(missed([row(latency_ms=0, floor_seconds=0.1)], {})) == []
    assert list(missed([row(case="whole", bulk_operations=0, floor_seconds=0.95)], {})) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peers": {"script": 2.0, "dlt": 0.9}}, "1.00 s, dlt 0.90 s"),
        ({"floor_seconds": 0.8}, "1.25 times the floor, 1.2 at most"),
        ({"case": "unchanged", "bulk_operations": 0}, "1.11 times the floor, 1.1 at most"),
        ({"case": "unchanged", "floor_seconds": 1.0}, "1 operations although nothing changed"),
        ({"case": "whole", "bulk_operations": 0}, "1.11 times the floor, 1.1 at most"),
        ({"seconds": 1.2, "aws_seconds": 0.2}, "AWS takes 17% of it, 10% at most"),
        ({"latency_ms": 0, "seconds": 1.2, "aws_seconds": 0.2}, "AWS takes 17% of it"),
        ({"peak_mb": 256.0}, "256 MB"),
    ],
)
def test_a_row_that_misses_a_target_is_named_with_it(change: dict[str, Any], said: str) -> None:
    faults = [str(miss) for miss in missed([row(**change)], {})]
    assert len(faults) == 1, faults
    assert faults[0].startswith("acme catalog ")
    assert said in faults[0]


def test_what_grows_faster_than_the_work_is_named() -> None:
    small, large = row(), row(size=10_000, requests=200.0, cpu_seconds=5.0, write_units=1000.0)
    large |= {"seconds": 11.0, "peers": {}, "floor_seconds": 10.0}
    assert list(missed([small, large], {})) == []
    (miss,) = missed([small, large | {"cpu_seconds": 6.0}], {})
    assert "cpu_seconds grew 12.0 times, the work 10 times" in miss.said
    # What Lambda counts holds AWS's seconds, too.
    (miss,) = missed([small, large | {"seconds": 13.0, "floor_seconds": 12.0}], {})
    assert "seconds grew 11.8 times" in miss.said
    # From each size to the next: the last step shows it, too.
    huge = large | {"size": 100_000, "requests": 2300.0}
    assert list(missed([large, huge | {"requests": 2200.0}], {})) == []
    (miss,) = missed([huge, large, small], {})
    assert str(miss).startswith("acme catalog first, 100,000 at 50 ms: requests grew 11.5 times")
    # Rows of other cases are not compared.
    other = row(case="changed", size=10_000, requests=9e9)
    assert list(missed([small, other], {})) == []


def test_a_handler_that_imports_too_slowly_is_named() -> None:
    def of(seconds: float) -> dict[str, Any]:
        return {"imports": [{"function": "f", "seconds": seconds, "packages_seconds": 1.0}]}

    assert list(missed([], of(1.15))) == []
    (miss,) = missed([], of(1.2))
    assert str(miss).startswith("f: imported in 1.20 times what its packages take")


def test_what_the_kept_figures_miss_already_is_told_apart() -> None:
    known, other = Miss("a row", "dlt", "2.00 s, dlt 1.00 s"), Miss("a row", "floor", "x")
    now = Miss("a row", "dlt", "3.00 s, dlt 1.00 s")
    slight = Miss("a row", "singer", "1.01 s, singer 1.00 s", slight=True)
    assert told_apart([now, other, slight], [known]) == ([other], [now, slight])
    # What no contender tells may become larger, too: an import, or AWS's part.
    known, now = (Miss("f", "import", "x", times=times) for times in (1.2, 1.3))
    assert told_apart([now], [known]) == ([], [now])
    now = now._replace(times=1.4)
    assert told_apart([now], [known]) == ([now], [])


@pytest.mark.parametrize(
    ("change", "slight"),
    [
        ({"peers": {"dlt": 0.98}}, True),
        ({"peers": {"dlt": 0.96}}, False),
        ({"floor_seconds": 0.89}, True),
        ({"floor_seconds": 0.87}, False),
        ({"seconds": 1.13, "aws_seconds": 0.13}, True),
        ({"seconds": 1.2, "aws_seconds": 0.2}, False),
        # Whether the poll that finds the end comes early or late, of the tenth that lies between.
        ({"case": "first", "bulk_operations": 2, "floor_seconds": 0.75}, True),
        ({"case": "first", "bulk_operations": 2, "floor_seconds": 0.7}, False),
    ],
)
def test_what_is_missed_by_no_more_than_a_row_differs_by_is_slight(
    change: dict[str, Any], slight: bool
) -> None:
    holding = {"case": "unchanged", "bulk_operations": 0, "floor_seconds": 1.0}
    (miss,) = missed([row(**holding | change)], {})
    assert miss.slight is slight


def test_a_row_that_became_slower_beside_most_is_named_whatever_the_targets() -> None:
    alone = {"peers": {}, "bulk_operations": 0}
    kept = [row(**alone, floor_seconds=1.0)]
    assert list(slower([row(**alone, floor_seconds=1.0)], kept)) == []
    assert list(slower([row(**alone, floor_seconds=0.95)], kept)) == []
    (told,) = slower([row(**alone, floor_seconds=0.8)], kept)
    assert told == "acme catalog first, 1,000 at 50 ms: 1.25 times the floor (1.00 before)"
    # A hundredth of a second is the noise of a small row.
    tiny = alone | {"seconds": 0.02, "aws_seconds": 0.0}
    assert list(slower([row(floor_seconds=0.01, **tiny)], [row(floor_seconds=0.02, **tiny)])) == []
    # What was not measured before is held against nothing.
    assert list(slower([row(**alone, size=5, floor_seconds=0.1)], kept)) == []
    # One contender was faster than before, and it was not the program that was slower.
    kept, peers = [row(bulk_operations=0)], row()["peers"]
    assert list(slower([row(bulk_operations=0, peers=peers | {"singer": 1.5})], kept)) == []
    (told,) = slower([row(bulk_operations=0, seconds=1.3)], kept)
    assert told.partition(": ")[2] == (
        "0.60 times script (0.50 before), 0.60 times dlt (0.50 before), 0.60 times singer (0.50 "
        "before), 1.33 times the floor (1.11 before)"
    )
    # A tenth of a second lies between two polls.
    assert list(slower([row(seconds=1.23)], [row()])) == []
    assert len(list(slower([row(seconds=1.3)], [row()]))) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"requests": 28.0}, "requests 28, 20 before"),
        ({"write_units": 120.0}, "write_units 120, 100 before"),
        ({"read_units": 17.0}, "read_units 17, 10 before"),
        ({"dynamodb_bytes": 1.2e6}, "dynamodb_bytes 1,200,000, 1,000,000 before"),
        ({"peak_mb": 120.0}, "peak_mb 120, 100 before"),
        ({"cpu_seconds": 0.6}, "processor time 3.00 times script (2.50 before)"),
    ],
)
def test_a_row_that_takes_more_of_anything_is_named(change: dict[str, Any], said: str) -> None:
    assert list(slower([row(**change)], [row()])) == [f"{title(row())}: {said}"]


def test_what_differs_from_run_to_run_is_not_named() -> None:
    little = {"requests": 25.0, "write_units": 110.0, "peak_mb": 110.0, "cpu_seconds": 0.52}
    assert list(slower([row(**little)], [row()])) == []


def test_many_rows_that_became_a_little_slower_are_named_together() -> None:
    sizes = range(1, 9)
    kept = [row(size=size) for size in sizes]
    slow = [row(size=size, seconds=1.16) for size in sizes]
    assert list(slower(slow, kept)) == [
        "all 8 rows together: 1.06 times what was kept, beside the same"
    ]
    assert list(slower(slow[1:], kept)) == []
    assert list(slower([row(size=size, seconds=1.14) for size in sizes], kept)) == []


def test_a_slower_or_unmeasured_scene_has_an_exit_code_of_its_own() -> None:
    missing, holding = row(floor_seconds=0.7), row()
    kept = Figures([missing], {})
    assert verdict(Figures([holding], {}), Figures([holding], {})) == (["every target holds"], 0)
    (*told, summary), code = verdict(Figures([missing], {}), kept)
    assert (code, [line.partition("  ")[0] for line in told]) == (1, ["MISSED, NO WORSE"])
    assert summary.startswith("no worse than")
    (*told, summary), code = verdict(Figures([missing], {}), Figures([holding], {}))
    assert (code, told[-1].partition("  ")[0], summary[:5]) == (2, "MISSED", "WORSE")
    slow = row(floor_seconds=0.7, seconds=1.5)
    (_, line, _), code = verdict(Figures([slow], {}), kept)
    assert code == 2
    assert line.startswith(f"SLOWER  {title(slow)}: ")
    (*told, _), code = verdict(Figures([holding], {}), kept, ["a scene: it failed"])
    assert (code, told) == (2, ["NOT MEASURED  a scene: it failed"])


def test_where_a_peer_would_be_faster_with_aws_s_seconds_is_told() -> None:
    peers = {"script": 0.9, "dlt": 1.05, "singer": 1.2}
    (told,) = faster_with_aws([row(peers=peers)])
    assert told == "acme catalog first, 1,000 at 50 ms: 1.10 s, dlt 1.05 s"


def test_the_page_shows_each_row_and_what_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = row(floor_seconds=0.5, peers={"script": 0.8})
    cold = {
        "imports": [{"function": "f", "seconds": 2.0, "packages_seconds": 1.0, "modules": 9}],
        "first": dict.fromkeys(("compiled", "layer_mb", "sources", "sources_mb"), 1.0)
        | {"function": "f"},
    }
    lines = "\n".join(page.figures(Figures([row(), slow], cold)))
    assert "Measured on 2026-01-02 of `abc`, on a machine" in lines
    shown = "| acme | 1,000 | first | 1.00 | 1.00 – 1.20 | 0.10 | 0.90 | 1.11 | 2.00 | 0.50 |"
    assert shown in lines
    # Where a peer is faster, the ratio is marked; where it did not run, nothing is told.
    assert "| 0.80 | **1.25** | – | – | – | – |" in lines
    assert "Targets that are missed: 3" in lines
    assert "2.00 times the floor" in lines
    assert "- f: imported in 2.00 times" in lines
    assert (
        "| acme | catalog | 1,000 | first | 0.50 | 0.20 | – | – | 100 | 40 | – | – |"
        in "\n".join(page.resources([row(latency_ms=0)]))
    )
    shown = list(page.overview([row(), slow, row(latency_ms=0)]))
    assert "| Catalogues, 50 ms | first | 1 of 2 | 0 of 1 | 0 of 1 | 1 of 2 | 1 of 2 |" in shown
    assert "| All, 0 ms | | 0 of 1 | 0 of 1 | 0 of 1 | 0 of 1 | – |" in shown
    drawn = page.chart([row(case="unchanged")], "unchanged")
    assert drawn.startswith("<svg")
    assert "with AWS" in drawn
    assert "<script" not in drawn


def test_the_kept_figures_are_those_of_the_page(tmp_path: Path) -> None:
    measured = Figures([row(), row(size=10)], {"imports": []})
    measured.write(tmp_path / "kept.json")
    assert Figures.read(tmp_path / "kept.json") == measured
    assert Figures.read(tmp_path / "none.json") == Figures([], {})
    kept = Figures.read(page.KEPT)
    assert kept.rows
    made = "\n".join(page.figures(kept))
    assert made in page.PAGE.read_text()


def test_what_was_measured_anew_takes_the_place_of_what_is_kept() -> None:
    kept = Figures([row(), row(size=10)], {"imports": []})
    thrice = [{"ours": 2.0, "aws": 0.1}] * 3
    again, other = row(seconds=2.0, runs=thrice), row(case="unchanged", runs=thrice)
    # What was measured once, as QUICK=1 does, says too little.
    once = row(size=10, seconds=9.0, runs=thrice[:1])
    assert kept.renewed([other, again, once], {}) == Figures(
        [row(size=10), again, other], {"imports": []}
    )
    assert kept.renewed([], {"imports": ["x"]}).cold == {"imports": ["x"]}


def test_the_pages_have_their_marks_and_the_picture() -> None:
    for path, name in ((page.PAGE, "figures"), (page.COSTS, "costs")):
        text = path.read_text()
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- end of {name} -->\n") == 1
    assert all((page.CHARTS / page.drawing(case)).is_file() for case in page.DRAWN)


def test_only_what_stands_between_the_marks_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n")
    page.put(path, "x", ["new", "lines"])
    assert path.read_text() == "before\n<!-- x -->\n\nnew\nlines\n<!-- end of x -->\nafter\n"
    with pytest.raises(ValueError, match="no marks of y"):
        page.put(path, "y", ["lost"])

"""What is asked of the figures: the targets, and which row misses one.

The time in which nothing but the local AWS is waited for stands apart: it is a simulator, and the
peers keep what they know in files.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

TIMES_FLOOR = 1.2
TIMES_READING = 1.1
MOST_MB = 256
AWS_PART = 0.1
TIMES_PACKAGES = 1.15
# What figures of two sizes may differ by without reason, of a shared machine.
FASTER_THAN_WORK = 1.1
# Where nothing changed: what is sent is nothing, and the floor is the reading.
UNCHANGED = ("unchanged", "whole")
# A row is slower whose ratios to most contenders are so many times the kept ones, and for more than
# its noise: one contender may have had a bad day, and so may all of a row of a tenth of a second.
SLOWER = 1.1
NOISE_SECONDS = 0.03
# Of a single run's processor time, which a neighbour on the machine may slow.
NOISE_PROCESSOR_SECONDS = 0.06
# Of a row that sends it is chance, too, which of two polls finds an operation at its end.
BETWEEN_POLLS = 0.06
# All rows together say more than each: so many times is no chance, of so many rows.
SLOWER_TOGETHER, TOGETHER = 1.05, 8
# What the same program takes of these is the same on every machine, but for a few polls.
STEADY = ("requests", "write_units", "read_units", "dynamodb_bytes", "peak_mb")
FEW = 5

# What must grow no faster than the work. A run's seconds are what Lambda counts, with AWS's.
GROWING = ("requests", "seconds", "cpu_seconds", "write_units", "read_units")

Row = dict[str, Any]
Figure = Callable[[Row], float]


class Miss(NamedTuple):
    """A target that is missed.

    Attributes:
        what: Of which row, or handler.
        target: By a word.
        said: The sentence.
        slight: Whether it is missed by no more than what a row differs by without reason.
        times: How many times the target it is, where no contender tells that.
    """

    what: str
    target: str
    said: str
    slight: bool = False
    times: float = 1.0

    def __str__(self) -> str:
        return f"{self.what}: {self.said}"


def own(row: Row) -> float:
    """Return the seconds of a row without those of AWS."""
    return float(row["seconds"] - row["aws_seconds"])


def missed(rows: list[Row], cold: Row) -> Iterator[Miss]:
    """Yield which targets are missed by rows and by cold starts, where they were measured."""
    for row in rows:
        yield from _missed_by(row)
    yield from _not_linear(rows)
    for row in cold.get("imports", ()):
        ratio = row["seconds"] / row["packages_seconds"]
        if ratio > TIMES_PACKAGES:
            said = f"imported in {ratio:.2f} times what its packages take, {TIMES_PACKAGES} at most"
            yield Miss(row["function"], "import", said, times=ratio / TIMES_PACKAGES)


def _missed_by(row: Row) -> Iterator[Miss]:
    what, mine, noise = title(row), own(row), _noise(row)
    for peer, seconds in row["peers"].items():
        if mine >= seconds:
            said = f"{mine:.2f} s, {peer} {seconds:.2f} s"
            yield Miss(what, peer, said, slight=mine - seconds <= noise)
    if row["latency_ms"]:
        most = TIMES_READING if row["case"] in UNCHANGED else TIMES_FLOOR
        floor = row["floor_seconds"]
        if mine > most * floor:
            said = f"{mine / floor:.2f} times the floor, {most} at most"
            yield Miss(what, "floor", said, slight=mine - most * floor <= noise)
    if row["case"] in UNCHANGED and row["bulk_operations"]:
        said = f"{row['bulk_operations']:.0f} operations although nothing changed"
        yield Miss(what, "operations", said)
    beyond = row["aws_seconds"] - AWS_PART * row["seconds"]
    if beyond > 0:
        part = row["aws_seconds"] / row["seconds"]
        said = f"AWS takes {part:.0%} of it, {AWS_PART:.0%} at most"
        yield Miss(what, "AWS", said, slight=beyond <= NOISE_SECONDS, times=part / AWS_PART)
    if row["peak_mb"] >= MOST_MB:
        said = f"{row['peak_mb']:.0f} MB, less than {MOST_MB} is asked for"
        yield Miss(what, "memory", said, times=row["peak_mb"] / MOST_MB)


def _not_linear(rows: list[Row]) -> Iterator[Miss]:
    """Yield which figures grow faster than the work, from one size to the next."""
    alike: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        name = tuple(row[key] for key in ("provider", "kind", "case", "latency_ms"))
        alike.setdefault(name, []).append(row)
    for same in alike.values():
        for small, large in pairwise(sorted(same, key=lambda row: int(row["size"]))):
            times = large["size"] / small["size"]
            for figure in GROWING:
                grown = large[figure] / max(small[figure], 1e-9)
                if grown > FASTER_THAN_WORK * times:
                    said = f"{figure} grew {grown:.1f} times, the work {times:.0f} times"
                    yield Miss(title(large), figure, said, times=grown / times)


def faster_with_aws(rows: list[Row]) -> Iterator[str]:
    """Yield which peers are faster only when the seconds of the local AWS are counted as ours."""
    for row in rows:
        for peer, seconds in row["peers"].items():
            if own(row) < seconds <= row["seconds"]:
                yield f"{title(row)}: {row['seconds']:.2f} s, {peer} {seconds:.2f} s"


def told_apart(misses: Iterable[Miss], known: Iterable[Miss]) -> tuple[list[Miss], list[Miss]]:
    """Return which misses are new or became larger, and which are known or say nothing.

    Whether one beside a contender became larger, `slower` tells.
    """
    before = {(miss.what, miss.target): miss.times for miss in known}
    new: list[Miss] = []
    old: list[Miss] = []
    for miss in misses:
        then = before.get((miss.what, miss.target), 0.0)
        (old if miss.slight or miss.times <= SLOWER * then else new).append(miss)
    return new, old


def slower(rows: list[Row], kept: list[Row]) -> Iterator[str]:
    """Yield what takes more than in the rows that are kept, whatever the targets."""
    before = {title(row): row for row in kept}
    pairs = [(row, before[title(row)]) for row in rows if title(row) in before]
    for row, old in pairs:
        for figure in (own, _cpu):
            told = _worse_beside_most(row, old, figure)
            if told:
                what = "" if figure is own else "processor time "
                yield f"{title(row)}: {what}{', '.join(told)}"
        for name in STEADY:
            if row[name] > SLOWER * old[name] + FEW:
                yield f"{title(row)}: {name} {row[name]:,.0f}, {old[name]:,.0f} before"
    ratios = [
        now[name] / then
        for row, old in pairs
        for now in [_ratios(row, own)]
        for name, then in _ratios(old, own).items()
        if name in now
    ]
    if len(pairs) >= TOGETHER and (times := median(ratios)) > SLOWER_TOGETHER:
        yield f"all {len(pairs)} rows together: {times:.2f} times what was kept, beside the same"


def _worse_beside_most(row: Row, old: Row, figure: Figure) -> list[str]:
    """Return the ratios that became worse, if most did."""
    now, then = _ratios(row, figure), _ratios(old, figure)
    both = now.keys() & then.keys()
    told = [
        f"{now[name]:.2f} times {name} ({then[name]:.2f} before)"
        for name, others in _others(row, figure).items()
        if name in both
        and now[name] > SLOWER * then[name]
        and (now[name] - then[name]) * others
        > (_noise(row) if figure is own else NOISE_PROCESSOR_SECONDS)
    ]
    return told if 2 * len(told) > len(both) else []


def _cpu(row: Row) -> float:
    return float(row["cpu_seconds"])


def _noise(row: Row) -> float:
    """Return by how many seconds two rows of the same program may differ."""
    poll = BETWEEN_POLLS + row["latency_ms"] / 1000 if row["bulk_operations"] else 0
    return NOISE_SECONDS + poll


def _ratios(row: Row, figure: Figure) -> dict[str, float]:
    return {name: figure(row) / max(of, 1e-3) for name, of in _others(row, figure).items()}


def _others(row: Row, figure: Figure) -> dict[str, float]:
    if figure is own:
        return {**row["peers"], "the floor": row["floor_seconds"]}
    return dict(row["peers_cpu_seconds"])


def title(row: Row) -> str:
    """Return what a row is about."""
    return (
        f"{row['provider']} {row['kind']} {row['case']}, {row['size']:,} at {row['latency_ms']} ms"
    )


def show(row: Row) -> str:
    """Return a row as a line."""
    peers = " ".join(f"{peer} {seconds:6.2f}" for peer, seconds in row["peers"].items())
    return (
        f"{title(row):<58} own {own(row):6.2f} aws {row['aws_seconds']:5.2f} floor "
        f"{row['floor_seconds']:6.2f} {peers} cpu {row['cpu_seconds']:6.2f} "
        f"{row['peak_mb']:4.0f} MB {row['requests']:.0f} requests "
        f"{row['dynamodb_bytes'] / 1000:.0f} KB"
    )

"""What is asked of the figures: the targets, and which row misses one.

The time that the local AWS takes stands apart: it is a simulator, and the peers keep what they know
in files.
"""

from collections.abc import Iterator
from typing import Any

TIMES_FLOOR = 1.2
TIMES_READING = 1.1
MOST_MB = 256
AWS_PART = 0.1
TIMES_PACKAGES = 1.15
# What may be due to the smallest size: a run has a part that does not grow.
FASTER_THAN_WORK = 1.1

Row = dict[str, Any]


def own(row: Row) -> float:
    """Return the seconds of a row without those of AWS."""
    return float(row["seconds"] - row["aws_seconds"])


def missed(row: Row) -> Iterator[str]:
    """Yield, as a sentence each, which targets a row misses."""
    name = title(row)
    mine = own(row)
    for peer, seconds in row["peers"].items():
        if mine >= seconds:
            yield f"{name}: {mine:.2f} s, {peer} {seconds:.2f} s"
    if row["latency_ms"]:
        most = TIMES_READING if row["case"] == "unchanged" else TIMES_FLOOR
        times = mine / row["floor_seconds"]
        if times > most:
            yield f"{name}: {times:.2f} times the floor, {most} at most"
    if row["case"] == "unchanged" and row["bulk_operations"]:
        yield f"{name}: {row['bulk_operations']:.0f} operations although nothing changed"
    if row["aws_seconds"] > AWS_PART * row["seconds"] and row["latency_ms"]:
        part = row["aws_seconds"] / row["seconds"]
        yield f"{name}: AWS takes {part:.0%} of it, {AWS_PART:.0%} at most"
    if row["peak_mb"] >= MOST_MB:
        yield f"{name}: {row['peak_mb']:.0f} MB"


def not_linear(rows: list[Row]) -> Iterator[str]:
    """Yield which figures grow faster than the work, from the smallest size to the largest."""
    alike: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        name = tuple(row[key] for key in ("provider", "kind", "case", "latency_ms"))
        alike.setdefault(name, []).append(row)
    for same in alike.values():
        small, *_, large = sorted(same, key=lambda row: row["size"]) * 2
        times = large["size"] / small["size"]
        for figure in ("requests", "cpu_seconds", "write_units", "read_units"):
            grown = large[figure] / max(small[figure], 1e-9)
            if times > 1 and grown > FASTER_THAN_WORK * times:
                yield f"{title(large)}: {figure} grew {grown:.1f} times, the work {times:.0f} times"


def cold_faults(cold: Row) -> Iterator[str]:
    """Yield which handlers take too long to be imported."""
    for row in cold["imports"]:
        ratio = row["seconds"] / row["packages_seconds"]
        if ratio > TIMES_PACKAGES:
            yield f"{row['function']}: imported in {ratio:.2f} times what its packages take"


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

"""Telling the audience what happens: on a terminal of 80 columns, and in a file without one."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sandbox.learning360 import Learning360
from sandbox.providers import PROVIDERS

Reports = Sequence[Mapping[str, Any]]

# What a table of a day counts, with the kind of runs and the headings of their reports.
HAPPENED: dict[str, tuple[str, tuple[str, ...]]] = {
    "New": ("catalog", ("created",)),
    "Changed": ("catalog", ("updated",)),
    "Back": ("catalog", ("restored",)),
    "Gone": ("catalog", ("archived",)),
    "Held": ("catalog", ("withheld",)),
    "Progress": ("stats", ("sent", "replayed")),
}
WAITS = "Waits"
REFRESHES_A_SECOND = 2


class Teller:
    """Who tells the story.

    Attributes:
        out: Where to.
    """

    def __init__(self) -> None:
        self.out = Console(highlight=False)

    def day(self, title: str) -> None:
        """Begin a chapter."""
        self.out.print()
        self.out.rule(Text(title, "bold"), align="left")

    def say(self, text: str) -> None:
        """Say something, as text and never as markup."""
        self.out.print(Text(text))

    @contextmanager
    def step(self, title: str, progress: Callable[[], str] = lambda: "") -> Iterator[None]:
        """Say what is being done and how far it is; without a terminal, when it is done."""
        began = time.monotonic()

        def line() -> Text:
            took = f"{time.monotonic() - began:.0f} s"
            return Text(
                f"{title}: {took}  {progress()}".rstrip(), overflow="ellipsis", no_wrap=True
            )

        if self.out.is_terminal:
            with Live(
                get_renderable=line,
                console=self.out,
                refresh_per_second=REFRESHES_A_SECOND,
                transient=True,
            ):
                yield
        else:
            yield
        self.out.print(line())

    def happened(self, reports: Reports, waiting: Mapping[str, int]) -> None:
        """Show what the runs of a day did, a line a provider, and the total.

        Args:
            reports: Of the runs.
            waiting: How many rows of progress wait at its end, by provider.
        """
        columns = (*HAPPENED, WAITS)
        table = _table("What happened", *columns)
        totals = dict.fromkeys(columns, 0)
        for provider in PROVIDERS:
            counts = {
                column: sum(
                    report["counts"].get(heading, 0)
                    for report in reports
                    if (report["provider"], report["kind"]) == (provider, kind)
                    for heading in headings
                )
                for column, (kind, headings) in HAPPENED.items()
            }
            counts[WAITS] = waiting[provider]
            totals = {column: totals[column] + counts[column] for column in columns}
            table.add_row(PROVIDERS[provider].display_name, *map(_number, counts.values()))
        table.add_row("Together", *map(_number, totals.values()), style="bold")
        self.out.print(table)

    def seen(self, platform: Learning360) -> None:
        """Show what learners see now."""
        columns = ("Courses", "Archived", "Learners", "Under way", "Completed")
        table = _table("What learners see", *columns)
        totals = [0] * len(columns)
        for integration in platform.integrations.values():
            numbers = _seen_of(platform, integration["_id"])
            totals = [total + number for total, number in zip(totals, numbers, strict=True)]
            table.add_row(integration["externalPlatform"], *map(_number, numbers))
        # The same learner may be at several providers.
        totals[2] = len({user for (_, user), rows in platform.attempts.items() if rows})
        table.add_row("Together", *map(_number, totals), style="bold")
        self.out.print(table)

    def judged(self, faults: Sequence[str], right: str) -> None:
        """Say what the oracle says."""
        if not faults:
            self.out.print(Text(f"Judged: {right}", "green"))
        for fault in faults[:20]:
            self.out.print(Text(f"WRONG: {fault}", "red"))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("", min_width=15)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _number(number: int) -> str:
    return f"{number:,}" if number else "-"


def _seen_of(platform: Learning360, integration_id: str) -> list[int]:
    courses = [
        course for course in platform.courses.values() if course["integrationId"] == integration_id
    ]
    ids = {course["_id"] for course in courses if course["status"] == "published"}
    there = {key: rows for key, rows in platform.attempts.items() if key[0] in ids and rows}
    completed = sum(any(row.completedAt for row in rows) for rows in there.values())
    learners = len({user for _, user in there})
    return [len(ids), len(courses) - len(ids), learners, len(there) - completed, completed]

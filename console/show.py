"""Answers as people read them. What comes from elsewhere is text, never markup."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.stack import Json
from console.texts import age, lasted, local, local_with_zone, number

# Of a status, and of what calls for somebody.
STYLES = {
    "succeeded": "green",
    "active": "green",
    "partial": "yellow",
    "paused": "yellow",
    "continued": "cyan",
    "skipped": "cyan",
    "failed": "red",
    "inactive": "dim",
}
MOST_SHOWN = 20


def styled(word: str) -> Text:
    """Return a status in its colour."""
    return Text(word, STYLES.get(word, ""))


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return an empty table."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def rows(out: Console, made: Table, cells: Iterable[Sequence[Any]]) -> None:
    """Print a table with these cells."""
    for line in cells:
        made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in line))
    out.print(made)


def bullets(out: Console, lines: Iterable[str], style: str = "") -> None:
    """Print sentences, one below the other."""
    for line in lines:
        made = table("", "")
        made.show_header = False
        made.add_row(Text("-", style), Text(line))
        out.print(made)


def status(out: Console, answer: Json) -> None:
    """Show the integrations, a line each, and below what calls for somebody."""
    found = answer["integrations"]
    if not found:
        out.print("There is no integration yet: set one up with content-sync setup.")
        return
    made = table("", "Integration", "State", "Group", "Courses", "Parked", "Success", "Next")
    for name in ("Courses", "Parked"):
        made.columns[[column.header for column in made.columns].index(name)].justify = "right"
    rows(out, made, map(_status_line, found))
    for one in found:
        if one["attention"]:
            out.print()
            out.print(Text(f"{one['provider']}/{one['integration']}", "bold"))
            bullets(out, one["attention"], "yellow")


def _status_line(one: Json) -> Sequence[Any]:
    successes = [
        run["last_success"] for run in one["last_runs"].values() if run and run["last_success"]
    ]
    firings = [firing for firing in one["next_firings"].values() if firing]
    return (
        Text("!" if one["attention"] else " ", "yellow"),
        f"{one['provider']}/{one['integration']}",
        styled(one["state"]),
        one.get("group_name") or one["group"],
        number(one["courses"]["active"]),
        number(one["parked"]),
        # Of the two kinds of runs, the one that waits longer.
        age(min(successes)) if successes else "never",
        local_with_zone(min(firings)) if firings else "-",
    )


def facts(out: Console, answer: Json) -> None:
    """Show what `check` looked at."""
    made = table("", "Fact", "")
    rows(
        out,
        made,
        (
            (
                Text("ok" if fact["ok"] else "NOT OK", "green" if fact["ok"] else "red"),
                fact["fact"].replace("_", " "),
                fact["detail"],
            )
            for fact in answer["facts"]
        ),
    )


def runs(out: Console, answer: Json) -> None:
    """Show runs, the latest first."""
    for run in answer["under_way"]:
        _run_line(out, run, Text("under way", "cyan"), f"saved {age(run['saved_at'])}")
    there = {run["run_id"] for run in answer["under_way"]}
    ended = [run for run in answer["runs"] if run["run_id"] not in there]
    for run in ended:
        took = lasted(run["started_at"], run["finished_at"])
        _run_line(out, run, styled(run["status"]), took)
    if not there and not ended:
        out.print("No run yet, or none of the last 90 days.")


def _run_line(out: Console, run: Json, state: Text, took: str) -> None:
    head = Text.assemble(f"{local(run['started_at'])}  {_kind(run):<14} ", state)
    head.pad_right(max(44 - len(head), 1))
    out.print(head.append(took))
    out.print(Text.assemble("  ", (run["run_id"], "dim"), f"  {counts(run['counts'])}"))


def _kind(run: Json) -> str:
    return f"{run['kind']}{' (plan)' if run['mode'] == 'plan' else ''}"


def counts(counted: Mapping[str, int]) -> str:
    """Return the counts that are not zero."""
    return (
        ", ".join(f"{number(many)} {name}" for name, many in counted.items() if many) or "nothing"
    )


def run(out: Console, report: Json) -> None:
    """Show one run's report: how it ended, its counts, its problems by reason."""
    head = Text.assemble(
        (f"{report['provider']}/{report['integration']} {_kind(report)} ", "bold"),
        styled(report["status"]),
        f" after {lasted(report['started_at'], report['finished_at'])}"
        if report.get("finished_at")
        else "",
    )
    out.print(head)
    counted = report["counts"]
    if report["mode"] == "plan" and "replayed" in counted:
        # Nobody knows before whether they are taken.
        counted = {**counted, "that wait tried again": counted["replayed"], "replayed": 0}
    out.print(Text(f"  {counts(counted)}"))
    reasons = report.get("reasons") or {}
    by_reason: dict[str, Json] = {}
    for problem in report.get("problems", ()):
        by_reason.setdefault(problem["reason"], problem)
    if by_reason:
        made = table("  Reason", "How often", "Such as", right=("How often",))
        rows(
            out,
            made,
            (
                (f"  {reason}", number(reasons.get(reason, 1)), problem["message"])
                for reason, problem in by_reason.items()
            ),
        )


def changes(out: Console, report: Json) -> None:
    """Show the first changes of a plan, old and new."""
    for change in report.get("changes", ())[:MOST_SHOWN]:
        about = change.get("learner") or change.get("title") or ""
        out.print(Text(f"  {change['action']:<8} {change['external_id']} {about}".rstrip()))
        for name, (old, new) in change["fields"].items():
            if change["action"] != "create":
                out.print(Text(f"           {name}: {_short(old)} -> {_short(new)}", "dim"))


def _short(value: Any) -> str:
    text = "nothing" if value in (None, "", []) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def entries(out: Console, listed: Sequence[Json]) -> None:
    """Show the entries behind a report."""
    made = table("What", "Course", "Reason or action", "")
    rows(
        out,
        made,
        (
            (
                one["what"].replace("_", " "),
                one.get("external_id", ""),
                one.get("action") or one.get("reason", ""),
                one.get("message") or one.get("title") or one.get("learner", ""),
            )
            for one in listed
        ),
    )


def summary(out: Console, answer: Json) -> None:
    """Show the daily summary as it is sent."""
    out.print(Text(answer["subject"], "bold"))
    out.print()
    out.print(Text(answer["text"]))


def parked(out: Console, answer: Json) -> None:
    """Show the rows that wait."""
    if not answer["rows"]:
        out.print("Nothing waits.")
        return
    made = table("Course", "Learner", "State", "Days", "Reason", right=("Days",))
    rows(
        out,
        made,
        (
            (row["external_id"], row["learner"], row["state"], row["days"], row["reason"])
            for row in answer["rows"]
        ),
    )


def story(out: Console, answer: Json) -> None:
    """Show an explanation: the one sentence, and what it rests on."""
    out.print(Text(answer["why"], "bold"))
    if courses := answer.get("courses"):
        made = table("Course", "Verdict", "Why")
        cells = (
            (one["external_id"], one["verdict"].replace("_", " "), one["why"]) for one in courses
        )
        rows(out, made, cells)
    told = ("why", "provider", "integration", "state", "courses")
    _tree(out, {key: value for key, value in answer.items() if key not in told}, "")


def _tree(out: Console, value: Any, indent: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "why":
                continue
            name = key.replace("_", " ")
            if isinstance(inner, dict | list) and inner:
                out.print(Text(f"{indent}{name}"))
                _tree(out, inner, indent + "  ")
            else:
                out.print(Text(f"{indent}{name}: {_plain(inner)}"))
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict):
                _tree(out, inner, indent)
                out.print()
            else:
                out.print(Text(f"{indent}- {_plain(inner)}"))


def _plain(value: Any) -> str:
    if value in (None, "", [], {}):
        return "-"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


def reconciled(out: Console, answer: Json) -> None:
    """Show where ledgers, provider and 360Learning differ."""
    for what, counted in answer["counts"].items():
        out.print(Text(f"{what}: {counts(counted)}"))
    made = table("Course", "Difference", "")
    differences = answer.get("differences", ())[:MOST_SHOWN]
    if differences:
        cells = ((one["external_id"], one["reason"], one["message"]) for one in differences)
        rows(out, made, cells)

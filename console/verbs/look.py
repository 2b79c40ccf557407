"""Verbs that look: nothing changes by them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from console import reports, show
from console.app import verb
from console.session import NEEDS_DECISION, Session, UsageError
from console.stack import ConsoleError, Json
from console.texts import plural

KINDS = ("catalog", "stats", "reconcile")
LOG_DAYS = 90

Integration = Annotated[
    str | None,
    typer.Argument(metavar="[PROVIDER[/INTEGRATION]]", help="Such as go1, or go1/default."),
]
Kind = Annotated[str | None, typer.Option(help="Of which runs: catalog, stats or reconcile.")]


def kind_of(text: str | None, kinds: tuple[str, ...] = KINDS) -> str | None:
    """Return a kind of runs.

    Raises:
        UsageError: There is none of that name.
    """
    if text is not None and text not in kinds:
        raise UsageError(f"--kind is one of {', '.join(kinds)}, not {text}")
    return text


@verb("status", "status go1 --json")
def status(session: Session, provider: Integration = None) -> int | None:
    """Show all integrations: how fresh each is, when it runs next, what calls for you."""
    only = provider.partition("/")[0] if provider else None
    answer = session.stack.manage("list", provider=only)
    if provider and "/" in provider:
        named = provider.partition("/")[2]
        kept = [one for one in answer["integrations"] if one["integration"] == named]
        answer = {**answer, "integrations": kept}
    if provider and not answer["integrations"]:
        # Refused, where there is no such provider.
        session.stack.manage("describe", provider=only)
        raise ConsoleError(
            f"there is no integration {provider}: content-sync status shows those there are, and "
            f"content-sync setup {provider} sets it up"
        )
    session.answer(answer, show.status)
    calls = any(one["attention"] for one in answer["integrations"])
    return NEEDS_DECISION if calls else None


@verb("check go1")
def check(session: Session, integration: Integration = None) -> int | None:
    """Try both logins and all that an integration rests on; change nothing."""
    target = session.target(integration)
    answer = session.stack.manage("check", **target._asdict())
    session.answer(answer, show.facts)
    return None if answer["ok"] else NEEDS_DECISION


@verb("runs go1", "runs go1 --kind stats")
def runs(
    session: Session,
    integration: Integration = None,
    kind: Kind = None,
    page: Annotated[int, typer.Option(min=1, help="From 1, a hundred runs each.")] = 1,
) -> None:
    """Show the runs of the last 90 days, and what is under way."""
    target = session.target(integration)
    answer = session.stack.manage("runs", **target._asdict(), kind=kind_of(kind), page=page)
    session.answer(answer, show.runs)


@verb("report go1", "report go1 --kind catalog --problems", "report go1 --csv problems.csv")
def report(
    session: Session,
    integration: Integration = None,
    kind: Kind = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Which run; else the latest, plans included.")
    ] = None,
    problems: Annotated[
        bool, typer.Option("--problems", help="List all problems, and all that was left out.")
    ] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="List all changes of a plan, archives first.")
    ] = False,
    to_csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole list to a file.")
    ] = None,
) -> int | None:
    """Show a run's report; on demand with the complete lists behind it."""
    target = session.target(integration)
    asked: Json = {"kind": kind_of(kind), "run_id": run}
    first = session.stack.manage("report", **target._asdict(), **asked)
    if problems or changes or to_csv:
        listed = list(reports.entries(session.stack, target, first))
        wanted = [one for one in listed if _wanted(one, problems=problems, changes=changes)]
        first = {**first, "more": False, "entries": wanted}
        if to_csv:
            _write_csv(to_csv, wanted)
            session.note(f"{plural(len(wanted), 'line')} written to {to_csv}")
    session.answer(first, lambda out, answer: _show_report(out, answer, listed=problems or changes))
    return NEEDS_DECISION if reports.needs_decision(first["report"]) else None


def _wanted(entry: Json, *, problems: bool, changes: bool) -> bool:
    if problems == changes:
        return True
    return bool((entry["what"] == "change") == changes)


def _write_csv(path: Path, listed: list[Json]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            file.writelines(reports.csv_lines(listed))
    except OSError as error:
        raise ConsoleError(f"{path} cannot be written: {error.strerror}") from error


def _show_report(out: Any, answer: Json, *, listed: bool) -> None:
    show.run(out, answer["report"])
    if listed:
        show.entries(out, answer["entries"])
    else:
        show.changes(out, answer["report"])
        if answer["more"] or len(answer["entries"]) > len(answer["report"]["problems"]):
            out.print(Text("All of it: content-sync report with --problems or --changes", "dim"))


@verb("summary")
def summary(session: Session) -> int | None:
    """Say what the last day was: what came and left, who is not found, what is to be decided."""
    answer = session.stack.manage("summarize")
    session.answer(answer, show.summary)
    calls = any(one["attention"] for one in answer["integrations"])
    return NEEDS_DECISION if calls else None


@verb("parked go1", "parked go1 --show-addresses")
def parked(
    session: Session,
    integration: Integration = None,
    show_addresses: Annotated[
        bool, typer.Option("--show-addresses", help="Show whole addresses, not masked ones.")
    ] = False,
) -> None:
    """Show the progress that waits, by learner and course, and why."""
    target = session.target(integration)
    asked = {**target._asdict(), "show_addresses": show_addresses or None}
    answer = session.stack.manage("parked", **asked)
    page = answer
    while page["more"]:
        page = session.stack.manage("parked", **asked, page=page["page"] + 1)
        answer["rows"] += page["rows"]
    answer["more"] = False
    session.answer(answer, show.parked)


@verb("explain go1 --course 36000001", "explain go1 --learner ann@example.com --course 36000001")
def explain(
    session: Session,
    integration: Integration = None,
    course: Annotated[str | None, typer.Option(help="A course's external id.")] = None,
    learner: Annotated[str | None, typer.Option(help="A learner's address.")] = None,
) -> None:
    """Say why a course, or a learner's progress, is at 360Learning, or is not."""
    if not course and not learner:
        raise UsageError("name --course, --learner or both")
    if learner and "@" not in learner:
        raise UsageError(f"--learner {learner}: write the learner's whole address")
    target = session.target(integration)
    answer = session.stack.manage("explain", **target._asdict(), course=course, learner=learner)
    session.answer(answer, show.story)


@verb("logs --run 20261129T081500Z-1a2b3c4d")
def logs(
    session: Session,
    run: Annotated[str, typer.Option("--run", help="Which run, as runs names it.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back to look.")] = LOG_DAYS,
) -> None:
    """Show the log lines of a run."""
    if '"' in run:
        raise UsageError(f"{run} is no run: content-sync runs names them")
    since = datetime.now(UTC) - timedelta(days=days)
    lines = []
    for line in session.stack.log_lines(f'{{ $.run_id = "{run}" }}', int(since.timestamp() * 1000)):
        if run not in line:
            continue
        lines.append(_parsed(line))
        if not session.as_json:
            session.out.print(_log_line(line), soft_wrap=True)
    if not lines:
        raise ConsoleError(f"there is no log line of run {run} in the last {days} days")
    if session.as_json:
        session.answer({"lines": lines}, show.story)


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _log_line(line: str) -> Text:
    try:
        content = json.loads(line)
        said = Text(f"{content['timestamp']} {content['level']:<7} {content['message']}")
    except (ValueError, KeyError, TypeError):
        return Text(line)
    left_out = ("timestamp", "level", "message", "location", "service", "xray_trace_id")
    more = {key: value for key, value in content.items() if key not in left_out}
    said.append(f"  {json.dumps(more, ensure_ascii=False)}", "dim")
    return said

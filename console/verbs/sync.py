"""Verbs that run: a plan, or the synchronization itself, waited for to its end."""

import threading
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from console import reports, show
from console.app import INTERRUPTED, verb
from console.following import POLL_SECONDS, follow
from console.session import NEEDS_DECISION, Session, Target, UsageError
from console.stack import ConsoleError, FunctionFailed, Json
from console.verbs.look import Integration, kind_of

KINDS = ("catalog", "stats")
RUNS = "Run"

Kind = Annotated[str | None, typer.Option(help="Only catalog, or only stats; else both in turn.")]


@verb("plan go1", "plan go1 --kind catalog --json", panel=RUNS)
def plan(session: Session, integration: Integration = None, kind: Kind = None) -> int | None:
    """Say what a run would change, and change nothing."""
    return _run_kinds(session, session.target(integration), _kinds(kind), {"mode": "plan"})


@verb(
    "sync go1",
    "sync go1 --kind catalog --allow-archives 12",
    "sync go1 --kind stats --since 2026-01-01T00:00+01:00",
    panel=RUNS,
)
def sync(
    session: Session,
    integration: Integration = None,
    kind: Kind = None,
    full: Annotated[bool, typer.Option("--full", help="Send again all that is read.")] = False,
    allow_archives: Annotated[
        int | None, typer.Option(min=1, help="Consent to so many archives at most.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Progress from then on only: a date, a time and a zone.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="And until then.")] = None,
) -> int | None:
    """Run now, and wait until the run has ended; Ctrl-C leaves it going."""
    kinds = _kinds(kind)
    if (since or until) and kinds != ("stats",):
        raise UsageError("--since and --until are for --kind stats")
    if allow_archives and "catalog" not in kinds:
        raise UsageError("--allow-archives is for --kind catalog")
    for option, text in (("--since", since), ("--until", until)):
        _must_be_instant(option, text)
    if since and until and datetime.fromisoformat(since) > datetime.fromisoformat(until):
        raise UsageError(f"--since {since} is after --until {until}")
    event: Json = {"full": True} if full else {}
    event |= {name: value for name, value in (("since", since), ("until", until)) if value}
    consent = {"allow_archives": allow_archives} if allow_archives else {}
    return _run_kinds(session, session.target(integration), kinds, event, catalog=consent)


def _must_be_instant(option: str, text: str | None) -> None:
    """See that an instant has a date, a time and a zone.

    Raises:
        UsageError: It lacks one.
    """
    try:
        whole = text is None or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(
            f"{option} {text}: write a date, a time and a zone, such as 2026-01-01T00:00+01:00"
        )


def _kinds(kind: str | None) -> tuple[str, ...]:
    named = kind_of(kind, KINDS)
    return (named,) if named else KINDS


def _run_kinds(
    session: Session,
    target: Target,
    kinds: tuple[str, ...],
    event: Json,
    catalog: Json | None = None,
) -> int | None:
    """Run one kind after the other; return the exit code that calls for most."""
    code = None
    ran = []
    for place, kind in enumerate(kinds):
        keys = event | (catalog or {} if kind == "catalog" else {})
        try:
            report = run_to_the_end(session, target, kind, keys)
        except typer.Exit:
            for other in kinds[place + 1 :]:
                session.note(f"{other} was not begun: content-sync sync {target} --kind {other}")
            raise
        ran.append(report)
        if not session.as_json:
            show.run(session.out, report)
            show.changes(session.out, report)
            _say_what_next(session, target, report)
        code = NEEDS_DECISION if reports.needs_decision(report) else code
    if session.as_json:
        answer = ran[0] if len(ran) == 1 else {"reports": ran}
        session.answer(answer, show.run)
    return code


def _say_what_next(session: Session, target: Target, report: Json) -> None:
    """Say which command a report calls for."""
    if withheld := reports.awaiting_consent(report):
        session.note(
            f"{withheld} archives wait for your consent. See them: content-sync report {target} "
            f"--kind catalog --problems. Consent: content-sync sync {target} --kind catalog "
            f"--allow-archives {withheld}"
        )
    elif len(report.get("changes", ())) > show.MOST_SHOWN:
        session.note(f"All changes: content-sync report {target} --kind {report['kind']} --changes")


def run_to_the_end(session: Session, target: Target, kind: str, event: Json) -> Json:
    """Start a run, show how far it is, and return its report.

    Raises:
        ConsoleError: It failed, or another one is under way.
    """
    try:
        with _progress(session) as progress:
            task = progress.add_task(f"{target} {kind}")
            report = _first_invocation(session, target, kind, event, progress, task)
            shows = partial(_show_counts, session, target, kind, progress, task)
            report = follow(session.stack, {**target._asdict(), "kind": kind}, report, shows)
    except KeyboardInterrupt:
        session.note(
            f"The run goes on without you. Look again: content-sync runs {target} --kind {kind}"
        )
        raise typer.Exit(INTERRUPTED) from None
    if report["status"] == "failed":
        failures = [one["message"] for one in report["problems"] if one["reason"] == "failed"]
        raise FunctionFailed("; ".join(failures) or "the run failed")
    if report["status"] == "skipped":
        raise ConsoleError(
            f"another {kind} run of {target} is under way: look at it with content-sync runs "
            f"{target} --kind {kind}, and try again when it has ended"
        )
    return report


def _first_invocation(
    session: Session, target: Target, kind: str, event: Json, progress: Progress, task: Any
) -> Json:
    """Invoke a run's function beside this thread, which shows meanwhile how far it is."""
    answered: list[Json] = []
    failed: list[Exception] = []

    def invoke() -> None:
        try:
            function = f"{target.provider}_{kind}"
            answered.append(
                session.stack.call(function, {**event, "integration": target.integration})
            )
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=invoke, daemon=True)
    thread.start()
    thread.join(POLL_SECONDS)
    while thread.is_alive():
        _show_counts(session, target, kind, progress, task)
        thread.join(POLL_SECONDS)
    if failed:
        raise failed[0]
    return answered[0]


def _progress(session: Session) -> Progress:
    """Return what shows that something goes on: a line that moves, on a terminal only."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=session.notes,
        transient=True,
        disable=not session.notes.is_terminal,
    )


def _show_counts(
    session: Session, target: Target, kind: str, progress: Progress, task: Any
) -> None:
    """Show what a run under way has counted, as it was last saved."""
    if progress.disable:
        return
    try:
        going = session.stack.manage("runs", **target._asdict(), kind=kind)["under_way"]
    except ConsoleError:
        # The run itself says what is wrong.
        return
    for run in going:
        progress.update(task, description=f"{target} {kind}: {show.counts(run['counts'])}")

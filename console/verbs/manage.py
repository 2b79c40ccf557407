"""Verbs that change how an integration stands."""

from typing import Annotated, Any

import typer

from console import show
from console.app import verb
from console.following import follow
from console.session import DONE, NEEDS_DECISION, Session
from console.stack import Json
from console.verbs.look import Integration

CHANGE = "Change"

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@verb("activate go1", panel=CHANGE)
def activate(session: Session, integration: Integration = None) -> None:
    """Prove both logins, and make or correct the configuration at 360Learning."""
    target = session.target(integration)
    answer = session.stack.manage("activate", **target._asdict())
    session.answer(answer, _say_state)
    if not session.as_json:
        session.note(f"Next: content-sync plan {target}")


@verb("pause go1", panel=CHANGE)
def pause(session: Session, integration: Integration = None) -> None:
    """Let the schedules pass over an integration, until you resume it."""
    _manage(session, "pause", integration)


@verb("resume go1", panel=CHANGE)
def resume(session: Session, integration: Integration = None) -> None:
    """Let the schedules run an integration again."""
    _manage(session, "resume", integration)


def _manage(session: Session, action: str, integration: str | None) -> None:
    target = session.target(integration)
    session.answer(session.stack.manage(action, **target._asdict()), _say_state)


@verb("deactivate go1", panel=CHANGE)
def deactivate(session: Session, integration: Integration = None, yes: Yes = False) -> int | None:
    """Stop an integration for good, which archives its courses at 360Learning; asks first."""
    target = session.target(integration)
    plan = session.stack.manage("deactivate", **target._asdict(), mode="plan")
    number = plan["archived"]
    question = (
        f"Deactivating {target} deletes its configuration at 360Learning and archives its "
        f"{number} courses there; their statistics stay. Deactivate?"
    )
    if not session.confirmed(question, yes=yes):
        session.note("Nothing was changed.")
        return DONE
    consent = {"allow_archives": number} if number else {}
    answer = session.stack.manage("deactivate", **target._asdict(), **consent)
    session.answer(answer, _say_state)
    return None


@verb("reconcile go1", "reconcile go1 --apply", panel=CHANGE)
def reconcile(
    session: Session,
    integration: Integration = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Correct what is kept; else only say what differs.")
    ] = False,
    allow_archives: Annotated[
        int | None,
        typer.Option(min=1, help="Archive at most so many courses that nobody knows any more."),
    ] = None,
) -> int | None:
    """Compare 360Learning, the provider and what is kept of both."""
    target = session.target(integration)
    asked = {**target._asdict(), "mode": "apply" if apply else "plan"}
    answer = session.stack.manage("reconcile", **asked, allow_archives=allow_archives)
    names = {**target._asdict(), "kind": "reconcile"}
    if answer["status"] == "continued":
        answer |= _reconciled(follow(session.stack, names, answer, lambda: None))
    session.answer(answer, show.reconciled)
    settled = ("agreed", "foreign")
    differs = any(
        number
        for counted in answer["counts"].values()
        for name, number in counted.items()
        if name not in settled
    )
    return NEEDS_DECISION if differs and not apply else None


def _reconciled(report: Json) -> Json:
    """Return what a stored report changes in an answer."""
    counts: dict[str, dict[str, int]] = {"courses": {}, "attempts": {}}
    for heading, number in report["counts"].items():
        what, _, name = heading.partition("_")
        counts[what][name] = number
    same = {name: report[name] for name in ("run_id", "status", "reasons")}
    return {**same, "counts": counts, "differences": report["problems"]}


def _say_state(out: Any, answer: Json) -> None:
    said = f"{answer['provider']}/{answer['integration']} is {answer['state']}"
    if answer["state"] == "active" and answer.get("changes"):
        said += f"; set at 360Learning: {', '.join(answer['changes'])}"
    if answer.get("archived"):
        said += f"; {answer['archived']} courses are archived"
    out.print(said, markup=False)

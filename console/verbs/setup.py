"""Setting an integration up: secrets asked for and tried, activation, and the first runs."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from console import show
from console.app import verb
from console.reports import needs_decision
from console.secrets import Before, Keys, Secrets
from console.session import NEEDS_DECISION, Session, Target, UsageError, parse_target
from console.stack import ConsoleError, FunctionFailed, Json
from console.texts import plural
from console.verbs.sync import KINDS, run_to_the_end

# Asked for apart from the provider's own keys, each in its own way.
CHOSEN = ("group_id", "author_id", "author_email", "platform")
# Facts of `check` that wrong secrets make not ok; the others follow from activation and runs.
TRIED = ("secret", "provider_login", "provider_permission", "platform_login", "group", "author")
NOT_LOOKED_AT = "not looked at"
# Stands for a key that goes.
REMOVED = object()


@verb(
    "setup go1",
    "setup go1/second-portal",
    "setup edflex --from-file edflex.json --run",
    panel="Set up",
)
def setup(
    session: Session,
    integration: Annotated[
        str, typer.Argument(metavar="PROVIDER[/INTEGRATION]", help="Such as go1, or go1/default.")
    ],
    from_file: Annotated[
        Path | None,
        typer.Option(
            help='Ask nothing: {"platform": {...}, "integration": {...}}, the keys of the secrets.'
        ),
    ] = None,
    run: Annotated[
        bool | None, typer.Option("--run/--no-run", help="Run it at once, or not; else asks.")
    ] = None,
) -> int | None:
    """Set an integration up, step by step; or change one key of one that is there."""
    target = parse_target(integration)
    if from_file is None and not session.interactive:
        raise UsageError("there is nobody to ask here: use --from-file")
    secrets = Secrets.of(session, target)
    before = Before(secrets)
    try:
        if from_file is not None:
            _write_from(secrets, before, from_file)
        elif not before.is_set_up:
            _ask_all(secrets, before)
        elif not _change_one(secrets, before):
            return None
        checked = session.stack.manage("check", **target._asdict())
        if wrong := _wrong(checked):
            raise ConsoleError(wrong)
        activated = session.stack.manage("activate", **target._asdict())
    except ConsoleError as error:
        if before.put_back():
            raise ConsoleError(f"{error}; what was there before is there again") from error
        raise
    except (KeyboardInterrupt, typer.Abort):
        before.put_back()
        raise
    if not session.as_json:
        session.note(Text(f"{target} is active at 360Learning.", "green"))
    reports = _first_runs(session, target, run)
    if session.as_json:
        answer = {"check": checked, "activated": activated, "runs": reports}
        session.answer(answer, show.facts)
    elif reports:
        session.note(f"How it stands from now on: content-sync status {target}")
    return NEEDS_DECISION if any(map(needs_decision, reports)) else None


def _first_runs(session: Session, target: Target, run: bool | None) -> list[Json]:
    """Show what a first run would do, and carry it out on consent; return the reports."""
    if run is False or (run is None and not session.interactive):
        return []
    if run is None:
        plan = run_to_the_end(session, target, "catalog", {"mode": "plan"})
        session.note(f"A catalogue run would count: {show.counts(plan['counts'])}")
        if not session.confirmed("Run it now, and the statistics after it?", yes=False):
            session.note(f"Later: content-sync sync {target}; or wait for the schedule.")
            return []
    reports = []
    for kind in KINDS:
        report = run_to_the_end(session, target, kind, {})
        reports.append(report)
        if not session.as_json:
            show.run(session.out, report)
    return reports


def _write_from(secrets: Secrets, before: Before, path: Path) -> None:
    """Write the secrets that a file holds.

    Raises:
        UsageError: The file cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as JSON: {error}") from None
    parts = ("platform", "integration")
    if not isinstance(content, dict) or not content.keys() <= set(parts) or not content:
        raise UsageError(f'{path} must hold {{"platform": {{...}}, "integration": {{...}}}}')
    if not all(isinstance(part, dict) for part in content.values()):
        raise UsageError(f"{path}: platform and integration are objects")
    given = content.get("integration") or {}
    for key in given:
        secrets.keys.must_have(key)
    for key in content.get("platform") or {}:
        secrets.platform_keys.must_have(key)
    for keys, part in ((secrets.keys, given), (secrets.platform_keys, content.get("platform"))):
        if part is not None and (missing := [key for key in keys.required if key not in part]):
            raise UsageError(f"{path} lacks {', '.join(missing)}")
    if "platform" in content:
        before.put(secrets.platform_name(given.get("platform", "default")), content["platform"])
    if "integration" in content:
        before.put(secrets.name, given)


def _change_one(secrets: Secrets, before: Before) -> bool:
    """Show what is set, and change one key, never the rest; tell whether anything was changed."""
    session, keys, there = secrets.session, secrets.keys, before.there
    session.note(f"{secrets.target} is set up already:")
    rows = [
        (key, "set" if keys.hidden(key) else json.dumps(there[key], ensure_ascii=False))
        for key in keys.names
        if key in there
    ]
    show.rows(session.notes, show.table("Key", "Value"), rows)
    while key := session.asked("Which key is to be changed? (blank: none)"):
        try:
            keys.must_have(key)
            change = _changed(secrets, key, there)
        except UsageError as error:
            session.note(str(error))
            continue
        if not change:
            session.note("Nothing was changed.")
            return False
        # Read again: a renewed token may have been written meanwhile.
        before.put(secrets.name, _merged(session.stack.secret(secrets.name) or there, change))
        return True
    return False


def _changed(secrets: Secrets, key: str, there: Json) -> Json:
    """Ask for a key's new value; return what is to be set, `REMOVED` for what goes."""
    session, keys = secrets.session, secrets.keys
    platform = str(there.get("platform", "default"))
    if key == "group_id":
        return {key: _group(secrets, platform)}
    if key in ("author_id", "author_email"):
        return {"author_id": _author(session, platform), "author_email": REMOVED}
    dash = "" if key in keys.required else "; a dash removes it"
    value = _typed(session, keys, key, dash)
    if value == "-" and dash:
        return {key: REMOVED}
    return {} if value == "" else {key: value}


def _ask_all(secrets: Secrets, before: Before) -> None:
    """Ask for everything that a new integration needs, and write it."""
    session, keys = secrets.session, secrets.keys
    session.note(
        f"Setting up {secrets.target}. What to have ready: docs/providers/"
        f"{secrets.target.provider}.md",
        "",
        Text("1. 360Learning", "bold"),
    )
    platform = _platform(secrets, before)
    chosen: Json = {} if platform == "default" else {"platform": platform}
    chosen["group_id"] = _group(secrets, platform)
    chosen["author_id"] = _author(session, platform)
    session.note("", Text(f"2. {secrets.target.provider}", "bold"))
    own = [key for key in keys.required if key not in CHOSEN]
    answers = {key: _required(session, keys, key) for key in own}
    optional = [key for key in keys.names if key not in (*own, *CHOSEN)]
    answers |= _optional(session, keys, optional, answers)
    answers |= chosen
    before.put(secrets.name, answers)
    while wrong := _wrong(session.stack.manage("check", **secrets.target._asdict())):
        session.note(Text(f"That does not work: {wrong}", "red"))
        key = session.asked("Which key is to be changed? (blank: those that were needed)")
        try:
            if key:
                keys.must_have(key)
                change = _changed(secrets, key, answers)
            else:
                change = {name: _required(session, keys, name) for name in own}
        except UsageError as error:
            session.note(str(error))
            continue
        answers = _merged(answers, change)
        before.put(secrets.name, answers)
    session.note("The login works.")


def _merged(there: Json, change: Json) -> Json:
    """Return a secret's content with a change in it."""
    return {name: value for name, value in {**there, **change}.items() if value is not REMOVED}


def _wrong(checked: Json) -> str:
    """Return why the secrets do not work, as `check` says; blank if they do."""
    wrong = [
        one["detail"]
        for one in checked["facts"]
        if one["fact"] in TRIED and not one["ok"] and not one["detail"].startswith(NOT_LOOKED_AT)
    ]
    return "; ".join(wrong)


def _platform(secrets: Secrets, before: Before) -> str:
    """Return the name of a platform whose credentials work, having asked for them if need be."""
    session, keys = secrets.session, secrets.platform_keys
    platform = session.asked("Name of the 360Learning platform", default="default")
    name = secrets.platform_name(platform)
    there = session.stack.secret(name)
    answers, asks = there or {}, there is None
    while True:
        if asks:
            answers |= {key: _required(session, keys, key) for key in keys.required}
            optional = [key for key in keys.names if key not in keys.required]
            answers |= _optional(session, keys, optional, answers)
            before.put(name, answers)
        try:
            session.stack.manage("find", platform=platform, group="")
        except FunctionFailed as failure:
            session.note(Text(f"That does not work: {failure}", "red"))
            asks = True
            continue
        session.note("The login works.")
        return platform


def _group(secrets: Secrets, platform: str) -> str:
    """Return the id of the group that somebody chose; one that is taken is not admitted."""
    session, target = secrets.session, secrets.target
    listed = session.stack.manage("list", provider=target.provider)["integrations"]
    taken = {
        one["group"]: f"{one['provider']}/{one['integration']}"
        for one in listed
        if one["state"] != "inactive"
        and one["platform"] == platform
        and one["integration"] != target.integration
    }
    while True:
        text = session.asked("Group to synchronize into: a part of its name, or its id")
        answer = session.stack.manage("find", platform=platform, group=text)
        found = answer["found"]
        if not found:
            session.note("No group has that in its name.")
            continue
        if len(found) > 1:
            rows = [
                (place, one["name"], "public" if one["public"] else "private", one["group_id"])
                for place, one in enumerate(found, 1)
            ]
            show.rows(session.notes, show.table("", "Group", "", "Id"), rows)
            if answer["more"]:
                session.note("There are more: type more of the name.")
        place = (
            "1" if len(found) == 1 else session.asked("Which one? (a number; blank: look again)")
        )
        if place.isdecimal() and 1 <= int(place) <= len(found):
            one = found[int(place) - 1]
            if other := taken.get(one["group_id"]):
                session.note(f"{one['name']} is the group of {other} already: choose another.")
                continue
            session.note(f"Group: {one['name']} ({'public' if one['public'] else 'private'})")
            return str(one["group_id"])


def _author(session: Session, platform: str) -> str:
    """Return the id of the author whose address somebody typed."""
    while True:
        mail = session.asked("Author of the courses: the address of an author or administrator")
        if "@" not in mail:
            session.note("That is no address.")
            continue
        found = session.stack.manage("find", platform=platform, author=mail)["found"]
        if len(found) == 1:
            session.note(f"Author: {found[0]['name'] or mail}")
            return str(found[0]["author_id"])
        session.note(f"{plural(len(found), 'user')} of the platform have that address.")


def _required(session: Session, keys: Keys, key: str) -> Any:
    """Ask until a value of the right type is typed."""
    while True:
        try:
            if (value := _typed(session, keys, key)) != "":
                return value
            session.note("It is needed.")
        except UsageError as error:
            session.note(str(error))


def _typed(session: Session, keys: Keys, key: str, more: str = "") -> Any:
    hidden = keys.hidden(key)
    unseen = "; not shown while you type" if hidden else ""
    text = session.asked(f"{key} ({keys.about(key)}{unseen}{more})", hidden=hidden)
    return keys.parsed(key, text) if text and not (more and text == "-") else text


def _optional(session: Session, keys: Keys, names: list[str], there: Json) -> Json:
    """Ask for what may be left as it is, if somebody wants to.

    Args:
        session: The session.
        keys: All keys.
        names: Of those that are asked for.
        there: What is set until now.
    """
    which = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    if not session.confirmed(f"Change {which}?", yes=False):
        return {}
    answers: Json = {}
    for key in names:
        value = there.get(key, keys.default(key))
        session.note(Text(f"{key}: {keys.about(key)}"))
        shown = "" if value in (None, []) or keys.hidden(key) else f" ({json.dumps(value)})"
        while text := session.asked(f"{key}{shown}, blank to leave it", hidden=keys.hidden(key)):
            try:
                answers[key] = keys.parsed(key, text)
                break
            except UsageError as error:
                session.note(str(error))
    return answers

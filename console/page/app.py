"""The pages: what each shows, and from which answers."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from console import reports
from console.page import charts, facts
from console.page.consent import Consents, Outdated
from console.page.guard import guard
from console.session import Target
from console.stack import ConsoleError, FunctionFailed, Json, Stack
from console.texts import age, lasted, local, local_with_zone, number, plural

HERE = "/<provider>/<integration>"
KINDS = {"catalog": "Courses", "stats": "Progress", "reconcile": "Reconcile"}
STILL = {path.name: path.read_bytes() for path in Path(__file__).with_name("static").iterdir()}
# A chart holds its own style, and nothing else.
CHART_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Entries of a report that are searched; a CSV has all of them.
MOST_SEARCHED = 50_000
ENTRIES_A_PAGE = 200
# Of an integration; all of them have a page of their own.
RUNS_SHOWN = 14


def create_app(stack: Stack, token: str, port: int) -> Flask:
    """Return the page of a stack.

    Args:
        stack: The stack, as the operator reaches it.
        token: What the address must hold.
        port: On which it will listen.
    """
    # What stands still is kept in memory: a browser that goes away leaves no file open.
    app = Flask("console.page", static_folder=None)
    app.jinja_env.filters.update(
        age=age, local=local, next_firing=local_with_zone, number=number, shown=shown
    )
    app.jinja_env.globals.update(
        lasted=lasted, plural=plural, kinds=KINDS, stack=stack.name, awaits=reports.awaiting_consent
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard(app, token, port)
    _add_pages(app, stack, Consents(stack))
    _add_errors(app)
    return app


def _add_pages(app: Flask, stack: Stack, consents: Consents) -> None:
    @app.get("/static/<name>")
    def static(name: str) -> Response:
        if name not in STILL:
            abort(404)
        return Response(STILL[name], mimetype=mimetypes.guess_type(name)[0])

    @app.get("/")
    def overview() -> str:
        found = stack.manage("list")["integrations"]
        found.sort(key=lambda one: (not one["attention"], one["provider"], one["integration"]))
        return render_template("overview.html", integrations=found)

    @app.get(HERE)
    def integration(provider: str, integration: str) -> str:
        target = Target(provider, integration)
        found = _listed(stack, target)
        rows, more = facts.parked_rows(stack, target)
        answer = stack.manage("runs", **target._asdict())
        last = {kind: _last_report(stack, target, kind, found) for kind in ("catalog", "stats")}
        return render_template(
            "integration.html",
            target=target,
            found=found,
            histories=[facts.history(stack, target, kind) for kind in facts.OUTCOMES],
            under_way=answer["under_way"],
            days=list(facts.by_day(answer["runs"][:RUNS_SHOWN])),
            problems={kind: facts.problems(one) for kind, one in last.items() if one},
            last=last,
            waiting=facts.waiting(rows),
            ages=facts.age_names(),
            more_rows=more,
            pending=last["catalog"]
            if last["catalog"] and reports.awaiting_consent(last["catalog"])
            else None,
            errand=consents.errand(target),
        )

    @app.get(f"{HERE}/<kind>.svg")
    def chart(provider: str, integration: str, kind: str) -> Response:
        if kind not in facts.OUTCOMES:
            abort(404)
        drawn = charts.outcomes_by_day(facts.history(stack, Target(provider, integration), kind))
        return Response(
            drawn, mimetype="image/svg+xml", headers={"Content-Security-Policy": CHART_POLICY}
        )

    @app.get(f"{HERE}/runs")
    def runs(provider: str, integration: str) -> str:
        target = Target(provider, integration)
        page = _page()
        answer = stack.manage("runs", **target._asdict(), page=page)
        return render_template(
            "runs.html", target=target, days=list(facts.by_day(answer["runs"])), answer=answer
        )

    @app.get(f"{HERE}/runs/<kind>/<run_id>")
    def run(provider: str, integration: str, kind: str, run_id: str) -> str:
        target = Target(provider, integration)
        answer = stack.manage("report", **target._asdict(), kind=kind, run_id=run_id)
        searched = _Search.asked()
        found = [
            one for one in _entries(stack, target, answer, MOST_SEARCHED) if searched.wants(one)
        ]
        page = _page()
        start = (page - 1) * ENTRIES_A_PAGE
        return render_template(
            "run.html",
            target=target,
            report=answer["report"],
            problems=facts.problems(answer["report"]),
            entries=found[start : start + ENTRIES_A_PAGE],
            found=len(found),
            searched=searched,
            page=page,
            more=len(found) > start + ENTRIES_A_PAGE,
        )

    @app.get(f"{HERE}/runs/<kind>/<run_id>.csv")
    def run_csv(provider: str, integration: str, kind: str, run_id: str) -> Response:
        target = Target(provider, integration)
        answer = stack.manage("report", **target._asdict(), kind=kind, run_id=run_id)
        name = f"{provider}-{integration}-{kind}-{run_id}.csv"
        return Response(
            reports.csv_lines(reports.entries(stack, target, answer)),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @app.get(f"{HERE}/parked")
    def parked(provider: str, integration: str) -> str:
        target = Target(provider, integration)
        answer = stack.manage("parked", **target._asdict(), page=_page())
        return render_template("parked.html", target=target, answer=answer)

    @app.get(f"{HERE}/explain")
    def explain_course(provider: str, integration: str) -> str:
        return _explained(Target(provider, integration), request.args.get("course", ""), "")

    # A learner's address stands in no address, and so in no history of a browser.
    @app.post(f"{HERE}/explain")
    def explain(provider: str, integration: str) -> str:
        form = request.form
        target = Target(provider, integration)
        return _explained(target, form.get("course", ""), form.get("learner", ""))

    def _explained(target: Target, course: str, learner: str) -> str:
        asked = {"course": course.strip() or None, "learner": learner.strip() or None}
        if not any(asked.values()):
            abort(400, "name a course, a learner or both")
        answer = stack.manage("explain", **target._asdict(), **asked)
        return render_template("explain.html", target=target, answer=answer)

    @app.get(f"{HERE}/consent")
    def ask_consent(provider: str, integration: str) -> str:
        target = Target(provider, integration)
        answer = consents.pending(target)
        withheld = []
        if answer:
            entries = _entries(stack, target, answer, MOST_SEARCHED)
            withheld = [one for one in entries if one["what"] == "withheld"]
        return render_template("consent.html", target=target, answer=answer, withheld=withheld)

    @app.post(f"{HERE}/consent")
    def consent(provider: str, integration: str) -> AnyResponse:
        target = Target(provider, integration)
        archives = request.form.get("archives", "")
        if not archives.isdecimal() or request.form.get("sure") != "yes":
            abort(400, "confirm the number first")
        consents.give(target, request.form.get("run_id", ""), int(archives))
        return redirect(url_for("integration", **target._asdict()), 303)


def _add_errors(app: Flask) -> None:
    @app.errorhandler(ConsoleError)
    def refused(error: ConsoleError) -> tuple[str, int]:
        # A function's own sentence says what is wrong with what was asked.
        codes = {FunctionFailed: 404, Outdated: 409}
        code = codes.get(type(error), 502)
        return render_template("error.html", message=str(error)), code

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[str, int]:
        return render_template("error.html", message=error.description), error.code or 500


class _Search:
    """Which entries of a report somebody looks for.

    Attributes:
        what: What an entry is about, such as `problem`; blank for all.
        text: What stands somewhere in it.
    """

    def __init__(self, what: str, text: str) -> None:
        self.what = what
        self.text = text

    @classmethod
    def asked(cls) -> "_Search":
        """Return what the address asks for."""
        return cls(request.args.get("what", ""), request.args.get("text", "").strip())

    def wants(self, entry: Json) -> bool:
        """Tell whether an entry is looked for."""
        if self.what and self.what not in (entry["what"], entry.get("action")):
            return False
        text = self.text.casefold()
        return not text or any(text in str(value).casefold() for value in entry.values())


def _listed(stack: Stack, target: Target) -> Json:
    """Return an integration as `list` tells it."""
    for one in stack.manage("list", provider=target.provider)["integrations"]:
        if one["integration"] == target.integration:
            return dict(one)
    raise FunctionFailed(f"there is no integration {target}")


def _last_report(stack: Stack, target: Target, kind: str, found: Json) -> Json | None:
    """Return the report of the last run of a kind that was no plan."""
    last = found["last_runs"][kind]
    if last is None:
        return None
    names = {"kind": kind, "run_id": last["run_id"]}
    report: Json = stack.manage("report", **target._asdict(), **names)["report"]
    return report


def _entries(stack: Stack, target: Target, answer: Json, most: int) -> Iterator[Json]:
    for place, entry in enumerate(reports.entries(stack, target, answer)):
        if place >= most:
            return
        yield entry


def _page() -> int:
    asked = request.args.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 6 else 1


def shown(value: Any) -> str:
    """Return a value of an answer as text."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(one)}" for name, one in value.items())
    return str(value)

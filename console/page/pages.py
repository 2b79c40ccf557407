"""The pages: what each shows, and from which answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from console import reports
from console.page import charts, facts
from console.page.consent import Consents
from console.session import Target
from console.stack import FunctionFailed, Json, Stack

# A chart holds its own style, and nothing else.
CHART_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Entries of a report that are searched; a CSV has all of them.
MOST_SEARCHED = 50_000
ENTRIES_A_PAGE = 200
# Of an integration; all of them have a page of their own.
RUNS_SHOWN = 14
RUNS = ("catalog", "stats")

HERE = "/<provider>/<integration>"
# Each page by its name, which is a method of `Pages`.
RULES = (
    ("overview", "/", "GET"),
    ("integration", HERE, "GET"),
    ("chart", f"{HERE}/<kind>.svg", "GET"),
    ("runs", f"{HERE}/runs", "GET"),
    ("run", f"{HERE}/runs/<kind>/<run_id>", "GET"),
    ("run_csv", f"{HERE}/runs/<kind>/<run_id>.csv", "GET"),
    ("parked", f"{HERE}/parked", "GET"),
    ("explain_course", f"{HERE}/explain", "GET"),
    ("explain", f"{HERE}/explain", "POST"),
    ("ask_consent", f"{HERE}/consent", "GET"),
    ("consent", f"{HERE}/consent", "POST"),
)


@dataclass(frozen=True)
class Search:
    """Which entries of a report somebody looks for.

    Attributes:
        what: What an entry is about, such as `problem`; blank for all.
        text: What stands somewhere in it.
    """

    what: str
    text: str

    @classmethod
    def asked(cls) -> "Search":
        """Return what the address asks for."""
        return cls(request.args.get("what", ""), request.args.get("text", "").strip())

    def wants(self, entry: Json) -> bool:
        """Tell whether an entry is looked for."""
        if self.what and self.what not in (entry["what"], entry.get("action")):
            return False
        text = self.text.casefold()
        return not text or any(text in str(value).casefold() for value in entry.values())


class Pages:
    """Every page of a stack.

    Args:
        stack: As the operator reaches it.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._consents = Consents(stack)

    def overview(self) -> str:
        """Show all integrations, those first that call for somebody."""
        found = self._stack.manage("list")["integrations"]
        found.sort(key=lambda one: (not one["attention"], one["provider"], one["integration"]))
        return render_template("overview.html", integrations=found)

    def integration(self, provider: str, integration: str) -> str:
        """Show how one stands: freshness, what came and went, problems, what waits, runs."""
        target = Target(provider, integration)
        # Before anything else is asked, so that nothing below is older than what it says.
        errand = self._consents.errand(target)
        decided = errand is not None and not errand.ended
        with ThreadPoolExecutor() as pool:
            # Each is an invocation of its own, and none needs another's answer.
            found = pool.submit(self._listed, target)
            runs = pool.submit(self._stack.manage, "runs", **target._asdict())
            parked = pool.submit(facts.parked_rows, self._stack, target)
            histories = [
                pool.submit(facts.history, self._stack, target, kind) for kind in facts.OUTCOMES
            ]
        listed = found.result()
        with ThreadPoolExecutor() as pool:
            last = dict(
                zip(
                    RUNS,
                    pool.map(lambda kind: self._last_report(target, listed, kind), RUNS),
                    strict=True,
                )
            )
        rows, more_rows = parked.result()
        catalog = last["catalog"]
        news = errand is not None and errand.is_news_after(listed["last_runs"]["catalog"])
        return render_template(
            "integration.html",
            target=target,
            found=listed,
            histories=[one.result() for one in histories],
            under_way=runs.result()["under_way"],
            days=list(facts.by_day(runs.result()["runs"][:RUNS_SHOWN])),
            problems={kind: facts.problems(report) for kind, report in last.items() if report},
            last=last,
            waiting=facts.waiting(rows),
            ages=facts.age_names(),
            more_rows=more_rows,
            pending=catalog if catalog and reports.awaiting_consent(catalog) else None,
            errand=errand if news else None,
            decided=decided,
        )

    def chart(self, provider: str, integration: str, kind: str) -> Response:
        """Draw what came and went."""
        if kind not in facts.OUTCOMES:
            abort(404)
        history = facts.history(self._stack, Target(provider, integration), kind)
        return Response(
            charts.outcomes_by_day(history),
            mimetype="image/svg+xml",
            headers={"Content-Security-Policy": CHART_POLICY},
        )

    def runs(self, provider: str, integration: str) -> str:
        """Show the runs of 90 days."""
        target = Target(provider, integration)
        answer = self._stack.manage("runs", **target._asdict(), page=_page())
        days = list(facts.by_day(answer["runs"]))
        return render_template("runs.html", target=target, days=days, answer=answer)

    def run(self, provider: str, integration: str, kind: str, run_id: str) -> str:
        """Show a run's report, and what of it is looked for."""
        target = Target(provider, integration)
        answer = self._report(target, kind, run_id)
        search, page = Search.asked(), _page()
        entries = islice(reports.entries(self._stack, target, answer), MOST_SEARCHED)
        found = [entry for entry in entries if search.wants(entry)]
        start = (page - 1) * ENTRIES_A_PAGE
        return render_template(
            "run.html",
            target=target,
            report=answer["report"],
            problems=facts.problems(answer["report"]),
            entries=found[start : start + ENTRIES_A_PAGE],
            found=len(found),
            searched=search,
            page=page,
            more=len(found) > start + ENTRIES_A_PAGE,
        )

    def run_csv(self, provider: str, integration: str, kind: str, run_id: str) -> Response:
        """Send all that a run named, as it is read."""
        target = Target(provider, integration)
        answer = self._report(target, kind, run_id)
        name = f"{provider}-{integration}-{kind}-{run_id}.csv"
        return Response(
            reports.csv_lines(reports.entries(self._stack, target, answer)),
            mimetype="text/csv",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def parked(self, provider: str, integration: str) -> str:
        """Show the rows that wait."""
        target = Target(provider, integration)
        answer = self._stack.manage("parked", **target._asdict(), page=_page())
        return render_template("parked.html", target=target, answer=answer)

    def explain_course(self, provider: str, integration: str) -> str:
        """Explain a course, which an address may name."""
        return self._explained(Target(provider, integration), request.args.get("course", ""), "")

    def explain(self, provider: str, integration: str) -> str:
        """Explain a learner, whose address stands in no history of a browser."""
        form, target = request.form, Target(provider, integration)
        return self._explained(target, form.get("course", ""), form.get("learner", ""))

    def ask_consent(self, provider: str, integration: str) -> str:
        """Show the archives that wait, each by its title, with the button."""
        target = Target(provider, integration)
        answer = self._consents.pending(target)
        withheld: Iterator[Json] = iter(())
        if answer:
            entries = islice(reports.entries(self._stack, target, answer), MOST_SEARCHED)
            withheld = (entry for entry in entries if entry["what"] == "withheld")
        return render_template("consent.html", target=target, answer=answer, withheld=withheld)

    def consent(self, provider: str, integration: str) -> AnyResponse:
        """Hand on exactly the consent that was shown."""
        target, archives = Target(provider, integration), request.form.get("archives", "")
        if not archives.isdecimal() or request.form.get("sure") != "yes":
            abort(400, "confirm the number first")
        self._consents.give(target, request.form.get("run_id", ""), int(archives))
        return redirect(url_for("integration", **target._asdict()), 303)

    def _explained(self, target: Target, course: str, learner: str) -> str:
        asked = {"course": course.strip() or None, "learner": learner.strip() or None}
        if not any(asked.values()):
            abort(400, "name a course, a learner or both")
        answer = self._stack.manage("explain", **target._asdict(), **asked)
        return render_template("explain.html", target=target, answer=answer)

    def _listed(self, target: Target) -> Json:
        """Return an integration as `list` tells it."""
        for one in self._stack.manage("list", provider=target.provider)["integrations"]:
            if one["integration"] == target.integration:
                return dict(one)
        raise FunctionFailed(f"there is no integration {target}")

    def _last_report(self, target: Target, listed: Json, kind: str) -> Json | None:
        """Return the report of the last run of a kind that was no plan."""
        last = listed["last_runs"][kind]
        report: Json | None = self._report(target, kind, last["run_id"])["report"] if last else None
        return report

    def _report(self, target: Target, kind: str, run_id: str) -> Json:
        return self._stack.manage("report", **target._asdict(), kind=kind, run_id=run_id)


def _page() -> int:
    asked = request.args.get("page", "1")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 6 else 1

"""The one thing the page does: it hands on a consent, and says what came of it."""

import threading
from dataclasses import dataclass, field

from console.reports import awaiting_consent
from console.session import Target
from console.stack import ConsoleError, Json, Stack


class Outdated(ConsoleError):
    """What was consented to is not what waits any more."""


@dataclass
class Errand:
    """A run that somebody consented to.

    Attributes:
        archives: To how many archives.
        report: What it ended in; None while it runs.
        failure: Why it failed, in a sentence.
    """

    archives: int
    report: Json | None = None
    failure: str = ""

    def is_news_after(self, last: Json | None) -> bool:
        """Tell whether no catalogue run began since; one that was skipped is not among the runs."""
        if self.report is None or last is None:
            return True
        return bool(last["started_at"] <= self.report["started_at"])

    @property
    def ended(self) -> bool:
        """Tell whether it ended."""
        return self.report is not None or bool(self.failure)


@dataclass
class Consents:
    """The consents that were given to this page, the latest of each integration.

    Attributes:
        stack: To which they are handed on.
    """

    stack: Stack
    _errands: dict[Target, Errand] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def errand(self, target: Target) -> Errand | None:
        """Return what came of the latest consent; None where none was given."""
        return self._errands.get(target)

    def pending(self, target: Target) -> Json | None:
        """Return the report of the run that withheld archives; None where nothing waits."""
        runs = self.stack.manage("runs", **target._asdict(), kind="catalog")["runs"]
        applied = next((run for run in runs if run["mode"] == "apply"), None)
        if applied is None or not awaiting_consent(applied):
            return None
        names = {"kind": "catalog", "run_id": applied["run_id"]}
        answer: Json = self.stack.manage("report", **target._asdict(), **names)
        return answer

    def give(self, target: Target, run_id: str, archives: int) -> None:
        """Begin a catalogue run that may archive so many, and not one more.

        Args:
            target: The integration.
            run_id: The run that withheld them, as it was shown.
            archives: How many, as was shown.

        Raises:
            Outdated: Something else waits by now, or such a run is under way.
        """
        answer = self.pending(target)
        shown = answer["report"] if answer else None
        if not shown or (shown["run_id"], shown["counts"]["withheld"]) != (run_id, archives):
            raise Outdated(
                "something else waits for your consent by now: look again before you consent"
            )
        with self._lock:
            earlier = self._errands.get(target)
            if earlier is not None and not earlier.ended:
                raise Outdated("a run with your consent is under way already")
            errand = self._errands[target] = Errand(archives)
        event = {"integration": target.integration, "allow_archives": archives}
        work = threading.Thread(target=self._carry, args=(target, event, errand), daemon=True)
        work.start()

    def _carry(self, target: Target, event: Json, errand: Errand) -> None:
        try:
            errand.report = self.stack.call(f"{target.provider}_catalog", event)
        except Exception as error:  # noqa: BLE001
            errand.failure = str(error)

"""Whether what stands at 360Learning may be read at all."""

from content_sync.report import Report

UNVERIFIED = (
    "what stands at 360Learning could not be read (scope {scope} is missing): statistics are sent "
    "all the same, but progress may stay hidden behind a START, and nothing is confirmed; grant "
    "courseStats:read and users:read, then run once with full"
)


class Scopes:
    """The scopes for meeting what stands there; a run says once that one is missing.

    Args:
        report: The run's, over all its invocations.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    @property
    def granted(self) -> bool:
        """Tell whether they are there, as far as is known."""
        return not self._report.reasons.get("unverified")

    def deny(self, scope: str) -> None:
        """Note that one is missing."""
        if self.granted:
            self._report.problem("", "unverified", UNVERIFIED.format(scope=scope))

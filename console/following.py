"""Following a run over its invocations, and to the run that took its place."""

import time
from collections.abc import Callable

from console.stack import FunctionFailed, Json, Stack

POLL_SECONDS = 2.0
# A run has its report when its first invocation has ended.
LONGEST_INVOCATION_SECONDS = 900.0


def follow(stack: Stack, names: Json, report: Json, show: Callable[[], None]) -> Json:
    """Wait until a run has ended.

    Args:
        stack: Where it runs.
        names: Provider, integration and kind.
        report: Its report as it was answered.
        show: Shows how far it is; called after each wait.

    Returns:
        Its report, or that of the run that took its place.

    Raises:
        FunctionFailed: There is no such report.
    """
    run_id, until = report["run_id"], 0.0
    while report["status"] == "continued":
        time.sleep(POLL_SECONDS)
        show()
        try:
            report = stack.manage("report", **names, run_id=run_id)["report"]
        except FunctionFailed:
            if time.monotonic() > until:
                raise
            continue
        if report["status"] == "failed" and "replaced_by" in report:
            run_id, until = report["replaced_by"], time.monotonic() + LONGEST_INVOCATION_SECONDS
            report = {**report, "status": "continued"}
    return report

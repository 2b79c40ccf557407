"""The one place that owns logger and metrics.

No learner's address is ever passed to either: reports mask addresses before they are logged.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from content_sync.report import KINDS, Report

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "ContentSync"))


@contextmanager
def said_of(report: Report) -> Iterator[None]:
    """Put run id, provider, integration and kind on every log line of a block."""
    keys = {name: getattr(report, name) for name in ("run_id", "provider", "integration", "kind")}
    with logger.append_context_keys(**keys):
        yield


def publish(report: dict[str, Any]) -> None:
    """Log a run report, and an ended run's counts as metrics by provider, integration and kind."""
    level = logger.error if report["status"] == "failed" else logger.info
    level(f"{report['provider']} {report['kind']} {report['status']}", report=report)
    if report["mode"] == "plan" or report["status"] == "continued" or report["kind"] not in KINDS:
        # A plan did nothing, the counts of a run that goes on come at its end, and what is done by
        # hand is read where it is done.
        return
    for dimension in ("provider", "integration", "kind"):
        metrics.add_dimension(dimension, report[dimension])
    metrics.add_metric(f"run_{report['status']}", MetricUnit.Count, 1)
    for heading, count in report["counts"].items():
        metrics.add_metric(heading, MetricUnit.Count, count)
    metrics.flush_metrics()

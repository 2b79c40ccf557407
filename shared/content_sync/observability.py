"""The one place that owns logger and metrics.

No learner's address is ever passed to either: reports mask addresses before they are logged.
"""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "ContentSync"))


def publish(report: dict[str, Any]) -> None:
    """Logs a run report, and an ended run's counts as metrics by provider, integration and kind."""
    level = logger.error if report["status"] == "failed" else logger.info
    level(f"{report['provider']} {report['kind']} {report['status']}", report=report)
    if report["mode"] == "plan" or report["status"] == "continued":
        return  # A plan did nothing, and the counts of a run that goes on come at its end.
    for dimension in ("provider", "integration", "kind"):
        metrics.add_dimension(dimension, report[dimension])
    metrics.add_metric(f"run_{report['status']}", MetricUnit.Count, 1)
    for heading, count in report["counts"].items():
        metrics.add_metric(heading, MetricUnit.Count, count)
    metrics.flush_metrics()

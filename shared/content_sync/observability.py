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
    """Logs a run report, and its counts as metrics by provider, integration and kind."""
    level = logger.error if report["status"] == "failed" else logger.info
    level(f"{report['provider']} {report['kind']} {report['status']}", report=report)
    for dimension in ("provider", "integration", "kind"):
        metrics.add_dimension(dimension, report[dimension])
    metrics.add_metric(f"run_{report['status']}", MetricUnit.Count, 1)
    for heading, count in report["counts"].items():
        metrics.add_metric(heading, MetricUnit.Count, count)
    metrics.flush_metrics()

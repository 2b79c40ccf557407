"""The one place that owns logger and metrics.

No learner's address is ever passed to either; should one be, it is masked in whatever is logged.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from content_sync.masking import mask, mask_all
from content_sync.report import KINDS, LONGEST_ID, Report

# CloudWatch Logs cuts what is longer than 256 KB, and then it is no JSON any more.
LONGEST_LINE = 200_000
LONGEST_PART = 10_000


class MaskingFormatter(LambdaPowertoolsFormatter):
    """The formatter of all log lines: whatever is logged, an address is masked."""

    def serialize(self, log: Any) -> str:
        """Return a line's JSON; of one that is too long, what is short."""
        masked = mask_all(log)
        line = str(super().serialize(masked))
        if len(line.encode(errors="replace")) <= LONGEST_LINE:
            return line
        return str(super().serialize({name: _shortened(one) for name, one in masked.items()}))


def _shortened(value: Any) -> Any:
    """Return a part of a line that is too long, without what makes it so."""
    if isinstance(value, dict):
        return {name: _shortened(one) for name, one in value.items()}
    return value if len(str(value)) <= LONGEST_PART else f"{str(value)[:LONGEST_ID]}..."


# What is no JSON is told as text: an exception, say.
logger = Logger(logger_formatter=MaskingFormatter(json_default=lambda value: mask(str(value))))
# They log requests with their queries, and what services say, past our formatter.
for library in ("urllib3", "botocore", "boto3"):
    logging.getLogger(library).setLevel(logging.CRITICAL)
# The service's name would be a dimension more, and the dashboard searches for just these.
metrics = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "ContentSync"), service=""
)


@contextmanager
def said_of(report: Report) -> Iterator[None]:
    """Put run id, provider, integration and kind on every log line of a block."""
    with logger.append_context_keys(run_id=report.run_id, **report.names):
        yield


def publish(report: dict[str, Any]) -> None:
    """Log a run report, and an ended run's counts as metrics by provider, integration and kind."""
    level = logger.error if report["status"] == "failed" else logger.info
    # The changes of a plan are in its answer and its stored report, and too long for a line.
    line = {name: value for name, value in report.items() if name != "changes"}
    level(f"{report['provider']} {report['kind']} {report['status']}", report=line)
    if report["mode"] == "plan" or report["kind"] not in KINDS:
        return  # A plan did nothing, and what is done by hand is read where it is done.
    _measure_of(report)
    metrics.add_metric(f"run_{report['status']}", MetricUnit.Count, 1)
    began, ended = (datetime.fromisoformat(report[name]) for name in ("started_at", "finished_at"))
    # Over all its invocations until now.
    metrics.add_metric("run_seconds", MetricUnit.Seconds, (ended - began).total_seconds())
    # The counts of a run that goes on come at its end.
    counts = report["counts"] if report["status"] != "continued" else {}
    for heading, count in counts.items():
        metrics.add_metric(heading, MetricUnit.Count, count)
    metrics.flush_metrics()


def measure(names: Mapping[str, str], **values: float) -> None:
    """Publish how an integration stands.

    Args:
        names: With `provider`, `integration` and `kind`.
        **values: Metrics of namespace `ContentSync`; docs/operations.md lists them.
    """
    _measure_of(names)
    for name, value in values.items():
        metrics.add_metric(name, MetricUnit.NoUnit, value)
    metrics.flush_metrics()


def tell_alive() -> None:
    """Publish, of the stack as a whole, that its schedules fire, whatever integrations it has."""
    metrics.add_dimension("stack", _stack())
    metrics.add_metric("hours_since_run", MetricUnit.NoUnit, 0)
    metrics.flush_metrics()


def _stack() -> str:
    return os.environ.get("STACK_NAME", "content-sync")


def _measure_of(names: Mapping[str, Any]) -> None:
    """Let the next metrics be of an integration and a kind of runs, and of the stack as a whole.

    Alarms watch the stack: they need not know which integrations there are.
    """
    metrics.add_dimension("stack", _stack())
    for dimension in ("provider", "integration", "kind"):
        metrics.add_dimension(dimension, names[dimension])
    metrics.add_dimensions(stack=_stack())

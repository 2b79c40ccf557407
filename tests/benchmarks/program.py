"""One invocation of a handler in a process of its own, measured; prints one line of JSON.

Usage: python -m tests.benchmarks.program FUNCTION EVENT

Beside time and memory it measures what goes to and comes from DynamoDB: bytes and units, by the
rules of its price list (a transactional write takes two units a kilobyte of what is larger, the
item before or after it, a consistent read one unit for four, of a batch for four of each item),
and the seconds during which AWS was waited for, and neither a service nor its turn, less what the
processor did meanwhile. What boto3 itself does before and after is the program's own time.
"""

import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from tests.benchmarks.memory import peak_mb

ROOT = Path(__file__).parents[2]
SECONDS = 900


class Context:
    """The Lambda context of an invocation that begins now."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + SECONDS
        self.aws_request_id = os.urandom(8).hex()

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


class Meter:
    """What goes to DynamoDB and comes back, and how long the program had nothing else to wait for.

    Attributes:
        seconds: While any thread waits for AWS's answer, and none for anything else or computes.
    """

    def __init__(self) -> None:
        self.bytes_written = self.bytes_read = self.write_units = self.read_units = 0
        self.seconds = 0.0
        self._open = {"aws": 0, "other": 0}
        self._since = self._computed = 0.0
        self._lock = threading.Lock()
        # Of items that this invocation met: a key as one number, since there may be many.
        self._sizes: dict[int, int] = {}

    @contextmanager
    def during(self, what: str) -> Iterator[None]:
        """Take in that a thread is in a call: to `aws`, or in an `other` one."""
        self._changed(what, 1)
        try:
            yield
        finally:
            self._changed(what, -1)

    def _changed(self, what: str, by: int) -> None:
        with self._lock:
            moment, computed = time.perf_counter(), time.process_time()
            if self._open["aws"] and not self._open["other"]:
                self.seconds += max(0.0, moment - self._since - (computed - self._computed))
            self._since, self._computed = moment, computed
            self._open[what] += by

    def watch(self) -> None:
        """Measure the calls of everything that is imported from now on."""
        from botocore.client import BaseClient
        from botocore.httpsession import URLLib3Session

        from content_sync.web.http import HttpClient
        from content_sync.web.timebudget import TimeBudget

        call = BaseClient._make_api_call

        def metered(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            answer = call(client, operation, parameters)
            if client.meta.service_model.service_name == "dynamodb":
                self.count(operation, parameters, answer)
            return answer

        BaseClient._make_api_call = metered
        for what, owner, name in (
            ("aws", URLLib3Session, "send"),
            ("other", HttpClient, "_exchange"),
            ("other", TimeBudget, "sleep"),
        ):
            setattr(owner, name, self._metered(what, getattr(owner, name)))

    def _metered(self, what: str, waiting: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(waiting)
        def metered(*arguments: Any, **more: Any) -> Any:
            with self.during(what):
                return waiting(*arguments, **more)

        return metered

    def count(self, operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            for action in parameters["TransactItems"]:
                ((kind, one),) = action.items()
                self._written(one.get("Item") or one["Key"], units_a_kilobyte=2, kind=kind)
        elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
            item = parameters.get("Item") or parameters["Key"]
            self._written(item, units_a_kilobyte=1, kind=operation.removesuffix("Item"))
        elif operation == "BatchGetItem":
            for items in answer["Responses"].values():
                self._read(*items)
        elif operation in ("Query", "GetItem"):
            items = answer.get("Items") or [one for one in (answer.get("Item"),) if one]
            # They are charged as one.
            self._read(*items, at_once=True)

    def _read(self, *items: dict[str, Any], at_once: bool = False) -> None:
        sizes = [_size(item) for item in items]
        for item, size in zip(items, sizes, strict=True):
            self._sizes[_key(item)] = size
        self.bytes_read += sum(sizes)
        for size in [sum(sizes)] if at_once else sizes:
            self.read_units += max(1, -(-size // 4096))

    def _written(self, item: dict[str, Any], *, units_a_kilobyte: int, kind: str) -> None:
        key, size = _key(item), _size(item)
        self.bytes_written += size
        charged = max(size, self._sizes.get(key, 0))
        self.write_units += units_a_kilobyte * max(1, -(-charged // 1024))
        if kind == "Put":
            self._sizes[key] = size
        elif kind == "Delete":
            self._sizes.pop(key, None)


def _key(item: dict[str, Any]) -> int:
    return hash((item["pk"]["S"], item["sk"]["S"]))


def _size(item: dict[str, Any]) -> int:
    return sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())


def main() -> None:
    """Invokes and measures."""
    function, event = sys.argv[1], json.loads(sys.argv[2])
    sys.path.insert(0, str(ROOT / "shared"))
    os.environ["AWS_LAMBDA_FUNCTION_NAME"] = function
    os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the handler's log lines are not for us
    began = time.perf_counter()
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location("app", path)
    assert spec is not None and spec.loader is not None
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    continued: list[dict[str, Any]] = []
    from content_sync.sync import execute

    execute.invoke_this_function = continued.append
    meter = Meter()
    meter.watch()
    started, cpu = time.perf_counter(), time.process_time()
    result = app.lambda_handler(event, Context())
    measured = {
        "seconds": time.perf_counter() - started,
        "seconds_to_import": started - began,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": peak_mb(),
        "aws_seconds": meter.seconds,
        "bytes_written": meter.bytes_written,
        "bytes_read": meter.bytes_read,
        "write_units": meter.write_units,
        "read_units": meter.read_units,
        "result": result,
        "continued": continued,
    }
    os.write(output, json.dumps(measured).encode() + b"\n")


if __name__ == "__main__":
    main()

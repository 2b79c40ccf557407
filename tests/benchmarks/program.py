"""One invocation of a handler in a process of its own, measured; prints one line of JSON.

Usage: python -m tests.benchmarks.program FUNCTION EVENT
"""

import json
import os
import resource
import sys
import time

from tests.house import ROOT, Context, handler


def main() -> None:
    """Invokes and measures."""
    function, event = sys.argv[1], json.loads(sys.argv[2])
    sys.path.insert(0, str(ROOT / "shared"))
    os.environ["AWS_LAMBDA_FUNCTION_NAME"] = function
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the handler's log lines are not for us
    invoke = handler(function).lambda_handler
    began, cpu = time.perf_counter(), time.process_time()
    result = invoke(event, Context())
    measured = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "result": result,
    }
    os.write(output, json.dumps(measured).encode() + b"\n")


if __name__ == "__main__":
    main()

"""`python -m sandbox`: the sandbox alone, until Ctrl-C; its first line says where, as JSON."""

import argparse
import contextlib
import json
import threading

from sandbox.providers import PROVIDERS
from sandbox.server import Sandbox
from sandbox.world import populate


def main() -> None:
    """Serve generated data."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--courses", type=int, default=3000)
    parser.add_argument("--enrollments", type=int, default=4000)
    parser.add_argument("--latency", type=int, default=0, help="milliseconds for every answer")
    options = parser.parse_args()
    sandbox = Sandbox()
    sandbox.traffic.latency = options.latency / 1000
    world = populate(
        sandbox, seed=options.seed, courses=options.courses, enrollments=options.enrollments
    )
    with sandbox.serving(options.port):
        secrets = {"platforms/default": sandbox.platform_secret()} | {
            f"integrations/{provider}/default": sandbox.provider_secret(
                provider, group_id=world.group_id, author_id=world.author_id
            )
            for provider in PROVIDERS
        }
        print(json.dumps({"url": sandbox.url, "secrets": secrets}), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()

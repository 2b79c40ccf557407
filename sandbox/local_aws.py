"""The local AWS: MiniStack with roles enforced, and the real template deployed on it by SAM."""

import os
import platform
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sandbox.process import free_port, running

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / "build" / "environments"
REGION = "eu-west-3"
STACK = "content-sync-local"
STARTS = 3
READY_SECONDS = 30


class LocalAwsError(Exception):
    """The local AWS did not start, or the template could not be deployed."""


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS.

    Attributes:
        url: Its endpoint.
        folder: Where its logs and files are.
        keys: What its clients show: an access key, its secret, and a session token.
    """

    url: str
    folder: Path
    keys: tuple[str, str, str | None] = ("test", "test", None)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for anything that talks to it."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PYTHON")) and name not in ("VIRTUAL_ENV",)
        }
        return kept | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "SAM_CLI_TELEMETRY": "0",
        }

    def client(self, service: str) -> Any:
        """Return a boto3 client of it."""
        key, secret, token = self.keys
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(read_timeout=910, retries={"total_max_attempts": 1}),
        )

    def with_role_of(self, function: str) -> "LocalAws":
        """Return it as a deployed function sees it, with the rights of that function's role."""
        name = f"{STACK}-{function.replace('_', '-')}"
        role = self.client("lambda").get_function_configuration(FunctionName=name)["Role"]
        session = self.client("sts").assume_role(RoleArn=role, RoleSessionName=function)
        given = session["Credentials"]
        keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        return replace(self, keys=keys)

    def deploy(self) -> dict[str, str]:
        """Builds and deploys the template as it stands; returns the stack's outputs."""
        tools = ENVIRONMENTS / "sam" / "bin"
        environment = self.environment | {
            "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHON": str(tools / "python"),
            "LAYER_ARCHITECTURE": "host",
            # SAM leaves folders behind.
            "TMPDIR": str(self.folder / "tmp"),
            # The second time nothing is fetched.
            "LAYER_CACHE": str(ROOT / "build" / "layers"),
        }
        version = f"python3.{min(sys.version_info.minor, 14)}"
        machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
        built = self.folder / "sam"
        parameters = [
            f"Runtime={version}",
            f"Architecture={machine}",
            "SchedulesState=DISABLED",
            # The sandbox bears more than the real service is known to.
            "OpenClassroomsCallsPerSecond=100",
        ]
        self._sam(
            "build",
            environment,
            ["--template-file", str(ROOT / "template.yaml"), "--build-dir", str(built)],
            ["--parameter-overrides", *parameters],
        )
        self._sam(
            "deploy",
            environment,
            ["--template-file", str(built / "template.yaml"), "--stack-name", STACK],
            ["--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"],
            ["--parameter-overrides", *parameters],
        )
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _sam(self, command: str, environment: dict[str, str], *arguments: list[str]) -> None:
        log = self.folder / f"sam-{command}.log"
        words = [str(ENVIRONMENTS / "sam" / "bin" / "sam"), command]
        words += [word for part in arguments for word in part]
        with log.open("wb") as output:
            done = subprocess.run(
                words,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            tail = log.read_text(errors="replace")[-3000:]
            raise LocalAwsError(f"sam {command} failed:\n{tail}")


@contextmanager
def local_aws(folder: Path) -> Iterator[LocalAws]:
    """Run a local AWS on a free port of loopback until the block ends.

    Args:
        folder: An empty folder for its files and logs.

    Raises:
        LocalAwsError: It did not come up.
    """
    python = ENVIRONMENTS / "local-aws" / "bin" / "python"
    temporary = folder / "tmp"
    temporary.mkdir()
    for _ in range(STARTS):
        port = free_port()
        aws = LocalAws(f"http://127.0.0.1:{port}", folder)
        environment = aws.environment | {
            "TMPDIR": str(temporary),
            "STATE_DIR": str(folder / "state"),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            # The template's roles are enforced, so that least privilege is tried and not hoped for.
            "AUTH": "true",
        }
        command = [str(python), "-m", "ministack"]
        with running(command, environment=environment, log=folder / "aws.log") as child:
            if _ready(aws, child):
                yield aws
                return
    raise LocalAwsError(f"the local AWS did not start: see {folder / 'aws.log'}")


def _ready(aws: LocalAws, child: "subprocess.Popen[bytes]") -> bool:
    """Tell whether it answers in time; False when it ended, as when its port was taken."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{aws.url}/_ministack/health", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False

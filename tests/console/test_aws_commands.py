"""Every line for the AWS CLI and for SAM that the pages name is one that these programs take.

The AWS CLI is the older of its two versions, which refuses what only the newer one knows; it talks
to a server here that writes down what it is asked.
"""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from content_sync.request import parse_integrations_event, parse_sync_event
from tests.house import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
PAGES = [page for page in PAGES if "decisions" not in page.parts]
ENVIRONMENTS = ROOT / "build" / "environments"
# Of somebody who wants none of these tests left out.
REQUIRED = "COMMANDS_REQUIRED"
STACKS = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>content-sync</StackName><Outputs>
<member><OutputKey>StateTable</OutputKey><OutputValue>the-table</OutputValue></member>
<member><OutputKey>DeadLetters</OutputKey><OutputValue>http://127.0.0.1/queue</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""


def blocks() -> list[tuple[str, str]]:
    """Each piece of shell of the pages that calls one of the two programs, and its page."""
    found = []
    for page in PAGES:
        text = page.read_text()
        pieces = re.findall(r"```sh\n(.+?)```", text, re.DOTALL)
        pieces += re.findall(r"`((?:aws|sam) [a-z][^`]*--[^`]*)`", text)
        found += [(page.name, piece) for piece in pieces if re.search(r"\b(aws|sam) [a-z]", piece)]
    return found


AWS = [(page, text) for page, text in blocks() if re.search(r"\baws [a-z]", text)]
SAM = [
    (page, line.strip())
    for page, text in blocks()
    for line in re.findall(r"\bsam [a-z][^#\n;|)]*", text.replace("\\\n", " "))
]


def program(environment: str, name: str) -> Path:
    path = ENVIRONMENTS / environment / "bin" / name
    if not path.exists():
        if os.environ.get(REQUIRED):
            pytest.fail(f"{name} is not installed: python3 tools/environments.py {environment}")
        pytest.skip(f"{name} is not installed: python3 tools/environments.py {environment}")
    return path


class Recorder(BaseHTTPRequestHandler):
    """Answers everything, and keeps what it was asked."""

    asked: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.asked.append((self.path, body))
        described = b"Action=DescribeStacks" in body
        answer = STACKS.encode() if described else b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "text/xml" if described else "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bytes]]]:
    asked: list[tuple[str, bytes]] = []
    handler = type("Handler", (Recorder,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        yield asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("page", "text"), AWS, ids=[f"{page}-{n}" for n, (page, _) in enumerate(AWS)]
)
def test_the_aws_cli_takes_it(
    asked: list[tuple[str, bytes]], tmp_path: Path, page: str, text: str
) -> None:
    del page
    bin_folder = program("awscli", "aws").parent
    (tmp_path / "events").symlink_to(ROOT / "events")
    (tmp_path / "secret.json").write_text("{}")
    # The other programs are tried elsewhere.
    others = "sam() { :; }; content-sync() { :; }; shred() { :; }; make() { :; }\n"
    # Queues have a host of their own, whatever the environment says.
    others += 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", others + text],
        cwd=tmp_path,
        env={
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "eu-west-3",
            "QUEUE": f"{os.environ['AWS_ENDPOINT_URL']}/123456789012/queue",
            "TABLE": "the-table",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Unknown" not in done.stderr
    if re.search(r"^(?!.*\(\) \{).*\baws [a-z]", text, re.MULTILINE):
        assert asked
    for path, body in asked:
        if "/functions/" not in path:
            continue
        function, event = path.split("/")[3], json.loads(body)
        if function == "content-sync-integrations":
            parse_integrations_event(event)
        else:
            parse_sync_event("catalog" if function.endswith("catalog") else "stats", event)


@pytest.mark.parametrize(
    ("page", "line"), SAM, ids=[f"{page}-{n}" for n, (page, _) in enumerate(SAM)]
)
def test_sam_takes_it(tmp_path: Path, page: str, line: str) -> None:
    del page
    sam = program("sam", "sam")
    # Its parser refuses what it does not know before it shows the help.
    done = subprocess.run(
        ["bash", "-c", f"{line.replace('...', 'arn:aws:iam::1:role/x')} --help"],
        cwd=tmp_path,
        env={
            "PATH": f"{sam.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "SAM_CLI_TELEMETRY": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_an_option_that_only_the_newer_version_has_would_be_seen(
    asked: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    newer = "aws lambda invoke --function-name f --cli-binary-format raw-in-base64-out out"
    with pytest.raises(AssertionError, match="Unknown options"):
        test_the_aws_cli_takes_it(asked, tmp_path, "", newer)


def test_there_are_some() -> None:
    assert len(AWS) >= 8
    assert len(SAM) >= 6

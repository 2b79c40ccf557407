"""Serving the page: on this machine alone, until somebody ends it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from console.page.serving import PageServer
from tests.console.conftest import Typed, stack_of
from tests.house import House

ROOT = Path(__file__).resolve().parents[2]
# The command over a stack that has nothing, so that its end is the real one.
PROGRAM = """
from console import verbs
from console.app import app
from console.stack import Stack
Stack.manage = lambda self, action, **keys: {"integrations": []}
app()
"""


def test_it_listens_on_this_machine_alone_and_stops(house: House) -> None:
    server = PageServer(stack_of(house), 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    # A client that keeps no cookie is sent on without its token.
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(server.address)
    assert refused.value.code == 403
    refused.value.close()
    assert server.address.startswith("http://127.0.0.1:")
    server.stop()
    thread.join(10)
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port)).close()


def test_each_call_has_a_token_of_its_own(house: House) -> None:
    first, second = (PageServer(stack_of(house), 0) for _ in range(2))
    try:
        tokens = {server.address.partition("token=")[2] for server in (first, second)}
        assert len(tokens) == 2
        assert all(len(token) >= 40 for token in tokens)
    finally:
        first._server.server_close()
        second._server.server_close()


def test_a_port_that_is_taken_is_said(typed: Typed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = typed("console", "--port", str(port), "--no-browser")
    assert result.exit_code == 1
    assert f"port {port} cannot be listened on" in result.stderr


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    command = [sys.executable, "-u", "-c", PROGRAM, "console", "--no-browser", "--region", "x"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        refused.value.close()
        process.send_signal(signal.SIGINT)
        out, notes = process.communicate(timeout=20)
    assert (process.returncode, "Traceback" in notes) == (0, False), notes
    assert out == ""
    # Neither requests nor the token are told anywhere else.
    assert "token" not in notes

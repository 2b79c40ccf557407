"""What several rooms are tried alone with: a state table, and a server that is believed."""

import ssl
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from content_sync.state.table import Table
from tests.house import REGION, TABLE, create_table
from tests.unit.speaking import believed


@pytest.fixture(name="table")
def _table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        create_table(boto3.client("dynamodb"))
        yield Table(TABLE)


@pytest.fixture(name="tls", scope="module")
def _tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssl.SSLContext]:
    with believed(tmp_path_factory.mktemp("tls")) as context:
        yield context


@pytest.fixture(name="hurry")
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are tried again at once."""
    monkeypatch.setattr("content_sync.web.http.FIRST_RETRY_SECONDS", 0.001)

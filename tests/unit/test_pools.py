"""Connections as the environment wants them: proxies, exceptions from them, and who is trusted."""

import ssl
from pathlib import Path
from typing import Any

import certifi
import pytest
import urllib3

from content_sync.errors import InvalidSettings
from content_sync.web import pools
from content_sync.web.calls import Service
from content_sync.web.http import HttpClient
from content_sync.web.pools import open_pools
from content_sync.web.timebudget import TimeBudget


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", *pools.CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


def proxy_of(base_url: str) -> str | None:
    made = open_pools(base_url, parallel=4)
    return made.proxy.url if isinstance(made, urllib3.ProxyManager) and made.proxy else None


def test_without_a_proxy_services_are_reached_directly() -> None:
    assert proxy_of("https://api.example.com/v1") is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_used(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "http://proxy.example.com:3128")
    assert proxy_of("https://api.example.com/v1") == "http://proxy.example.com:3128"


def test_a_proxy_without_a_scheme_is_one_of_http(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert proxy_of("https://api.example.com") == "http://proxy.example.com:3128"


@pytest.mark.parametrize("exception", ["example.com", ".example.com", "api.example.com", "*"])
def test_hosts_may_be_left_out_of_it(environment: pytest.MonkeyPatch, exception: str) -> None:
    environment.setenv("HTTPS_PROXY", "http://proxy.example.net:3128")
    environment.setenv("NO_PROXY", exception)
    assert proxy_of("https://api.example.com/v1") is None


def test_a_proxy_s_user_and_password_go_to_the_proxy_alone(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("HTTPS_PROXY", "http://me:w%40rd@proxy.example.com:3128")
    made = open_pools("https://api.example.com", parallel=4)
    assert isinstance(made, urllib3.ProxyManager)
    assert made.proxy_headers == {"proxy-authorization": "Basic bWU6d0ByZA=="}
    assert not made.headers


def test_who_is_trusted_is_read_once_and_may_be_another(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def context_of(base_url: str) -> Any:
        return open_pools(base_url, parallel=4).connection_pool_kw["ssl_context"]

    context = context_of("https://a.example.com")
    assert context is context_of("https://b.example.com")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    own = tmp_path / "own.pem"
    own.write_bytes(Path(certifi.where()).read_bytes())
    environment.setenv("REQUESTS_CA_BUNDLE", str(own))
    assert context_of("https://a.example.com") is not context
    assert context_of("http://127.0.0.1:1") is None
    environment.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert context_of("https://a.example.com").verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "socks5://proxy.example.com"),
        ("HTTPS_PROXY", "http://proxy.example.com:port"),
        ("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem"),
    ],
)
def test_what_the_environment_names_in_vain_is_said_in_a_sentence(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    service = Service("Acme", "content-sync/integrations/acme/default", "api_url")
    with pytest.raises(InvalidSettings, match="check HTTPS_PROXY and REQUESTS_CA_BUNDLE there"):
        HttpClient(service, "https://acme.example/v1", TimeBudget(lambda: 900_000))

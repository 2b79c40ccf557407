"""Connections to a service: through which proxy and trusting whom, as the environment says.

It is asked once for each client, not for every request. Networks in NO_PROXY are not understood:
services are reached by their names.
"""

import os
import ssl
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import certifi
import urllib3
from urllib3.util import make_headers, parse_url

from content_sync.web.bounds import POOLS

# Whose certificates are trusted instead: as requests and curl call it.
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def open_pools(base_url: str, *, parallel: int) -> urllib3.PoolManager:
    """Return pools of connections whose waits have bounds; see `bounds.within`.

    Args:
        base_url: Of the service.
        parallel: How many connections are kept open.
    """
    proxy = _proxy_of(base_url)
    secured = [url for url in (base_url, proxy) if url and url.lower().startswith("https:")]
    context = _context(_trusted()) if secured else None
    if proxy is None:
        pools = urllib3.PoolManager(maxsize=parallel, ssl_context=context)
    else:
        auth = parse_url(proxy).auth_decoded_joined
        pools = urllib3.ProxyManager(
            proxy,
            maxsize=parallel,
            ssl_context=context,
            proxy_ssl_context=context,
            proxy_headers=make_headers(proxy_basic_auth=auth) if auth else None,
        )
    pools.pool_classes_by_scheme = POOLS
    return pools


def _proxy_of(base_url: str) -> str | None:
    """Return the proxy by which a service is reached, if by one."""
    try:
        parts = urlsplit(base_url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    proxies = getproxies_environment()
    if not host or proxy_bypass(host):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _trusted() -> str:
    """Return the file of the certificates that are trusted."""
    named = (os.environ.get(name) for name in CERTIFICATES)
    return next((path for path in named if path), certifi.where())


@lru_cache(maxsize=4)
def _context(trusted: str) -> ssl.SSLContext:
    # Reading the certificates takes longer than a handshake: once a process.
    if os.path.isdir(trusted):
        return ssl.create_default_context(capath=trusted)
    return ssl.create_default_context(cafile=trusted)

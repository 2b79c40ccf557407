"""Go1, as far as it is known outside the product."""

from typing import Any

from sandbox.providers.base import SimulatedProvider
from sandbox.providers.go1.data import populate
from sandbox.providers.go1.oracle import courses, rows
from sandbox.providers.go1.service import Go1
from sandbox.providers.go1.tenant import TENANT


def _secret(service: Go1, url: str) -> dict[str, Any]:
    return {
        **service.tokens.credentials(),
        "api_url": f"{url}/v2",
        "token_url": f"{url}/oauth/token",
    }


PROVIDER = SimulatedProvider(
    name="go1",
    display_name="Go1",
    service=Go1,
    secret=_secret,
    populate=populate,
    courses=courses,
    rows=rows,
    tenant=TENANT,
)

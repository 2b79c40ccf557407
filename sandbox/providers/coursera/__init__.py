"""Coursera, as far as it is known outside the product."""

from typing import Any

from sandbox.providers.base import SimulatedProvider
from sandbox.providers.coursera.data import populate
from sandbox.providers.coursera.oracle import courses, rows
from sandbox.providers.coursera.service import Coursera
from sandbox.providers.coursera.tenant import TENANT


def _secret(service: Coursera, url: str) -> dict[str, Any]:
    return {
        **service.tokens.credentials(),
        "org_id": service.org_id,
        "refresh_token": service.refresh_token,
        "api_url": f"{url}/api/businesses.v1",
        "token_url": f"{url}/oauth2/v1/token",
    }


PROVIDER = SimulatedProvider(
    name="coursera",
    display_name="Coursera",
    service=Coursera,
    secret=_secret,
    populate=populate,
    courses=courses,
    rows=rows,
    tenant=TENANT,
)

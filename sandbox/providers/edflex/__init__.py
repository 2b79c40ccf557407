"""Edflex, as far as it is known outside the product."""

from typing import Any

from sandbox.providers.base import SimulatedProvider
from sandbox.providers.edflex.data import populate
from sandbox.providers.edflex.oracle import courses, rows
from sandbox.providers.edflex.service import Edflex
from sandbox.providers.edflex.tenant import TENANT


def _secret(service: Edflex, url: str) -> dict[str, Any]:
    return {
        **service.tokens.credentials(),
        "organization_name": "sandbox-portal",
        "api_url": url,
    }


PROVIDER = SimulatedProvider(
    name="edflex",
    display_name="Edflex",
    service=Edflex,
    secret=_secret,
    populate=populate,
    courses=courses,
    rows=rows,
    tenant=TENANT,
)

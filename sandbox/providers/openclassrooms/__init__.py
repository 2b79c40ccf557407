"""OpenClassrooms, as far as it is known outside the product."""

from typing import Any

from sandbox.providers.base import SimulatedProvider
from sandbox.providers.openclassrooms.data import populate
from sandbox.providers.openclassrooms.oracle import courses, rows
from sandbox.providers.openclassrooms.service import OpenClassrooms
from sandbox.providers.openclassrooms.tenant import TENANT


def _secret(service: OpenClassrooms, url: str) -> dict[str, Any]:
    return {
        **service.tokens.credentials(),
        "organization_id": service.organization_id,
        "api_url": url,
    }


PROVIDER = SimulatedProvider(
    name="openclassrooms",
    display_name="OpenClassrooms",
    service=OpenClassrooms,
    secret=_secret,
    populate=populate,
    courses=courses,
    rows=rows,
    tenant=TENANT,
)

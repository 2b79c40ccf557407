"""Pluralsight, as far as it is known outside the product."""

from typing import Any

from sandbox.providers.base import SimulatedProvider
from sandbox.providers.pluralsight.data import populate
from sandbox.providers.pluralsight.oracle import courses, rows
from sandbox.providers.pluralsight.service import Pluralsight
from sandbox.providers.pluralsight.tenant import TENANT


def _secret(service: Pluralsight, url: str) -> dict[str, Any]:
    return {"api_key": service.api_key, "api_url": f"{url}/graphql"}


PROVIDER = SimulatedProvider(
    name="pluralsight",
    display_name="Pluralsight",
    service=Pluralsight,
    secret=_secret,
    populate=populate,
    courses=courses,
    rows=rows,
    tenant=TENANT,
)

"""Every test that takes `tenant` runs once for each provider."""

import pytest

from sandbox.providers import TENANTS
from sandbox.providers.base import Tenant
from tests.house import House


@pytest.fixture(params=TENANTS, ids=lambda tenant: tenant.name)
def tenant(request: pytest.FixtureRequest) -> Tenant:
    chosen: Tenant = request.param
    return chosen


@pytest.fixture
def at_home(house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with the tenant's integration active."""
    monkeypatch.setenv("OPENCLASSROOMS_CALLS_PER_SECOND", "1000")
    house.settle_in(tenant.name)
    return house

"""The simulated providers: one folder each, found by themselves."""

import importlib
import pkgutil

from sandbox.providers.base import SimulatedProvider

PROVIDERS: dict[str, SimulatedProvider] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").PROVIDER
    for module in pkgutil.iter_modules(__path__)
    if module.ispkg
}
TENANTS = tuple(provider.tenant for provider in PROVIDERS.values())

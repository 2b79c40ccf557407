"""All providers on one screen."""

from content_sync.errors import InvalidEvent
from content_sync.providers.base import Provider
from content_sync.providers.coursera import COURSERA
from content_sync.providers.edflex import EDFLEX
from content_sync.providers.go1 import GO1
from content_sync.providers.openclassrooms import OPENCLASSROOMS
from content_sync.providers.pluralsight import PLURALSIGHT

_ALL = (
    PLURALSIGHT,
    COURSERA,
    EDFLEX,
    GO1,
    OPENCLASSROOMS,
)
PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _ALL}


def provider_named(name: str) -> Provider:
    """Return the provider of a name.

    Raises:
        InvalidEvent: There is none.
    """
    if name not in PROVIDERS:
        raise InvalidEvent(f"provider {name} is unknown: use one of {', '.join(sorted(PROVIDERS))}")
    return PROVIDERS[name]

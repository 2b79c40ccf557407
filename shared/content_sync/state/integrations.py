"""Which integrations there are, and whether they are active."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from content_sync.errors import InvalidEvent
from content_sync.state.table import Put, Table

_PARTITION = "integrations"
ACTIVE = "active"
PAUSED = "paused"
INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class Integration:
    """One provider account synchronized into one 360Learning group.

    Attributes:
        provider: Such as `go1`.
        name: `default` unless the operator chose another.
        state: `active`, `paused` or `inactive`.
        integration_id: The configuration's id at 360Learning; blank when inactive.
        platform: The name of the platform secret it was activated with.
        author: A digest of whom the secret named as the author then.
        language: The author's, on API v2's list; blank when it could not be read.
        group: The 360Learning group's id.
        group_name: Its name; blank when it could not be read.
        activated_at: When it was activated, in milliseconds; 0 where that is not known.
    """

    provider: str
    name: str
    state: str
    integration_id: str
    platform: str
    author: str = ""
    language: str = ""
    group: str = ""
    group_name: str = ""
    activated_at: int = 0

    @property
    def pk(self) -> str:
        """Return the partition of all that belongs to it."""
        return partition(self.provider, self.name)


def partition(provider: str, name: str) -> str:
    """Return the partition of an integration."""
    return f"{provider}#{name}"


def find(table: Table, provider: str, name: str) -> Integration | None:
    """Return an integration as it was last activated or deactivated."""
    content = table.get(_PARTITION, partition(provider, name))
    return Integration(**content) if content else None


def known(table: Table, provider: str, name: str) -> Integration:
    """Return an integration that was activated once.

    Raises:
        InvalidEvent: It never was; the sentence names those that there are.
    """
    if (integration := find(table, provider, name)) is not None:
        return integration
    names = ", ".join(other.name for other in list_all(table, provider))
    there_are = f"there are {names}" if names else "there is none"
    raise InvalidEvent(
        f"integration {name} of {provider} is unknown, {there_are}: correct integration, or set it "
        f"up first (content-sync setup {provider}/{name})"
    )


def list_all(table: Table, provider: str | None = None) -> Iterator[Integration]:
    """Yield all integrations, or those of one provider, by name."""
    for _, content in table.query(_PARTITION, f"{provider}#" if provider else ""):
        yield Integration(**content)


def store(table: Table, integration: Integration) -> None:
    """Record an integration's state."""
    table.write(_PARTITION, Put(integration.pk, asdict(integration)))

"""An integration's secrets and both services behind it, opened in one place."""

from dataclasses import dataclass

from content_sync.aws.secrets import read_secret
from content_sync.learning360.api import Learning360Api
from content_sync.learning360.rehearsal import RehearsedPlatform
from content_sync.providers.base import Launch, Provider, ProviderApi
from content_sync.settings import (
    IntegrationSettings,
    PlatformSettings,
    integration_secret,
    parse_secret,
)
from content_sync.state import integrations
from content_sync.state.integrations import Integration
from content_sync.state.table import Table
from content_sync.web.timebudget import TimeBudget

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Parties:
    """What a run, or an action on one integration, works with.

    Attributes:
        provider: Whose integration.
        name: The integration's name.
        settings: The integration's secret.
        platform_settings: The platform's secret.
        api: How the provider is read.
        platform: The customer's 360Learning platform.
        table: The state table.
        stored: The integration as it was last activated or deactivated.
    """

    provider: Provider
    name: str
    settings: IntegrationSettings
    platform_settings: PlatformSettings
    api: ProviderApi
    platform: Learning360Api
    table: Table
    stored: Integration | None

    @property
    def pk(self) -> str:
        """Return the partition of all that belongs to the integration."""
        return integrations.partition(self.provider.name, self.name)

    @property
    def default_language(self) -> str:
        """Return the language of courses that have none: the secret's, else the author's."""
        author = self.stored.language if self.stored else ""
        return self.settings.default_language or author or DEFAULT_LANGUAGE

    @property
    def launch(self) -> Launch:
        """Return what START makes of a course: as the secret says, else the provider's record."""
        record, settings = self.provider.launch, self.settings
        return Launch(
            record.completes if settings.launch_completes is None else settings.launch_completes,
            record.progress if settings.launch_progress is None else settings.launch_progress,
        )

    @property
    def integration_id(self) -> str:
        """Return the id of its configuration at 360Learning; blank when it has none."""
        return self.stored.integration_id if self.stored else ""


def open_parties(
    provider: Provider,
    name: str,
    *,
    prefix: str,
    table: Table,
    budget: TimeBudget,
    as_activated: bool = False,
    rehearsed: bool = False,
) -> Parties:
    """Read the secrets and open both sides; neither is called yet.

    Args:
        provider: Whose integration.
        name: The integration's name.
        prefix: What the secrets' names begin with.
        table: The state table.
        budget: The time left.
        as_activated: Whether to open the platform that the integration was activated with,
            should its secret name another by now.
        rehearsed: Whether nothing may be written to the platform.

    Raises:
        InvalidSettings: A secret is missing or wrong.
    """
    secret = integration_secret(prefix, provider.name, name)
    settings = parse_secret(secret, read_secret(secret), provider.settings)
    stored = integrations.find(table, provider.name, name)
    chosen = stored.platform if stored and as_activated else settings.platform
    secret = f"{prefix}/platforms/{chosen}"
    platform_settings = parse_secret(secret, read_secret(secret), PlatformSettings)
    return Parties(
        provider=provider,
        name=name,
        settings=settings,
        platform_settings=platform_settings,
        api=provider.api(settings, platform_settings, budget),
        platform=(RehearsedPlatform if rehearsed else Learning360Api)(platform_settings, budget),
        table=table,
        stored=stored,
    )

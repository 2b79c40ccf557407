"""An integration's secret and both services behind it."""

from dataclasses import dataclass

from content_sync.learning360.api import Learning360Api
from content_sync.providers.base import Api, Provider
from content_sync.settings import (
    IntegrationSettings,
    PlatformSettings,
    integration_secret,
    platform_secret,
)
from content_sync.state import integrations
from content_sync.state.integrations import Integration
from content_sync.state.table import Table
from content_sync.web.timebudget import TimeBudget


@dataclass(frozen=True)
class Parties:
    """What an action on one integration works with.

    Attributes:
        provider: Whose integration.
        name: The integration's name.
        settings: The integration's secret.
        platform: The platform's secret.
        source: How the provider is read.
        target: The 360Learning platform.
        table: The state table.
        stored: The integration as it was last activated or deactivated.
    """

    provider: Provider
    name: str
    settings: IntegrationSettings
    platform: PlatformSettings
    source: Api
    target: Learning360Api
    table: Table
    stored: Integration | None

    @classmethod
    def meet(
        cls,
        provider: Provider,
        name: str,
        *,
        prefix: str,
        table: Table,
        budget: TimeBudget,
        as_activated: bool = False,
    ) -> "Parties":
        """Reads the secrets and opens both sides; calls neither yet.

        Args:
            provider: Whose integration.
            name: The integration's name.
            prefix: What the secrets' names begin with.
            table: The state table.
            budget: The time left.
            as_activated: Whether to open the platform that the integration was activated with,
                should its secret name another by now.

        Raises:
            InvalidSettings: A secret is missing or wrong.
        """
        settings = integration_secret(prefix, provider.name, name, provider.settings)
        stored = integrations.find(table, provider.name, name)
        chosen = stored.platform if stored and as_activated else settings.platform
        platform = platform_secret(prefix, chosen)
        return cls(
            provider=provider,
            name=name,
            settings=settings,
            platform=platform,
            source=provider.api(settings, platform, budget),
            target=Learning360Api(platform, budget),
            table=table,
            stored=stored,
        )

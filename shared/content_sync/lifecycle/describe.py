"""What secrets hold: for people and programs that write them."""

from collections.abc import Mapping
from typing import Any

from content_sync.providers.base import Provider
from content_sync.providers.registry import PROVIDERS
from content_sync.settings import PlatformSettings


def describe(prefix: str, provider: Provider | None) -> dict[str, Any]:
    """Return which keys the secrets have.

    Args:
        prefix: What the secrets' names begin with.
        provider: Of which provider's integrations; None for all.

    Returns:
        `{"prefix", "platform": schema, "providers": [{"provider", "name", "secret": schema}]}`:
        JSON Schemas, with a description of each key, its default where it is always the same, and
        `writeOnly` for what nobody else may see.
    """
    told: Mapping[str, Provider] = PROVIDERS if provider is None else {provider.name: provider}
    return {
        "prefix": prefix,
        "platform": PlatformSettings.model_json_schema(),
        "providers": [
            {"provider": name, "name": one.display_name, "secret": secret_schema(one)}
            for name, one in told.items()
        ],
    }


def secret_schema(provider: Provider) -> dict[str, Any]:
    """Return the JSON Schema of a provider's secrets, with the provider's own defaults of START."""
    schema = provider.settings.model_json_schema()
    launch = provider.launch
    defaults = {"launch_completes": launch.completes, "launch_progress": launch.progress}
    for key, default in defaults.items():
        schema["properties"][key]["default"] = default
    return schema

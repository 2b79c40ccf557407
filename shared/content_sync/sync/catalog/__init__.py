"""The catalogue run: what a provider offers comes into the group, what it withdrew is archived."""

from content_sync.sync.catalog.run import CATALOG

__all__ = ["CATALOG"]

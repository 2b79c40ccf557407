"""The verbs, one module for what belongs together."""

from console.verbs import look, manage, page, setup, sync

__all__ = ["look", "manage", "page", "setup", "sync"]

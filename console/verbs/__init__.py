"""The verbs, one module for what belongs together."""

from console.verbs import look, manage, setup, sync

__all__ = ["look", "manage", "setup", "sync"]

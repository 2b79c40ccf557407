"""Reconciling: what stands at 360Learning, what the ledgers believe, what the provider offers."""

from content_sync.sync.reconcile.run import reconcile

__all__ = ["reconcile"]

"""Explaining: everything about one course, one learner, or both, and one sentence why."""

from content_sync.lifecycle.explain.run import explain

__all__ = ["explain"]

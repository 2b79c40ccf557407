"""The statistics run: each learner's progress goes to 360Learning once, and never backward."""

from content_sync.sync.statistics.run import STATISTICS

__all__ = ["STATISTICS"]

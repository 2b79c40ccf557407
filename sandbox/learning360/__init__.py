"""360Learning's API v2, simulated from its reference and OpenAPI files, one module a subject."""

from sandbox.learning360.platform import Attempt, Learning360, Operation

__all__ = ["Attempt", "Learning360", "Operation"]

"""360Learning's API v2, simulated from its reference and OpenAPI files, one module a subject."""

from sandbox.learning360.launches import Launches
from sandbox.learning360.platform import Attempt, Learning360, Operation
from sandbox.learning360.readings import Readings

__all__ = ["Attempt", "Launches", "Learning360", "Operation", "Readings"]

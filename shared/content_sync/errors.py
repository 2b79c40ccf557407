"""Failures, sorted by what the operator does next.

The text of each is one sentence that names the key or the permission and says what to do; it never
holds a secret's value or a learner's address. `detail` is for the engineer who reads the log.
"""


class ContentSyncError(Exception):
    """Base of every failure that this program foresees."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class InvalidEvent(ContentSyncError):
    """Correct the event and invoke again."""


class InvalidSettings(ContentSyncError):
    """Correct the secret, the environment or a permission: trying again changes nothing."""


class RemoteUnavailable(ContentSyncError):
    """A passing fault of a provider or of 360Learning: the next run goes on from the cursor."""


class UnexpectedAnswer(ContentSyncError):
    """A service answered what its documentation rules out: an engineer should look."""


class NotFound(UnexpectedAnswer):
    """404: the caller knows what it means."""


class PositionLost(ContentSyncError):
    """A listing cannot be continued where it was left: it has to be read from its start."""


class LeaseLost(ContentSyncError):
    """Another run took over: this one must write nothing more."""

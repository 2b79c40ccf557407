"""Every failure and signal of the program, sorted by what is to be done next.

The text of a failure is one sentence that names the key or the permission and says what to do; it
never holds a secret's value, and an address only masked. `detail` is for the engineer who reads the
log.
"""

from typing import Any

from content_sync.masking import mask

# Services' own words stand in some of them, and nobody says how many these are.
LONGEST_MESSAGE = 1000


class ContentSyncError(Exception):
    """Base of every failure that this program foresees."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(mask(message)[:LONGEST_MESSAGE])
        self.detail = mask(detail)[:LONGEST_MESSAGE]


class InvalidEvent(ContentSyncError):
    """Correct the event and invoke again."""


class InvalidSettings(ContentSyncError):
    """Correct the secret, the environment or a permission: trying again changes nothing."""


class LoginRefused(InvalidSettings):
    """A service, or its token endpoint, turned the credentials down.

    Attributes:
        status: The HTTP status of its answer.
        code: The machine-readable code in it, or `""`.
    """

    def __init__(self, message: str, *, status: int, code: str) -> None:
        super().__init__(message, detail=f"{status} {code}")
        self.status = status
        self.code = code


class Denied(InvalidSettings):
    """403: a permission is missing; the caller may know how to do without."""


class RemoteUnavailable(ContentSyncError):
    """A passing fault of a provider or of 360Learning: the next run goes on from the cursor.

    Attributes:
        status: The HTTP status of the last answer; 0 where there was none.
    """

    status = 0


class AwsUnavailable(ContentSyncError):
    """A passing fault of AWS's: what was done since the last save is done again."""


class LostAnswer(RemoteUnavailable):
    """A request that must not be sent twice failed: it may have been carried out all the same.

    Attributes:
        answered: Whether the service answered with a fault, instead of the connection breaking.
    """

    answered = False


class UnexpectedAnswer(ContentSyncError):
    """A service answered what its documentation rules out: an engineer should look."""


class NotFound(UnexpectedAnswer):
    """404: the caller knows what it means."""


class Refused(UnexpectedAnswer):
    """A 4xx that the HTTP client does not foresee, with the service's own code.

    Attributes:
        status: The HTTP status.
        code: The machine-readable code of the answer, or `""`.
        body: The parsed body, for a caller that knows better.
    """

    def __init__(self, message: str, *, status: int, code: str, body: Any, detail: str) -> None:
        super().__init__(message, detail=detail)
        self.status = status
        self.code = code
        self.body = body


class RefusedNotFound(Refused, NotFound):
    """404 with a code."""


class PositionLost(ContentSyncError):
    """A listing cannot be continued where it was left: it has to be read from its start."""


class LeaseLost(ContentSyncError):
    """Another run took over: this one must write nothing more."""


class Signal(Exception):
    """Tells a caller that expects it what happened; no signal ever leaves the program."""


class OutOfTime(Signal):
    """The run must stop here and go on in another invocation."""


class UnknownCursor(Signal):
    """What a run saved of its place cannot be read: another version of this program saved it."""


class RetryableAnswer(Signal):
    """A service said "later" in its own way, inside a 2xx or 4xx answer."""


class CutOff(Signal):
    """The connection broke on each try to submit a bulk operation."""


class TooLong(Signal):
    """An answer is longer than is sensible."""


class NoBulkPlace(Signal):
    """Three bulk operations run on this platform: wait until one ends."""


class QueryRefused(Signal):
    """A GraphQL API answered a query with errors, or without data.

    Attributes:
        final: Whether its status says that asking again changes nothing.
        denied: Whether it is a matter of permissions.
    """

    def __init__(self, words: str, *, final: bool = False, denied: bool = False) -> None:
        super().__init__(words)
        self.final = final or denied
        self.denied = denied

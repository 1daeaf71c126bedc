"""The one tree of errors. A user's mistake is a condition, so it is not here.

LongshoreError
├── ExpressionError        CEL that can't be read or has no value; the planner makes a condition of it
├── SettingsError          a setting is missing or wrong; the operator does not start
├── LeadershipLostError    another process may lead now; this one ends
├── ArchiveError           the archive can't keep or find what it is asked for
│   ├── StorageFullError   its volume or its quota has no room
│   └── UploadError        a file that is sent is not taken
│       ├── TooLargeError  it, or how many there are, is over a limit
│       ├── OffsetError    bytes before those that were sent are missing
│       └── SealedError    the attempt that it belongs to has been judged
└── ClusterError           the API server refused, or could not be reached
    ├── UnauthorizedError  401: the credentials are not, or no longer, good
    ├── NotFoundError      404
    ├── AlreadyExistsError 409 to a create
    ├── ConflictError      409 to a write: the object is newer than what was read
    ├── GoneError          410: the resource version is too old to watch from
    ├── ForbiddenError     403, also a quota that is used up
    ├── InvalidError       422 or 400: the API server does not accept the object
    ├── ThrottledError     429: come back later
    └── UnavailableError   5xx, a broken connection, no answer in time
"""


class LongshoreError(Exception):
    """The root of everything that Longshore raises."""


class ExpressionError(LongshoreError):
    """CEL that can't be read or has no value; the message is for its author. Never leaves planning."""


class SettingsError(LongshoreError):
    """A setting is missing or wrong; the message names the field."""


class LeadershipLostError(LongshoreError):
    """The Lease was not renewed in time, or has another holder."""


class ArchiveError(LongshoreError):
    """The archive can't keep, or does not have, what it is asked for; the message says what."""


class NoArchiveError(ArchiveError):
    """The namespace has none."""


class StorageFullError(ArchiveError):
    """There is no room on the archive's volume, or in its quota; nothing was kept. The message says what to do."""


class UploadError(ArchiveError):
    """A file that is sent is not taken, and will not be if it is sent again; the message names the remedy."""


class TooLargeError(UploadError):
    """It is larger than files may be, or there are too many."""


class OffsetError(UploadError):
    """Only the first `offset` bytes are here, so what comes after a gap is not taken."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"only {offset} bytes are here: go on from there")
        self.offset = offset


class SealedError(UploadError):
    """What the attempt left has been judged; nothing is added."""


class ClusterError(LongshoreError):
    """The API server refused a call, or could not be reached."""


class UnauthorizedError(ClusterError):
    """The API server does not know the caller; a token that rotated is the usual cause."""


class NotFoundError(ClusterError):
    """The object does not exist."""


class AlreadyExistsError(ClusterError):
    """An object of that name exists."""


class ConflictError(ClusterError):
    """The object changed since it was read."""


class GoneError(ClusterError):
    """The resource version is too old to watch from."""


class ForbiddenError(ClusterError):
    """RBAC, a policy or a quota says no."""


class InvalidError(ClusterError):
    """The API server does not accept the object; the message is its own."""


class ThrottledError(ClusterError):
    """The API server asks to come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(ClusterError):
    """The API server could not answer; the call may or may not have taken effect.

    `retry_after` is how many seconds it asks to wait, 0 where it does not say.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after

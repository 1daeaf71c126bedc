"""The errors of the runner: one tree, and each says what to do about it.

Owns the wording's shape. Must not know git or any other program.
"""


class RunnerError(Exception):
    """What stops a program of the runner.

    Args:
        message: What is wrong, one sentence without its full stop.
        remedy: What the user can do, one or more whole sentences.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}. {remedy}")


class SourceError(RunnerError):
    """The source is described wrongly: nothing was asked of any server."""


class CredentialsError(RunnerError):
    """The mounted Secret does not hold what the source's URL needs."""


class CheckoutError(RunnerError):
    """The server, the network or the volume did not let the checkout happen."""

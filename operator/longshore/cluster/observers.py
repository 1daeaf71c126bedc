"""What others may learn of the traffic. Counts nothing itself."""

from typing import Protocol


class Observer(Protocol):
    """Told of traffic as it happens; must be quick, and must not raise."""

    def on_call(self, verb: str, resource: str, code: int, seconds: float) -> None:
        """A call ended: `resource` is `runs` or `runs/status`, `code` the HTTP status, 0 without an answer."""

    def on_restart(self, resource: str, reason: str) -> None:
        """A watch starts anew: `reason` is the error's class, or `ended` when the API server closed it."""


class SilentObserver:
    """Lets everything pass."""

    def on_call(self, verb: str, resource: str, code: int, seconds: float) -> None:
        """Do nothing."""

    def on_restart(self, resource: str, reason: str) -> None:
        """Do nothing."""

"""Traffic as tests see it."""


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, int]] = []
        self.restarts: list[str] = []

    def on_call(self, verb: str, resource: str, code: int, seconds: float) -> None:
        """Keep the call."""
        assert seconds >= 0
        self.calls.append((verb, resource, code))

    def on_restart(self, resource: str, reason: str) -> None:
        """Keep the reason."""
        assert resource
        self.restarts.append(reason)

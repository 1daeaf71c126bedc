"""Owns who waits for news of a Run. Must not hold news: who is woken reads, at their own pace, what there is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bells:
    """Wakes those who wait within this process. Only for one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, run_uid: str) -> Iterator[asyncio.Event]:
        """Within, an event that is set by the first news. Look for what is there already after this begins."""
        rung = asyncio.Event()
        listeners = self._waiting.setdefault(run_uid, set())
        listeners.add(rung)
        try:
            yield rung
        finally:
            listeners.discard(rung)
            if not listeners:
                del self._waiting[run_uid]

    def ring(self, run_uid: str) -> None:
        """There is news of a Run."""
        for rung in self._waiting.get(run_uid, ()):
            rung.set()

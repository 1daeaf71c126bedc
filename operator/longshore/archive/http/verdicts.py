"""Verdicts that hold for a while, in memory, a bounded number of them. Must not know what about."""

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Verdict = TypeVar("Verdict")


class Verdicts(Generic[Key, Verdict]):
    """The verdicts that hold now, by the clock, which gives seconds."""

    def __init__(self, clock: Callable[[], float], size: int = 4096) -> None:
        self._clock = clock
        self._size = size
        self._kept: dict[Key, tuple[Verdict, float]] = {}

    def get(self, key: Key) -> Verdict | None:
        """The verdict, if it holds."""
        verdict, until = self._kept.get(key, (None, 0.0))
        return verdict if self._clock() < until else None

    def put(self, key: Key, verdict: Verdict, until: float) -> None:
        """Keep a verdict until then; the oldest goes when there are too many."""
        self._kept.pop(key, None)
        self._kept[key] = (verdict, until)
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]

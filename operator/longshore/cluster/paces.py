"""How fast calls follow one another: a token bucket, and delays between repeats. Makes no calls."""

import asyncio
import random
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of a transport: calls a second in the long run and at once, seconds for a call with its repeats."""

    rate: float = 100
    burst: int = 200
    timeout: float = 30


class TokenBucket:
    """Lets `burst` calls pass at once, and `rate` a second in the long run, first come first served."""

    def __init__(self, rate: float, burst: int) -> None:
        self._interval = 1 / rate
        self._slack = (burst - 1) / rate
        self._next = float("-inf")

    async def take(self) -> None:
        """Return when a call may start."""
        await asyncio.sleep(self.reserve(time.monotonic()))

    def reserve(self, now: float) -> float:
        """Book the next call, and answer how many seconds after `now` it may start."""
        # A bucket unused for long is full: the next call counts from `slack` ago at most.
        start = max(self._next, now - self._slack)
        self._next = start + self._interval
        return max(0.0, start - now)


class Backoff:
    """Delays that double from `first` to `last` seconds, each shortened by chance to spread callers out."""

    def __init__(self, first: float = 0.1, last: float = 5.0) -> None:
        self._first = self._delay = first
        self._last = last

    def next_delay(self) -> float:
        """How many seconds to wait now; the next answer will be longer."""
        delay, self._delay = self._delay, min(self._delay * 2, self._last)
        return random.uniform(delay / 2, delay)  # noqa: S311 - chance, not a secret

    def reset(self) -> None:
        """Begin with the first delay again, after a success."""
        self._delay = self._first

    @property
    def is_exhausted(self) -> bool:
        """Whether delays have stopped growing."""
        return self._delay == self._last

"""How fast calls follow one another: a token bucket, and delays between repeats. Makes no calls."""

import asyncio
import random
import time
from collections.abc import Callable
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
    """Delays that double from `first` to `last` seconds, each shortened by chance to spread callers out.

    A failure long after the one before begins with the first delay again.
    """

    def __init__(self, first: float = 0.1, last: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._first = self._delay = first
        self._last = last
        self._clock = clock
        self._asked_at = float("-inf")

    def next_delay(self) -> float:
        """How many seconds to wait now, after a failure."""
        now = self._clock()
        is_recovered = now - self._asked_at > 2 * self._last
        self._delay = self._first if is_recovered else min(self._delay * 2, self._last)
        self._asked_at = now
        return random.uniform(self._delay / 2, self._delay)  # noqa: S311 - chance, not a secret

    @property
    def is_exhausted(self) -> bool:
        """Whether delays have stopped growing."""
        return self._delay == self._last

"""Owns when a key is reconciled: at once when idle, once more for all that came meanwhile, never two at a time.

Must not know what a key stands for, nor why it was marked.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from longshore.errors import ClusterError, ThrottledError, UnavailableError
from longshore.telemetry.logs import about

logger = logging.getLogger(__name__)
FIRST_DELAY = 0.1
LAST_DELAY = 10.0
SOON = 1.0
"""Seconds within which what is not pressing is looked at, together with what comes till then."""

Reconcile = Callable[[str], Awaitable[float | None]]
"""Reconciles a key; returns in how many seconds to look again, or None."""


Describe = Callable[[str], dict[str, str]]
"""What log lines about a key carry."""


class QueueObserver(Protocol):
    """Told how the queue does; must be quick, and must not raise."""

    def on_depth(self, depth: int) -> None:
        """So many keys are being reconciled or wait to be."""

    def on_reconciled(self, seconds: float) -> None:
        """A reconcile ended well."""

    def on_failed(self, error: Exception) -> None:
        """A reconcile failed, and will be tried again."""


@dataclass(slots=True)
class _Work:
    """One key: its task while it is reconciled, its timer while it waits for time to pass."""

    is_dirty: bool = False
    is_awaited: bool = False
    """Whether it is to be looked at soon after the reconcile under way."""
    failures: int = 0
    task: asyncio.Task[None] | None = field(default=None)
    timer: asyncio.TimerHandle | None = field(default=None)


class Queue:
    """Reconciles keys, each in a task of its own while there is something to do."""

    def __init__(self, reconcile: Reconcile, describe: Describe, observer: QueueObserver) -> None:
        self._reconcile = reconcile
        self._describe = describe
        self._observer = observer
        self._works: dict[str, _Work] = {}
        self._active = 0
        self._is_stopped = False

    def mark(self, key: str) -> None:
        """Have the key reconciled as soon as it is not being reconciled, nor backing off after a failure."""
        if self._is_stopped:
            return
        work = self._works.setdefault(key, _Work())
        work.is_dirty = True
        if work.timer is None or not work.failures:
            self._start(key, work)

    def mark_soon(self, key: str) -> None:
        """Have the key reconciled before long; many such marks cost one round, or none where one comes first."""
        if self._is_stopped:
            return
        work, loop = self._works.setdefault(key, _Work()), asyncio.get_running_loop()
        if work.task is not None:
            work.is_awaited = True
        elif work.timer is None or (not work.failures and work.timer.when() > loop.time() + SOON):
            self._schedule(key, work, SOON)

    async def stop(self) -> None:
        """End what is under way and start nothing any more: whoever comes next may repeat any call."""
        self._is_stopped = True
        for work in self._works.values():
            if work.timer is not None:
                work.timer.cancel()
        tasks = [work.task for work in self._works.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: str, work: _Work) -> None:
        if work.timer is not None:
            work.timer.cancel()
            work.timer = None
        if work.task is None:
            self._active += 1
            self._observer.on_depth(self._active)
            work.task = asyncio.get_running_loop().create_task(self._run(key, work))

    def _wake(self, key: str, work: _Work) -> None:
        work.is_dirty = True
        self._start(key, work)

    async def _run(self, key: str, work: _Work) -> None:
        loop = asyncio.get_running_loop()
        delay: float | None = None
        try:
            while work.is_dirty:
                work.is_dirty = False
                start = loop.time()
                with about(**self._describe(key)):
                    delay = await self._try(key, work)
                if work.failures:
                    break  # the backoff counts, whatever came meanwhile
                self._observer.on_reconciled(loop.time() - start)
        finally:
            work.task = None
            is_awaited, work.is_awaited = work.is_awaited, False
            self._active -= 1
            self._observer.on_depth(self._active)
        if is_awaited and not work.failures:
            delay = SOON if delay is None else min(delay, SOON)
        if delay is None:
            self._works.pop(key, None)
        else:
            self._schedule(key, work, delay)

    def _schedule(self, key: str, work: _Work, delay: float) -> None:
        if work.timer is not None:
            work.timer.cancel()
        work.timer = asyncio.get_running_loop().call_later(delay, self._wake, key, work)

    async def _try(self, key: str, work: _Work) -> float | None:
        try:
            delay = await self._reconcile(key)
        except ClusterError as error:
            work.failures += 1
            self._observer.on_failed(error)
            retry_after = error.retry_after if isinstance(error, (ThrottledError, UnavailableError)) else 0.0
            delay = max(retry_after, find_backoff(work.failures))
            logger.warning("will try again in %.1f s: %s", delay, error)
        except Exception as error:
            # A bug must not take other keys down, nor spin.
            work.failures += 1
            self._observer.on_failed(error)
            delay = find_backoff(work.failures)
            logger.exception("reconcile failed; will try again in %.1f s", delay)
        else:
            work.failures = 0
        return delay


def find_backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row, shortened by chance to spread retries out."""
    delay = min(FIRST_DELAY * 2.0 ** min(failures - 1, 20), LAST_DELAY)
    return delay * random.uniform(0.5, 1)  # noqa: S311 - chance, not a secret

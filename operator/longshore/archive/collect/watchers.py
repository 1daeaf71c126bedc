"""Owns the collector's course: what it watches, in which order it begins, and what it does from time to time.

No pod is deleted before all pods and Runs were listed and the journal has them. Must not decide what is deleted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from longshore.archive.collect.collectors import Collector
from longshore.archive.collect.feeds import RunFeed, get_run_uid, slim_run
from longshore.archive.collect.pods import slim_pod
from longshore.archive.collect.sightings import Sightings
from longshore.clocks import read_clock
from longshore.cluster import pods
from longshore.cluster.informers import Informer
from longshore.cluster.paces import Backoff
from longshore.cluster.reflectors import Interest
from longshore.cluster.resources import PODS, RUNS
from longshore.cluster.transports import Transport
from longshore.errors import ArchiveError

logger = logging.getLogger(__name__)
STALE_SECONDS = 180
"""How long the API server may be silent before this process is no longer ready."""
PRUNE_SECONDS = 3600


class Watcher:
    """The pods and Runs of one namespace, and all that follows from their changes."""

    def __init__(
        self, transport: Transport, namespace: str, feed: RunFeed, collector: Collector, sightings: Sightings
    ) -> None:
        within = (namespace,)
        self._pods = Informer(transport, Interest(PODS, slim_pod, pods.get_run_uid, within, pods.SELECTOR))
        self._runs = Informer(transport, Interest(RUNS, slim_run, get_run_uid, within))
        self._feed = feed
        self._collector = collector
        self._sightings = sightings
        self._problem = "pods and Runs are still being listed"
        self._pods.subscribe(collector.see)
        self._runs.subscribe(feed.see)

    async def run(self) -> None:
        """Watch until cancelled; what was seen by then is on the volume."""
        courses = (
            self._pods.run(),
            self._runs.run(),
            self._feed.run(),
            self._keep(),
            self._prune(),
            self._begin(),
        )
        tasks = [asyncio.create_task(course) for course in courses]
        try:
            # None of them ends by itself; whatever ends one ends the process.
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, self._collector.stop(), return_exceptions=True)
            await self._sightings.flush(read_clock())

    def find_problem(self) -> str:
        """Why pods are not looked after as they should be, or empty."""
        for health in (self._pods.health(), self._runs.health()):
            if health.is_synced and health.silent_seconds > STALE_SECONDS:
                return f"the API server has been silent for {health.silent_seconds:.0f} s: {health.failure}"
            if not health.is_synced and health.failure:
                return health.failure
        return self._feed.problem or self._problem

    async def _begin(self) -> None:
        await self._pods.wait_synced()
        await self._runs.wait_synced()
        await self._feed.wait_caught_up()
        await insist(self._feed.settle)
        self._problem = ""
        self._collector.start()
        await insist(self._collector.close_logs)
        await asyncio.Event().wait()

    async def _keep(self) -> None:
        while True:
            await self._sightings.wait()
            await insist(self._flush)

    async def _flush(self) -> None:
        await self._sightings.flush(read_clock())

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            await insist(lambda: self._sightings.prune(read_clock()))


async def insist(work: Callable[[], Awaitable[None]]) -> None:
    """Do the work, and again while the volume does not take it."""
    backoff = Backoff()
    while True:
        try:
            await work()
        except ArchiveError as error:
            logger.warning("will try again: %s", error)
            await asyncio.sleep(backoff.next_delay())
        else:
            return

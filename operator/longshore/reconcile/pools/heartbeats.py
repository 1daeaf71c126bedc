"""Owns when nodes last gave a sign of life, read now and then. Must not judge by it whether one is ready."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from longshore.errors import ClusterError
from longshore.reconcile.stores import ObjectStore

logger = logging.getLogger(__name__)
SHORTEST = 60.0
"""Seconds between two reads: each may change the status of every Agent."""
SECONDS_PER_AGENT = 0.5
"""Where there are many Agents they are read less often, so that this is never more than two writes a second."""


class Source(Protocol):
    """Where they are read."""

    async def list_heartbeats(self) -> Mapping[str, str]:
        """The time for each node. Raises ClusterError."""


class NodeHeartbeats:
    """The times by node, as they were last read; empty where they can't be."""

    def __init__(self, source: Source, agents: ObjectStore) -> None:
        self.times: Mapping[str, str] = {}
        self._source = source
        self._agents = agents
        self._is_told = False

    async def run(self, mark_soon: Callable[[str], None]) -> None:
        """Read them from time to time until cancelled, and have each Agent looked at."""
        while True:
            await self._read()
            keys = self._agents.keys()
            for namespace, name in keys if self.times else ():
                mark_soon(f"{namespace}/{name}")
            await asyncio.sleep(max(SHORTEST, SECONDS_PER_AGENT * len(keys)))

    async def _read(self) -> None:
        try:
            self.times = await self._source.list_heartbeats()
        except ClusterError as error:
            if not self._is_told:
                logger.warning("heartbeats of nodes can't be read: %s", error)
            self._is_told = True

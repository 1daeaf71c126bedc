"""Says whether there is room on a claim, and has room made. Must not know what is kept, nor delete anything.

What was measured is kept, and what is promised since is added; what nobody promised shows at the next measure.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from longshore.archive.sweeps.meters import ClaimMeter
from longshore.archive.sweeps.storages import Storage
from longshore.archive.sweeps.volumes import measure_folders, measure_free
from longshore.errors import StorageFullError

logger = logging.getLogger(__name__)
MEASURE_SECONDS = 10
"""The most often that all is measured anew because there is no room."""
SPENT = 2**20
"""Bytes; with less free a volume has no room for what anybody writes."""
FULL = "the archive is full; shorten what is kept, or make its claim and quota larger"

Relief = Callable[[int], Awaitable[None]]
"""Gives up so many bytes, if it can."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of the archive."""

    name: str
    root: Path
    """Where it is mounted."""
    quota: int | None = None
    """Bytes that may be used of it; None: all that its volume has."""


class StorageQuota:
    """The room on a claim."""

    def __init__(self, claim: Claim, meter: ClaimMeter) -> None:
        self.claim = claim
        self._meter = meter
        self._storage: Storage | None = None
        self._promised = 0
        self._measured_at = float("-inf")
        self._lock = asyncio.Lock()
        self._reliefs: list[Relief] = []

    def add_relief(self, relief: Relief) -> None:
        """Have this one asked for room when there is none, after those before."""
        self._reliefs.append(relief)

    async def reserve(self, size: int) -> None:
        """So many bytes are to come. Raises StorageFullError where they do not fit, whatever is given up."""
        async with self._lock:
            if not await self._has_room(size):
                await self._relieve(size)
            self._promised += size

    async def admit(self, size: int) -> bool:
        """So many bytes have come unasked; whether that is no more than may be, whatever is given up."""
        async with self._lock:
            storage, self._promised = await self._get_storage(), self._promised + size
            if storage.used + self._promised <= storage.total:
                return True
            storage = await self._measure()
            for relief in self._reliefs:
                if storage.is_within:
                    break
                await relief(storage.used - storage.total)
                storage = await self._measure()
            self._meter.is_full = not storage.is_within
            return storage.is_within

    async def is_spent(self) -> bool:
        """Whether the volume has no room for anything, so that who wrote there may have failed of it."""
        return await asyncio.to_thread(measure_free, self.claim.root) < SPENT

    async def measure(self) -> Storage:
        """Measure all anew."""
        async with self._lock:
            return await self._measure()

    async def find_last(self) -> Storage:
        """What was measured last."""
        async with self._lock:
            return await self._get_storage()

    async def _relieve(self, size: int) -> None:
        if time.monotonic() - self._measured_at < MEASURE_SECONDS and self._meter.is_full:
            raise StorageFullError(FULL)
        await self._measure()
        for relief in self._reliefs:
            if await self._has_room(size):
                return
            await relief(size)
            await self._measure()
        self._meter.is_full = not await self._has_room(size)
        if self._meter.is_full:
            logger.warning("%s", FULL)
            raise StorageFullError(FULL)

    async def _has_room(self, size: int) -> bool:
        storage = await self._get_storage()
        free = await asyncio.to_thread(measure_free, self.claim.root)
        # What was written since counts once: as promised, or as no longer free.
        now = Storage(storage.used + self._promised, storage.quota, free)
        return now.has_room(size)

    async def _get_storage(self) -> Storage:
        return self._storage or await self._measure()

    async def _measure(self) -> Storage:
        folders = await asyncio.to_thread(measure_folders, self.claim.root)
        free = await asyncio.to_thread(measure_free, self.claim.root)
        self._storage = Storage(sum(folders.values()), self.claim.quota, free)
        self._promised, self._measured_at = 0, time.monotonic()
        self._meter.tell(self._storage, folders)
        return self._storage

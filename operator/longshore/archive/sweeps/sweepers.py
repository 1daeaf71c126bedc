"""Sweeps now and then: has removed what its time is over. Must not decide what that is.

Each removal is whole by itself and may be made again: what a Run left goes before the Run, which tells of it. So
a sweep that is cut off is ended by the next one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from longshore.archive.sweeps.meters import StorageMeter
from longshore.archive.sweeps.quotas import StorageQuota
from longshore.archive.sweeps.retentions import Kept, Removal, plan_sweep
from longshore.archive.sweeps.storages import Storage
from longshore.clocks import read_clock
from longshore.cluster.paces import TokenBucket
from longshore.errors import LongshoreError

logger = logging.getLogger(__name__)
SWEEP_SECONDS = 600.0
REMOVALS_A_SECOND = 10


class Keeping(Protocol):
    """What keeps something of Runs."""

    async def forget(self, run_uid: str) -> None:
        """Remove all that is kept of a Run."""


class Perishables(Keeping, Protocol):
    """What keeps things that have a time of their own."""

    async def expire(self, now: datetime) -> None:
        """Remove what its time is over."""


class Histories(Keeping, Protocol):
    """The history of Runs."""

    async def list_known(self) -> list[str]:
        """Uids of all Runs."""

    async def list_expired(self, now: datetime) -> list[str]:
        """Uids of Runs that go, the oldest first."""

    async def list_ended(self, before: datetime) -> list[str]:
        """Uids of Runs that ended before then."""


class Offers(Protocol):
    """What waits for how its attempt ends."""

    async def sweep(self) -> None:
        """Remove what has waited too long."""


@dataclass(frozen=True, slots=True)
class Keepings:
    """All that is swept."""

    journal: Histories
    logs: Keeping
    artifacts: Perishables
    caches: Offers


@dataclass(frozen=True, slots=True)
class SweepPlaces:
    """Folders that hold one folder for each Run."""

    logs: Path
    artifacts: tuple[Path, ...]


class Sweeper:
    """Sweeps one namespace. `tell` is told how much room each claim has."""

    def __init__(
        self,
        keepings: Keepings,
        places: SweepPlaces,
        log_age: timedelta,
        quotas: Sequence[StorageQuota],
        meter: StorageMeter,
    ) -> None:
        self._keepings = keepings
        self._places = places
        self._log_age = log_age
        self._quotas = quotas
        self._meter = meter
        self._pace = TokenBucket(REMOVALS_A_SECOND, REMOVALS_A_SECOND)

    async def run(self, tell: Callable[[str, Storage], Awaitable[None]]) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self.sweep(read_clock())
                for quota in self._quotas:
                    await tell(quota.claim.name, await quota.measure())
            except (LongshoreError, OSError) as error:
                self._meter.count_error()
                logger.warning("a sweep failed, and is made again: %s", error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self, now: datetime) -> None:
        """Have removed what its time is over. Raises ArchiveError where the volume fails."""
        await self._keepings.caches.sweep()
        await self._keepings.artifacts.expire(now)
        for removal in plan_sweep(await self._observe(now), now):
            await self._pace.take()
            await self._remove(removal)
            self._meter.count_removal(removal.kind)

    async def relieve(self, _: int) -> None:
        """Make room: what its time is over need not wait for the next sweep."""
        await self.sweep(read_clock())

    async def _observe(self, now: datetime) -> Kept:
        # Folders first: of a Run that comes in between, the history knows then.
        logs = await asyncio.to_thread(list_folders, [self._places.logs])
        artifacts = await asyncio.to_thread(list_folders, self._places.artifacts)
        journal = self._keepings.journal
        return Kept(
            logs=logs,
            artifacts=artifacts,
            known=set(await journal.list_known()),
            expired=await journal.list_expired(now),
            ended=await journal.list_ended(now - self._log_age),
        )

    async def _remove(self, removal: Removal) -> None:
        if removal.kind in {"logs", "run"}:
            await self._keepings.logs.forget(removal.run_uid)
        if removal.kind in {"artifacts", "run"}:
            await self._keepings.artifacts.forget(removal.run_uid)
        if removal.kind == "run":
            await self._keepings.journal.forget(removal.run_uid)
        logger.info("removed: %s of a Run", removal.kind, extra={"run_uid": removal.run_uid})


def list_folders(roots: Iterable[Path]) -> dict[str, datetime]:
    """The folders in these, by name, and when they last changed. It blocks."""
    found: dict[str, float] = {}
    for root in roots:
        for path in root.iterdir() if root.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                found[path.name] = max(found.get(path.name, 0.0), path.stat().st_mtime)
    return {name: datetime.fromtimestamp(changed, UTC) for name, changed in found.items()}

"""Keeps caches by key: the first success that stores one wins. Must not know HTTP, nor what is in a cache.

What an attempt saves is an offer until it is known that it succeeded. Each change is one transaction; a crash
before or after it leaves at most a file that no row names, which the next sweep removes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import BinaryIO

from longshore.archive.caches import records
from longshore.archive.caches.files import CacheFiles
from longshore.archive.caches.records import Cache
from longshore.archive.databases import Database
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Quota
from longshore.errors import TooLargeError

PIECE = 4 * 2**20
"""Bytes that are written at a time."""
OFFER_AGE = timedelta(days=1)
"""After so long nobody will tell any more whether the attempt succeeded."""


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How many bytes all caches may have, and one of them."""

    all_bytes: int
    one_bytes: int


PATIENCE = timedelta(seconds=15)
"""How long is waited for what an attempt saves, from its end on."""


class CacheStore:
    """The caches of a namespace."""

    def __init__(
        self, database: Database, folder: Path, quota: Quota, limits: CacheLimits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._files = CacheFiles(folder)
        self._quota = quota
        self._limits = limits
        self._clock = clock
        self._underway: set[str] = set()
        """Names of files that no row names yet."""
        self._expected: dict[AttemptKey, tuple[datetime, frozenset[str]]] = {}
        """Since when, and which keys, of attempts that went well."""
        self._came = asyncio.Event()
        """Set, and replaced, once of an attempt nothing more is expected."""

    async def open(self, key: str, prefixes: Sequence[str]) -> tuple[Cache, BinaryIO] | None:
        """The cache of a key, or the newest of the first prefix that matches; None: there is none."""
        now = self._now()

        def find(connection: Connection) -> Cache | None:
            found = records.find_cache(connection, key, prefixes)
            if found:
                records.touch(connection, found.key, now)
            return found

        cache = await self._database.run(find)
        file = await asyncio.to_thread(self._files.open, cache.file) if cache else None
        return (cache, file) if cache and file else None

    async def wait_for(self, key: str, prefixes: Sequence[str]) -> None:
        """Return once the key is there, or nothing that would do is expected: a step finds what was just left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await self._await_expected(key, prefixes)

    async def offer(self, attempt: AttemptKey, key: str, content: AsyncIterator[bytes]) -> bool:
        """Take in what an attempt saves; False where the key is there, and nothing is kept.

        Raises TooLargeError, and StorageFullError where there is no room.
        """
        if await self._database.run(partial(records.has_cache, key=key)):
            return False
        begun = await asyncio.to_thread(self._files.begin)
        names = {begun.name, begun.stem}
        self._underway |= names
        try:
            await self._take(attempt, key, begun, content)
        except BaseException:
            # Also when the caller has left.
            self._files.remove(names)
            raise
        finally:
            self._underway -= names
        return True

    def expect(self, attempt: AttemptKey, keys: Collection[str]) -> None:
        """An attempt went well, and is about to save these keys, until it is committed or dropped."""
        now = self._clock()
        # Of a pod that went meanwhile nothing more is told.
        self._expected = {key: told for key, told in self._expected.items() if told[0] >= now - PATIENCE}
        self._expected.setdefault(attempt, (now, frozenset(keys)))

    async def commit(self, attempt: AttemptKey) -> None:
        """The attempt has succeeded: what it saved may be restored. May be said again."""
        await self._remove(await self._database.run(partial(records.accept, attempt=attempt, now=self._now())))
        self._end_expecting(attempt)
        await self.shrink(self._limits.all_bytes)

    async def drop(self, attempt: AttemptKey) -> None:
        """The attempt has not succeeded: what it saved goes. May be said again."""
        await self._remove(await self._database.run(partial(records.reject, attempt=attempt)))
        self._end_expecting(attempt)

    async def shrink(self, limit: int) -> None:
        """Have at most so many bytes, without those that nobody has used for longest."""
        await self._remove(await self._database.run(partial(records.evict, limit=limit)))

    async def relieve(self, size: int) -> None:
        """Give up so many bytes, or all."""
        await self.shrink(max(0, await self._database.run(records.read_size) - size))

    async def sweep(self) -> None:
        """Remove what a crash left, and offers of attempts of which nobody told how they ended."""
        before = (self._clock() - OFFER_AGE).isoformat()
        await self._remove(await self._database.run(partial(records.reject_old, before=before)))
        # In this order: of what is finished meanwhile, one or the other knows.
        names = await asyncio.to_thread(self._files.list)
        known = self._underway.copy()
        known |= await self._database.run(records.list_files)
        await self._remove([name for name in names if name not in known])

    async def _await_expected(self, key: str, prefixes: Sequence[str]) -> None:
        while True:
            came = self._came  # before the look: what comes meanwhile is not missed
            if await self._database.run(partial(records.has_cache, key=key)):
                return
            if not any(other == key or other.startswith(tuple(prefixes)) for other in self._list_expected()):
                return
            await came.wait()

    def _list_expected(self) -> set[str]:
        begin = self._clock() - PATIENCE
        return {key for since, keys in self._expected.values() if since >= begin for key in keys}

    def _end_expecting(self, attempt: AttemptKey) -> None:
        self._expected.pop(attempt, None)
        self._came.set()
        self._came = asyncio.Event()

    async def _take(self, attempt: AttemptKey, key: str, begun: Path, content: AsyncIterator[bytes]) -> None:
        size = await self._write(begun, content)
        cache = Cache(key, await asyncio.to_thread(self._files.finish, begun), size)
        write = partial(records.write_offer, attempt=attempt, cache=cache, now=self._now())
        await self._remove(await self._database.run(write))

    async def _write(self, begun: Path, content: AsyncIterator[bytes]) -> int:
        """Write what comes; how many bytes it is."""
        size, waiting = 0, bytearray()
        async for part in content:
            waiting += part
            size += len(part)
            if size > self._limits.one_bytes:
                raise TooLargeError(f"a cache may have {self._limits.one_bytes} bytes; keep less in it")
            if len(waiting) >= PIECE:
                await self._append(begun, waiting)
        await self._append(begun, waiting)
        return size

    async def _append(self, begun: Path, waiting: bytearray) -> None:
        await self._quota.reserve(len(waiting))
        await asyncio.to_thread(self._files.append, begun, bytes(waiting))
        waiting.clear()

    async def _remove(self, names: Sequence[str]) -> None:
        with suppress(OSError):  # what stays goes with the next sweep
            await asyncio.to_thread(self._files.remove, names)

    def _now(self) -> str:
        return self._clock().isoformat()

"""Owns all logs of the namespace: one follower for each container that has a log, and who reads them."""

import asyncio
import shutil
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from longshore import names
from longshore.api.records import SecretUse
from longshore.archive.databases import Database
from longshore.archive.logs.containers import LogKey, list_sources
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.folders import find_path, find_run
from longshore.archive.logs.followers import PODS_END, Follower, LogStreams, Maskers, Reach
from longshore.archive.logs.masks import Masker
from longshore.archive.logs.measures import LogMeasures
from longshore.archive.logs.progresses import Progress
from longshore.archive.logs.readers import LogReader, open_reader
from longshore.archive.logs.records import Record, delete_records, find_record, list_open, list_records
from longshore.archive.logs.revisions import list_uses
from longshore.archive.logs.sealers import Sealer
from longshore.archive.logs.writers import Desk, LogWriter
from longshore.archive.places import Places
from longshore.archive.ports import Events, Json
from longshore.errors import ArchiveError

_THREADS = 4
_REMEMBERED = 20_000
"""How many logs are remembered to be complete; of others the database is asked."""


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log as it is now."""

    record: Record
    message: str
    """Why nothing comes, for people; empty: nothing is wrong."""


class LogKeeper:
    """Implements `ports.Logs`. Made by `keep_logs`."""

    def __init__(self, reach: Reach, sealer: Sealer, root: Path) -> None:
        self._reach = reach
        self._root = root
        self._sealer = sealer
        self._followers: dict[LogKey, Follower] = {}
        self._tasks: dict[LogKey, asyncio.Task[None]] = {}
        self._complete: OrderedDict[LogKey, None] = OrderedDict()

    def follow(self, pod: Json) -> None:
        """Have the logs of all containers of a pod kept; called with each change of a pod, does nothing twice."""
        for source in list_sources(pod):
            if source.key in self._followers:
                self._followers[source.key].see(source)
            elif source.key not in self._complete:
                follower = self._followers[source.key] = Follower(source, self._reach)
                self._tasks[source.key] = asyncio.create_task(self._run(source.key, follower))

    def has_all(self, pod: Json) -> bool:
        """Whether the pod has ended, and all its logs, or that they can't be had, are safely on the volume."""
        has_ended = pod.get("status", {}).get("phase") in names.POD_ENDS
        return has_ended and all(source.key in self._complete for source in list_sources(pod))

    async def list(self, run_uid: str) -> list[KnownLog]:
        """All logs of a Run, in the order in which their containers were first seen."""
        records = await self._reach.desk.database.run(partial(list_records, run_uid=run_uid))
        return [self._describe(record) for record in records]

    async def list_uses(self, run_uid: str) -> Sequence[SecretUse]:
        """Which revision of each Secret the attempts of a Run had, as far as that is known."""
        return await self._reach.desk.database.run(partial(list_uses, run_uid=run_uid))

    async def open(self, key: LogKey) -> LogReader | None:
        """A reader of a log, which has to be read or closed; None: there is none."""
        database = self._reach.desk.database
        record = await database.run(partial(find_record, key=key))
        if record is None:
            return None
        try:
            return await open_reader(
                database, record, self._reach.find_path(key), partial(self._get_progress, key)
            )
        except FileNotFoundError:
            return None

    async def forget(self, run_uid: str) -> None:
        """Remove all logs of a Run. Raises ArchiveError for one of which a log is being written."""
        if any(key.attempt.run_uid == run_uid for key in self._followers):
            raise ArchiveError(f"logs of run {run_uid} are being written")
        await self._reach.desk.database.run(partial(delete_records, run_uid=run_uid))
        await asyncio.to_thread(shutil.rmtree, find_run(self._root, run_uid), ignore_errors=True)
        for key in [key for key in self._complete if key.attempt.run_uid == run_uid]:
            del self._complete[key]

    async def close_lost(self, is_there: Callable[[str], bool]) -> None:
        """Nothing will be added to logs of pods, by uid, that are gone: they went while nobody looked."""
        for record in await self._reach.desk.database.run(list_open):
            if record.key not in self._followers and not is_there(record.pod_uid):
                try:
                    await self._close(record)
                except OSError as error:
                    raise ArchiveError(f"a log could not be closed: {error}") from error

    async def stop(self) -> None:
        """Follow no log any more; whoever comes next goes on."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _close(self, record: Record) -> None:
        path = self._reach.find_path(record.key)
        with await asyncio.to_thread(LogFile, path) as file:
            writer = LogWriter(record, file, Masker(), Progress(), self._reach.desk)
            await writer.begin()
            await writer.complete(PODS_END)
        self._sealer.wake()

    async def _run(self, key: LogKey, follower: Follower) -> None:
        await follower.run()
        self._complete[key] = None
        if len(self._complete) > _REMEMBERED:
            self._complete.popitem(last=False)
        del self._followers[key], self._tasks[key]
        self._sealer.wake()

    def _get_progress(self, key: LogKey) -> Progress | None:
        follower = self._followers.get(key)
        return follower.progress if follower else None

    def _describe(self, record: Record) -> KnownLog:
        progress = self._get_progress(record.key)
        if progress is None or record.state != "Open":
            return KnownLog(record, "")
        return KnownLog(replace(record, bytes=progress.size, lines=progress.lines), progress.message)


@dataclass(frozen=True, slots=True)
class LogPorts:
    """What logs come from, and who is told of them."""

    streams: LogStreams
    maskers: Maskers
    journal: Events
    registry: CollectorRegistry


@asynccontextmanager
async def keep_logs(database: Database, places: Places, ports: LogPorts) -> AsyncIterator[LogKeeper]:
    """Within, what is told of pods has their logs kept."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="logs") as threads:
        desk = Desk(database, ports.journal, threads, LogMeasures(ports.registry))
        sealer = Sealer(database, places.logs)
        reach = Reach(ports.streams, ports.maskers, desk, partial(find_path, places.logs))
        keeper = LogKeeper(reach, sealer, places.logs)
        sealing = asyncio.create_task(sealer.run())
        try:
            yield keeper
        finally:
            await keeper.stop()
            sealing.cancel()
            await asyncio.gather(sealing, return_exceptions=True)

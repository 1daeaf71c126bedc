"""Owns the journal: Runs and their events go in, history comes out, and who follows a Run is woken."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from longshore.api.records import ArchivedRun, EventRecord, EventType, RunRecord
from longshore.archive.databases import Database, Work
from longshore.archive.journal import reads, writes
from longshore.archive.journal.bells import Bells
from longshore.archive.journal.differences import Event
from longshore.archive.journal.reads import HistoryLimits, Position, RunFilter
from longshore.archive.places import AttemptKey
from longshore.clocks import read_clock

Json = dict[str, Any]
PAGE = 100
"""How many events a follower holds at most."""


class Journal:
    """Implements ports.Journal, and what others ask of the history."""

    def __init__(
        self, database: Database, limits: HistoryLimits, clock: Callable[[], datetime] = read_clock
    ) -> None:
        self._database = database
        self._limits = limits
        self._clock = clock
        self._bells = Bells()

    # What goes in.

    async def see_run(self, run: Json) -> None:
        """Keep this version of a Run, and the events by which it differs from the one before."""
        if await self._database.run(lambda connection: writes.write_version(connection, run, self._clock())):
            self._bells.ring(run["metadata"]["uid"])

    async def see_deleted(self, run_uid: str) -> None:
        """The Run is gone from the cluster; it stays in the history."""
        event = Event(EventType.RUN_DELETED, {})
        await self._database.run(
            lambda connection: writes.write_deletion(connection, run_uid, event, self._clock())
        )
        self._bells.ring(run_uid)

    async def append(
        self, run_uid: str, kind: str, data: Json, key: AttemptKey | None = None, also: Work | None = None
    ) -> int:
        """Add an event to a Run's journal; its id, or 0 if there is no such Run: then nothing is kept.

        What is done also is part of the transaction: by it who tells can know for sure that it was told.
        """
        event = Event(kind, data, key.step if key else None, key.number if key else None)
        number = await self._database.run(partial(self._append, run_uid, event, also))
        self._bells.ring(run_uid)
        return number

    def _append(self, run_uid: str, event: Event, also: Work | None, connection: sqlite3.Connection) -> int:
        if not writes.has_run(connection, run_uid):
            return 0
        if also is not None:
            also(connection)
        return writes.write_events(connection, run_uid, [event], self._clock())

    async def forget(self, run_uid: str) -> None:
        """Take a Run out of the history, with its events."""
        await self._database.run(lambda connection: writes.delete_run(connection, run_uid))
        self._bells.ring(run_uid)

    # What comes out.

    async def find_run(self, run: str) -> str | None:
        """The uid of the Run that has it, or else of the newest one of this name; None: neither is known."""
        return await self._database.run(lambda connection: reads.find_uid(connection, run))

    async def get_run(self, run_uid: str) -> ArchivedRun | None:
        """The whole of a Run."""
        return await self._database.run(lambda connection: reads.read_run(connection, run_uid))

    async def list_runs(self, wanted: RunFilter, after: Position | None, limit: int) -> list[RunRecord]:
        """Runs, the newest first, from a position on."""
        return await self._database.run(lambda connection: reads.read_runs(connection, wanted, after, limit))

    async def list_events(self, run_uid: str, after: int = 0, limit: int = PAGE) -> list[EventRecord]:
        """Events of a Run with ids greater than `after`, in their order."""
        return await self._database.run(lambda connection: reads.read_events(connection, run_uid, after, limit))

    async def is_told(self, run_uid: str, after: int) -> bool:
        """Whether the Run is over, and there are no events with ids greater than `after`."""
        events, is_over = await self._database.run(partial(_look, run_uid, after))
        return is_over and not events

    async def list_present(self) -> list[str]:
        """Uids of Runs that are not known to be gone from the cluster."""
        return await self._database.run(reads.list_present)

    async def list_known(self) -> list[str]:
        """Uids of all Runs, those in the cluster too."""
        return await self._database.run(reads.list_known)

    async def list_ended(self, before: datetime) -> list[str]:
        """Uids of Runs that ended before then."""
        return await self._database.run(lambda connection: reads.list_ended(connection, before))

    async def list_expired(self, now: datetime) -> list[str]:
        """Uids of Runs that are gone from the cluster, and too old or too many, the oldest first."""
        return await self._database.run(lambda connection: reads.list_expired(connection, self._limits, now))

    async def follow(self, run_uid: str, after: int, patience: float) -> AsyncGenerator[list[EventRecord], None]:
        """Events with ids greater than `after`, some at a time, as they come, or none after `patience` seconds.

        Ends when the Run is over and all is told. Nothing is held for who is slow to ask for more.
        """
        while True:
            events, is_over = await self._await_events(run_uid, after, patience)
            if is_over and not events:
                return
            yield events
            after = events[-1].id if events else after

    async def _await_events(self, run_uid: str, after: int, patience: float) -> tuple[list[EventRecord], bool]:
        """What there is, or comes in time; and whether the Run is over."""
        look = partial(_look, run_uid, after)
        with self._bells.listen(run_uid) as rung:
            events, is_over = await self._database.run(look)
            if events or is_over:
                return events, is_over
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await rung.wait()
        return await self._database.run(look)


def _look(run_uid: str, after: int, connection: sqlite3.Connection) -> tuple[list[EventRecord], bool]:
    """Events, and whether the Run is over, as of the same moment."""
    return reads.read_events(connection, run_uid, after, PAGE), reads.is_over(connection, run_uid)

"""Owns the last version of every pod, kept on the volume: it may be asked for once the pod is gone.

Must not judge what it says. Many changes make one write, since each waits for the disk.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from longshore.archive.collect.pods import read_archived
from longshore.archive.databases import Database
from longshore.archive.ports import Json
from longshore.names import RUN_UID_LABEL
from longshore.planning.times import write_time

FLUSH_SECONDS = 0.25
KEPT = timedelta(days=1)
"""For how long after its Run has ended, or when the pod was last seen, where nothing is known of its Run."""
_SAVE = """
    INSERT INTO pods (name, uid, run_uid, seen, object) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET uid = excluded.uid, run_uid = excluded.run_uid, seen = excluded.seen,
        object = excluded.object
"""
_PRUNE = """
    DELETE FROM pods WHERE seen < :before AND NOT EXISTS (
        SELECT 1 FROM runs WHERE runs.uid = pods.run_uid
            AND coalesce(runs.finished, runs.deleted, :before) >= :before
    )
"""


class Sightings:
    """The last version of each pod."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news: dict[str, Json] = {}
        self._has_news = asyncio.Event()

    def see(self, old: Json | None, new: Json) -> None:
        """Keep this version of a pod before long, where it tells anything that `old` does not."""
        if old is None or _find_essence(old) != _find_essence(new):
            self._news[new["metadata"]["name"]] = new
            self._has_news.set()

    async def find(self, name: str) -> Json | None:
        """The last version of the pod of this name; None: none was seen."""
        if (pod := self._news.get(name)) is not None:
            return pod
        row = await self._database.run(lambda connection: _find(connection, name))
        return None if row is None else json.loads(row)

    async def flush(self, now: datetime) -> None:
        """Have all that was seen on the volume."""
        news = dict(self._news)
        self._has_news.clear()
        if news:
            await self._database.run(lambda connection: _save(connection, news.values(), now))
        for name, pod in news.items():
            if self._news.get(name) is pod:
                del self._news[name]

    async def wait(self) -> None:
        """Return a moment after there is something to flush."""
        await self._has_news.wait()
        await asyncio.sleep(FLUSH_SECONDS)

    async def prune(self, now: datetime) -> None:
        """Forget pods that nobody will ask for."""
        before = write_time(now - KEPT)
        await self._database.run(lambda connection: connection.execute(_PRUNE, {"before": before}))


def _find_essence(pod: Json) -> tuple[Any, ...]:
    """What of a pod tells how its attempt goes."""
    status = pod["status"]
    kinds = ("containerStatuses", "initContainerStatuses")
    states = [entry.get("state") for kind in kinds for entry in status.get(kind, ())]
    is_deleted = "deletionTimestamp" in pod["metadata"]
    return (
        pod["metadata"]["uid"],
        status.get("phase"),
        status.get("reason"),
        states,
        is_deleted,
        read_archived(pod),
    )


def _find(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT object FROM pods WHERE name = ?", (name,)).fetchone()
    return None if row is None else row["object"]


def _save(connection: sqlite3.Connection, pods: Iterable[Json], now: datetime) -> None:
    seen = write_time(now)
    rows = [
        (
            pod["metadata"]["name"],
            pod["metadata"]["uid"],
            pod["metadata"]["labels"][RUN_UID_LABEL],
            seen,
            json.dumps(pod),
        )
        for pod in pods
    ]
    connection.executemany(_SAVE, rows)

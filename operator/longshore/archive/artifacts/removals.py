"""Removes artifacts: those whose time is over, and all of a Run. Must not decide when a Run's time is over.

First the record goes and what lies on the volumes is noted as waste, at once; then the waste goes. So nothing is
listed that is not there, and a crash between leaves waste that the next removal finds.
"""

import asyncio
import logging
import sqlite3
from datetime import datetime
from functools import partial

from longshore.archive.artifacts import catalogues, records
from longshore.archive.artifacts.catalogues import Wanted
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.selections import File
from longshore.archive.artifacts.shelves import is_of
from longshore.archive.databases import Database
from longshore.archive.places import AttemptKey

logger = logging.getLogger(__name__)


class Remover:
    """Makes room."""

    def __init__(self, database: Database, holdings: Holdings) -> None:
        self._database = database
        self._holdings = holdings

    async def expire(self, now: datetime) -> None:
        """Remove the artifacts whose time is over."""
        await self._database.run(partial(_expire, now=now))
        await self._sweep()

    async def forget(self, run_uid: str) -> None:
        """Remove all that is kept of a Run's artifacts."""
        await self._database.run(partial(_forget, run_uid=run_uid))
        await self._sweep()

    async def _sweep(self) -> None:
        """Have gone what is noted as waste."""
        waste = await self._database.run(catalogues.read_waste)
        gone = await asyncio.to_thread(lambda: [path for path in waste if self._holdings.remove(path)])
        await self._database.run(partial(catalogues.delete_waste, paths=gone))
        if len(gone) < len(waste):
            logger.warning("%d files of artifacts can't be removed; it is tried again", len(waste) - len(gone))


def _expire(connection: sqlite3.Connection, now: datetime) -> None:
    for key in catalogues.take_expired(connection, now):
        listed = catalogues.read_artifacts(connection, Wanted(key.run_uid, key.step, key.number))
        files = records.read_files(connection, key)
        kept = [file for file in files if any(is_of(file, artifact) for artifact in listed)]
        records.delete_files(connection, key, {file.path for file in files} - {file.path for file in kept})
        # Content that lies there once may be that of several files.
        waste = _list_places(connection, key, files) - _list_places(connection, key, kept)
        catalogues.add_waste(connection, waste)


def _list_places(connection: sqlite3.Connection, key: AttemptKey, files: list[File]) -> set[str]:
    """Where files lie, below the volumes' roots."""
    record = records.read_attempt(connection, key)
    is_sent = record is not None and record.transport == "HTTP"
    return {f"{key.folder}/{file.sha256 if is_sent else file.path}" for file in files}


def _forget(connection: sqlite3.Connection, run_uid: str) -> None:
    catalogues.delete_run(connection, run_uid)
    catalogues.add_waste(connection, [run_uid])

"""Owns the connection to SQLite: one thread, and every call a transaction. Must not know the tables."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from longshore.archive.migrations import migrate
from longshore.errors import ArchiveError, StorageFullError

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], object]
"""Part of a transaction."""


class Database:
    """The archive's database. What was written is on the volume once the call returns."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do the work within one transaction; an exception takes all of it back.

        Raises StorageFullError where the volume is full, ArchiveError where it fails.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with _explain_failures(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            return work(self._connection)


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Within, the database in this file, at the last version of its schema. Raises ArchiveError."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="database") as thread:
        connection = await loop.run_in_executor(thread, connect, path)
        try:
            yield Database(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)


def connect(path: Path) -> sqlite3.Connection:
    """A connection of this thread; while it is open, no other process has one. Raises ArchiveError."""
    with _explain_failures():
        connection = sqlite3.connect(path)
        connection.row_factory = sqlite3.Row
        # Before WAL: then no memory is shared by a file, which volumes on a network do not offer.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    return connection


@contextmanager
def _explain_failures() -> Iterator[None]:
    """Within, a failure of the volume is an ArchiveError; a mistake of ours stays what it is."""
    try:
        yield
    except sqlite3.OperationalError as error:
        kind = StorageFullError if error.sqlite_errorcode == sqlite3.SQLITE_FULL else ArchiveError
        raise kind(f"the archive's database: {error}") from error

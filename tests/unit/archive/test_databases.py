"""The database: all or nothing, its versions, and what it leaves behind when work fails."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from longshore.archive.databases import connect, open_database
from longshore.archive.migrations import MIGRATIONS, migrate
from longshore.errors import ArchiveError

RUN = (
    "INSERT INTO runs (uid, version, name, workflow, phase, labels, progress, message, created)"
    " VALUES (?, 1, 'n', '', 'Running', '{}', '', '', 't')"
)
SECOND = """
    ALTER TABLE events ADD COLUMN source TEXT NOT NULL DEFAULT 'operator';
    UPDATE events SET source = 'archive' WHERE type = 'y';
"""


def add(connection: sqlite3.Connection, uid: str = "u") -> None:
    """A Run with an event."""
    connection.execute(RUN, (uid,))
    connection.execute("INSERT INTO events (run_uid, id, time, type, data) VALUES (?, 1, 't', 'y', '{}')", (uid,))


def count(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    return found


def version_of(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


async def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        await database.run(add)
    async with open_database(tmp_path / "db") as database:
        assert await database.run(count) == 1


async def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        add(connection)
        add(connection)

    async with open_database(tmp_path / "db") as database:
        with pytest.raises(sqlite3.IntegrityError):
            await database.run(fail)
        assert await database.run(count) == 0


async def test_a_volume_that_is_full_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        for number in range(10_000):
            add(connection, str(number))

    async with open_database(tmp_path / "db") as database:
        with pytest.raises(ArchiveError, match="the archive's database: database or disk is full"):
            await database.run(fill)
        assert await database.run(count) == 0
        await database.run(add)
        assert await database.run(count) == 1


def test_a_database_that_another_process_has_open_is_not_opened(tmp_path: Path) -> None:
    with (
        closing(connect(tmp_path / "db")),
        closing(sqlite3.connect(tmp_path / "db", timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        count(other)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="unable to open database file"):
        connect(tmp_path / "none" / "db")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        with pytest.raises(ArchiveError, match="newer Longshore"):
            migrate(connection)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "db")) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, (*MIGRATIONS, "CREATE TABLE more (x) STRICT; CREATE TABLE events (x)"))
        connection.rollback()
        assert version_of(connection) == len(MIGRATIONS)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0


def test_an_upgrade_keeps_what_is_there(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "db")) as connection, connection:
        add(connection)
    with closing(connect(tmp_path / "db")) as connection:
        migrate(connection, (*MIGRATIONS, SECOND))
        assert version_of(connection) == len(MIGRATIONS) + 1
        assert [tuple(row) for row in connection.execute("SELECT run_uid, id, source FROM events")] == [
            ("u", 1, "archive")
        ]
        migrate(connection, (*MIGRATIONS, SECOND))
        assert version_of(connection) == len(MIGRATIONS) + 1

"""The database: all or nothing, its versions, and what it leaves behind when it is killed."""

import sqlite3
from pathlib import Path

import pytest
from longshore.archive.databases import connect, open_database
from longshore.archive.migrations import MIGRATIONS, migrate
from longshore.errors import ArchiveError

INSERT = "INSERT INTO events (run_uid, id, time, type, data) VALUES ('u', ?, 't', 'x', '{}')"


def count(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT count(*) FROM events").fetchone()[0]
    return found


async def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    async with open_database(tmp_path / "db") as database:
        await database.run(lambda connection: connection.execute(INSERT, (1,)))
    async with open_database(tmp_path / "db") as database:
        assert await database.run(count) == 1


async def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute(INSERT, (1,))
        connection.execute(INSERT, (1,))

    async with open_database(tmp_path / "db") as database:
        with pytest.raises(sqlite3.IntegrityError):
            await database.run(fail)
        assert await database.run(count) == 0


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(ArchiveError, match="newer Longshore"):
        migrate(connection)
    connection.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "db")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*MIGRATIONS, "CREATE TABLE more (x) STRICT; CREATE TABLE events (x)"))
    connection.rollback()
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0
    connection.close()

"""Owns how attempts and their files are in the database. Each function is part of its caller's transaction."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from longshore.api.archives import Archived, Transport
from longshore.archive.artifacts.selections import File
from longshore.archive.places import AttemptKey


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """What is known of an attempt's files as a whole."""

    transport: Transport
    is_closed: bool = False
    """Whether nothing is added any more."""
    is_complete: bool = False
    """Over HTTP: whether all that there was has arrived."""
    is_full: bool = False
    """Whether there was no room for something."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Over HTTP: by path, why a file was not sent."""
    archived: Archived | None = None
    """What was said of it; None: nothing yet."""


def read_attempt(connection: sqlite3.Connection, key: AttemptKey) -> AttemptRecord | None:
    """What is known; None: nothing came yet."""
    row = connection.execute(
        "SELECT * FROM artifact_attempts WHERE run_uid = ? AND step = ? AND attempt = ?", bind(key)
    ).fetchone()
    if row is None:
        return None
    return AttemptRecord(
        transport=row["transport"],
        is_closed=bool(row["is_closed"]),
        is_complete=bool(row["is_complete"]),
        is_full=bool(row["is_full"]),
        failed=json.loads(row["failed"]),
        archived=Archived.model_validate_json(row["archived"]) if row["archived"] else None,
    )


def is_closed(connection: sqlite3.Connection, key: AttemptKey) -> bool:
    """Whether nothing is added to an attempt any more."""
    record = read_attempt(connection, key)
    return record is not None and record.is_closed


def open_attempt(connection: sqlite3.Connection, key: AttemptKey, transport: Transport) -> AttemptRecord:
    """What is known of an attempt, of which there is a record from now on."""
    connection.execute(
        "INSERT OR IGNORE INTO artifact_attempts (run_uid, step, attempt, transport) VALUES (?, ?, ?, ?)",
        (*bind(key), transport),
    )
    return read_attempt(connection, key) or AttemptRecord(transport)


def close_attempt(connection: sqlite3.Connection, key: AttemptKey, transport: Transport) -> AttemptRecord:
    """What is known of an attempt, to which nothing is added from now on."""
    open_attempt(connection, key, transport)
    # How files travel is the operator's to say, whatever a pod has sent.
    connection.execute(
        "UPDATE artifact_attempts SET is_closed = 1, transport = ? WHERE run_uid = ? AND step = ? AND attempt = ?",
        (transport, *bind(key)),
    )
    return open_attempt(connection, key, transport)


def note_full(connection: sqlite3.Connection, key: AttemptKey) -> None:
    """Keep that there was no room for something."""
    open_attempt(connection, key, "HTTP")
    connection.execute(
        "UPDATE artifact_attempts SET is_full = 1 WHERE run_uid = ? AND step = ? AND attempt = ?", bind(key)
    )


def note_complete(connection: sqlite3.Connection, key: AttemptKey, failed: Mapping[str, str]) -> None:
    """Keep that all has arrived, but for what could not be sent."""
    open_attempt(connection, key, "HTTP")
    connection.execute(
        "UPDATE artifact_attempts SET is_complete = 1, failed = ?"
        " WHERE run_uid = ? AND step = ? AND attempt = ? AND is_closed = 0",
        (json.dumps(failed), *bind(key)),
    )


def note_archived(connection: sqlite3.Connection, key: AttemptKey, archived: Archived) -> None:
    """Keep what is said of an attempt."""
    connection.execute(
        "UPDATE artifact_attempts SET archived = ? WHERE run_uid = ? AND step = ? AND attempt = ?",
        (json.dumps(archived.to_json()), *bind(key)),
    )


def write_file(connection: sqlite3.Connection, key: AttemptKey, file: File) -> None:
    """Keep a file of an attempt, in place of an earlier one of this path."""
    connection.execute(
        "INSERT OR REPLACE INTO artifact_files VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*bind(key), file.path, file.size, file.sha256, int(file.is_executable)),
    )


def read_files(connection: sqlite3.Connection, key: AttemptKey) -> list[File]:
    """The files of an attempt."""
    rows = connection.execute(
        "SELECT * FROM artifact_files WHERE run_uid = ? AND step = ? AND attempt = ? ORDER BY path", bind(key)
    )
    return [_read_file(row) for row in rows]


def read_file(connection: sqlite3.Connection, key: AttemptKey, path: str) -> File | None:
    """The file of this path; None: there is none."""
    row = connection.execute(
        "SELECT * FROM artifact_files WHERE run_uid = ? AND step = ? AND attempt = ? AND path = ?",
        (*bind(key), path),
    ).fetchone()
    return _read_file(row) if row else None


def has_content(connection: sqlite3.Connection, key: AttemptKey, sha256: str) -> bool:
    """Whether any file of an attempt has this content."""
    found = connection.execute(
        "SELECT 1 FROM artifact_files WHERE run_uid = ? AND step = ? AND attempt = ? AND sha256 = ? LIMIT 1",
        (*bind(key), sha256),
    ).fetchone()
    return found is not None


def count_files(connection: sqlite3.Connection, key: AttemptKey) -> int:
    """How many files an attempt has."""
    found: int = connection.execute(
        "SELECT count(*) FROM artifact_files WHERE run_uid = ? AND step = ? AND attempt = ?", bind(key)
    ).fetchone()[0]
    return found


def delete_files(connection: sqlite3.Connection, key: AttemptKey, paths: Iterable[str]) -> None:
    """Take out files of an attempt."""
    connection.executemany(
        "DELETE FROM artifact_files WHERE run_uid = ? AND step = ? AND attempt = ? AND path = ?",
        ((*bind(key), path) for path in paths),
    )


def bind(key: AttemptKey) -> tuple[str, str, int]:
    """An attempt as parameters of a query."""
    return key.run_uid, key.step, key.number


def _read_file(row: sqlite3.Row) -> File:
    return File(row["path"], row["size"], row["sha256"], bool(row["is_executable"]))

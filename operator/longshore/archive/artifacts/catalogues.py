"""Owns how artifacts are listed in the database, and what of them has to go from the volumes.

Each function is part of its caller's transaction.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from longshore.api.archives import StoredArtifact
from longshore.archive.artifacts.records import bind
from longshore.archive.places import AttemptKey
from longshore.planning.times import write_time


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which artifacts of a Run are asked for; None: any."""

    run_uid: str
    step: str | None = None
    attempt: int | None = None
    name: str | None = None
    kind: str | None = None


def write_artifacts(connection: sqlite3.Connection, artifacts: Iterable[StoredArtifact]) -> None:
    """List artifacts from now on."""
    connection.executemany(
        "INSERT OR IGNORE INTO artifacts (id, run, run_uid, step, attempt, name, kind, path, size, sha256,"
        " created_at, expires_at)"
        " VALUES (:id, :run, :run_uid, :step, :attempt, :name, :kind, :path, :size, :sha256,"
        " :created_at, :expires_at)",
        (artifact.model_dump() for artifact in artifacts),
    )


def read_artifact(connection: sqlite3.Connection, uid: str) -> StoredArtifact | None:
    """The artifact of this id; None: there is none."""
    row = connection.execute("SELECT * FROM artifacts WHERE id = ?", (uid,)).fetchone()
    return _read(row) if row else None


def read_artifacts(
    connection: sqlite3.Connection, wanted: Wanted, after: StoredArtifact | None = None, limit: int = -1
) -> list[StoredArtifact]:
    """The artifacts that are asked for; of those `limit` at most, unless it is negative, that come after one."""
    start = (after.step, after.attempt, after.name, after.path) if after else ("", 0, "", "")
    rows = connection.execute(
        "SELECT * FROM artifacts WHERE run_uid = ? AND coalesce(?, step) = step AND coalesce(?, attempt) = attempt"
        " AND coalesce(?, name) = name AND coalesce(?, kind) = kind AND (step, attempt, name, path) > (?, ?, ?, ?)"
        " ORDER BY step, attempt, name, path LIMIT ?",
        (wanted.run_uid, wanted.step, wanted.attempt, wanted.name, wanted.kind, *start, limit),
    )
    return [_read(row) for row in rows]


def read_untold(connection: sqlite3.Connection, key: AttemptKey) -> list[StoredArtifact]:
    """Artifacts of an attempt that the journal has no event of."""
    rows = connection.execute(
        "SELECT * FROM artifacts WHERE run_uid = ? AND step = ? AND attempt = ? AND is_told = 0"
        " ORDER BY name, path",
        bind(key),
    )
    return [_read(row) for row in rows]


def note_told(connection: sqlite3.Connection, uid: str) -> None:
    """Keep that the journal has an event of an artifact."""
    connection.execute("UPDATE artifacts SET is_told = 1 WHERE id = ?", (uid,))


def take_expired(connection: sqlite3.Connection, now: datetime) -> set[AttemptKey]:
    """Take out the artifacts whose time is over; the attempts that they were of."""
    rows = connection.execute(
        "DELETE FROM artifacts WHERE expires_at <= ? RETURNING run_uid, step, attempt", (write_time(now),)
    )
    return {AttemptKey(*row) for row in rows}


def delete_run(connection: sqlite3.Connection, run_uid: str) -> None:
    """Take out all that is kept of a Run's artifacts."""
    connection.execute("DELETE FROM artifacts WHERE run_uid = ?", (run_uid,))
    connection.execute("DELETE FROM artifact_files WHERE run_uid = ?", (run_uid,))
    connection.execute("DELETE FROM artifact_attempts WHERE run_uid = ?", (run_uid,))


def add_waste(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Keep what has to go from the volumes, by its path below their roots."""
    connection.executemany("INSERT OR IGNORE INTO artifact_waste VALUES (?)", ((path,) for path in paths))


def read_waste(connection: sqlite3.Connection) -> list[str]:
    """What has to go."""
    return [row["path"] for row in connection.execute("SELECT path FROM artifact_waste")]


def delete_waste(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Keep that these are gone."""
    connection.executemany("DELETE FROM artifact_waste WHERE path = ?", ((path,) for path in paths))


def _read(row: sqlite3.Row) -> StoredArtifact:
    return StoredArtifact.model_validate({name: row[name] for name in StoredArtifact.model_fields})

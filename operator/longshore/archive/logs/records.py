"""Owns what the database keeps of logs: whose they are, what is missing of them, where blocks of them lie.

Open      its container goes on, or it was not read to its end yet
Complete  all of it is on the volume
Sealed    and compressed
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from longshore.archive.logs.containers import LogKey, Source
from longshore.archive.places import AttemptKey

State = Literal["Open", "Complete", "Sealed"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where lines may be missing."""

    offset: int
    """Bytes before it."""
    since: str
    """Time of the line before it; empty: there is none."""
    until: str
    """Time of the line after it; empty: there is none."""
    cause: str


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a log that is compressed by itself."""

    offset: int
    """Where it begins in the text."""
    place: int
    """Where it begins in the compressed file."""
    time: int
    """Of its first line, in nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Record:
    """A log, as it is on record."""

    id: int
    key: LogKey
    pod_uid: str
    restarts: int
    origin: int
    """Where the lines begin that the container wrote since it was last started anew."""
    started: str
    state: State
    bytes: int
    """Of the text; of an open log as of when it was last begun."""
    lines: int
    gaps: tuple[Gap, ...] = ()


def open_record(connection: sqlite3.Connection, source: Source) -> Record:
    """The log of a container, on record from now on."""
    key = source.key
    connection.execute(
        "INSERT INTO logs (run_uid, step, attempt, container, pod_uid, restarts, origin, started, state, bytes,"
        " lines) VALUES (?, ?, ?, ?, ?, ?, 0, ?, 'Open', 0, 0) ON CONFLICT DO NOTHING",
        (*_columns(key), source.pod_uid, source.restarts, source.started),
    )
    record = find_record(connection, key)
    if record is None:
        raise RuntimeError("a row that was inserted is not there")
    return record


def find_record(connection: sqlite3.Connection, key: LogKey) -> Record | None:
    """The log of a container, where there is one."""
    row = connection.execute(
        "SELECT * FROM logs WHERE run_uid = ? AND step = ? AND attempt = ? AND container = ?", _columns(key)
    ).fetchone()
    return _build_record(connection, row) if row else None


def list_records(connection: sqlite3.Connection, run_uid: str) -> list[Record]:
    """All logs of a Run, in the order in which their containers were first seen."""
    rows = connection.execute("SELECT * FROM logs WHERE run_uid = ? ORDER BY id", (run_uid,)).fetchall()
    return [_build_record(connection, row) for row in rows]


def list_unsealed(connection: sqlite3.Connection) -> list[Record]:
    """All logs that are complete and not compressed."""
    return _list_by_state(connection, "Complete")


def list_open(connection: sqlite3.Connection) -> list[Record]:
    """All logs that are not complete."""
    return _list_by_state(connection, "Open")


def write_restart(connection: sqlite3.Connection, id_: int, source: Source, origin: int) -> None:
    """The container was started anew, and what it writes since begins here."""
    connection.execute(
        "UPDATE logs SET pod_uid = ?, restarts = ?, origin = ? WHERE id = ?",
        (source.pod_uid, source.restarts, origin, id_),
    )


def write_gap(connection: sqlite3.Connection, id_: int, gap: Gap) -> None:
    """Lines may be missing here. What was said of a place first stands."""
    connection.execute(
        "INSERT OR IGNORE INTO log_gaps (log, offset, since, until, cause) VALUES (?, ?, ?, ?, ?)",
        (id_, gap.offset, gap.since, gap.until, gap.cause),
    )


def read_untold_gaps(connection: sqlite3.Connection, id_: int) -> list[Gap]:
    """The gaps of a log that the journal has no event of, in their order."""
    rows = connection.execute(
        "SELECT offset, since, until, cause FROM log_gaps WHERE log = ? AND is_told = 0 ORDER BY offset", (id_,)
    ).fetchall()
    return [Gap(*row) for row in rows]


def note_gap_told(connection: sqlite3.Connection, id_: int, offset: int) -> None:
    """Keep that the journal has an event of a gap."""
    connection.execute("UPDATE log_gaps SET is_told = 1 WHERE log = ? AND offset = ?", (id_, offset))


def write_end(connection: sqlite3.Connection, id_: int, size: int, lines: int) -> None:
    """All of the log is on the volume."""
    connection.execute(
        "UPDATE logs SET state = 'Complete', bytes = ?, lines = ? WHERE id = ? AND state = 'Open'",
        (size, lines, id_),
    )


def write_blocks(connection: sqlite3.Connection, id_: int, blocks: list[Block]) -> None:
    """The log is compressed, and these are its blocks."""
    connection.execute("DELETE FROM log_blocks WHERE log = ?", (id_,))
    connection.executemany(
        "INSERT INTO log_blocks (log, offset, place, time) VALUES (?, ?, ?, ?)",
        [(id_, block.offset, block.place, block.time) for block in blocks],
    )
    connection.execute("UPDATE logs SET state = 'Sealed' WHERE id = ?", (id_,))


def read_blocks(connection: sqlite3.Connection, id_: int) -> list[Block]:
    """The blocks of a log that is compressed, in their order."""
    rows = connection.execute(
        "SELECT offset, place, time FROM log_blocks WHERE log = ? ORDER BY offset", (id_,)
    ).fetchall()
    return [Block(row["offset"], row["place"], row["time"]) for row in rows]


def delete_records(connection: sqlite3.Connection, run_uid: str) -> None:
    """Forget all logs of a Run, and which Secrets it had."""
    connection.execute("DELETE FROM logs WHERE run_uid = ?", (run_uid,))
    connection.execute("DELETE FROM secret_uses WHERE run_uid = ?", (run_uid,))


def _list_by_state(connection: sqlite3.Connection, state: State) -> list[Record]:
    rows = connection.execute("SELECT * FROM logs WHERE state = ? ORDER BY id", (state,)).fetchall()
    return [_build_record(connection, row) for row in rows]


def _columns(key: LogKey) -> tuple[str, str, int, str]:
    return key.attempt.run_uid, key.attempt.step, key.attempt.number, key.container


def _build_record(connection: sqlite3.Connection, row: sqlite3.Row) -> Record:
    gaps = connection.execute(
        "SELECT offset, since, until, cause FROM log_gaps WHERE log = ? ORDER BY offset", (row["id"],)
    ).fetchall()
    return Record(
        id=row["id"],
        key=LogKey(AttemptKey(row["run_uid"], row["step"], row["attempt"]), row["container"]),
        pod_uid=row["pod_uid"],
        restarts=row["restarts"],
        origin=row["origin"],
        started=row["started"],
        state=row["state"],
        bytes=row["bytes"],
        lines=row["lines"],
        gaps=tuple(Gap(*gap) for gap in gaps),
    )

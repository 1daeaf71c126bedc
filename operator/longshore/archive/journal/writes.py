"""Owns how Runs and events come into the database, and go. Each function is part of its caller's transaction."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from longshore.archive.journal.differences import Event, diff_run
from longshore.archive.journal.parts import join_run, split_run
from longshore.cluster.versions import version_of
from longshore.planning.runs.summaries import FINISHED
from longshore.planning.times import write_time

Json = dict[str, Any]

_COLUMNS = (
    "uid", "version", "name", "workflow", "phase", "labels", "progress", "message",
    "created", "started", "finished",
)  # fmt: skip
_PUT_RUN = (
    f"INSERT INTO runs ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{column}' for column in _COLUMNS)})"  # noqa: S608
    f" ON CONFLICT (uid) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _COLUMNS[1:])}"
)


def write_version(connection: sqlite3.Connection, run: Json, now: datetime) -> bool:
    """Keep a version of a Run, and the events by which it differs; False if what is kept is as new."""
    uid = run["metadata"]["uid"]
    kept = connection.execute("SELECT version FROM runs WHERE uid = ?", (uid,)).fetchone()
    if kept and kept["version"] >= version_of(run):
        return False
    known = dict(connection.execute("SELECT path, value FROM run_parts WHERE run_uid = ?", (uid,)).fetchall())
    connection.execute(_PUT_RUN, _build_row(run, now))
    _write_parts(connection, uid, known, split_run(run))
    before = join_run(known, kept["version"]) if kept else None
    write_events(connection, uid, diff_run(before, run), now)
    return True


def write_deletion(connection: sqlite3.Connection, uid: str, event: Event, now: datetime) -> bool:
    """Note that a Run is gone; False if that is known, or the Run is not."""
    changed = connection.execute(
        "UPDATE runs SET deleted = ? WHERE uid = ? AND deleted IS NULL", (write_time(now), uid)
    )
    if changed.rowcount:
        write_events(connection, uid, [event], now)
    return bool(changed.rowcount)


def write_events(connection: sqlite3.Connection, uid: str, events: Sequence[Event], now: datetime) -> int:
    """Add events to the journal of a Run that is kept; the id of the last there is then."""
    last: int
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM events WHERE run_uid = ?", (uid,)).fetchone()
    seen = write_time(now)
    connection.executemany(
        "INSERT INTO events (run_uid, id, time, type, step, attempt, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (uid, number, event.time or seen, event.type, event.step, event.attempt, json.dumps(event.data))
            for number, event in enumerate(events, last + 1)
        ),
    )
    return last + len(events)


def has_run(connection: sqlite3.Connection, uid: str) -> bool:
    """Whether the Run is kept."""
    return connection.execute("SELECT 1 FROM runs WHERE uid = ?", (uid,)).fetchone() is not None


def delete_run(connection: sqlite3.Connection, uid: str) -> None:
    """Take a Run out, with its events."""
    connection.execute("DELETE FROM runs WHERE uid = ?", (uid,))


def _write_parts(
    connection: sqlite3.Connection, uid: str, known: Mapping[str, str], parts: Mapping[str, str]
) -> None:
    connection.executemany(
        "DELETE FROM run_parts WHERE run_uid = ? AND path = ?",
        ((uid, path) for path in known.keys() - parts.keys()),
    )
    connection.executemany(
        "INSERT INTO run_parts (run_uid, path, value) VALUES (?, ?, ?)"
        " ON CONFLICT (run_uid, path) DO UPDATE SET value = excluded.value",
        ((uid, path, value) for path, value in parts.items() if known.get(path) != value),
    )


def _build_row(run: Json, now: datetime) -> Json:
    """What is asked for in lists."""
    metadata, status = run["metadata"], run.get("status") or {}
    phase = status.get("phase") or "Queued"
    return {
        "uid": metadata["uid"],
        "version": version_of(run),
        "name": metadata["name"],
        "workflow": (run.get("spec", {}).get("workflowRef") or {}).get("name", ""),
        "phase": phase,
        "labels": json.dumps(metadata.get("labels") or {}),
        "progress": status.get("progress") or "",
        "message": status.get("message") or "",
        "created": metadata["creationTimestamp"],
        "started": status.get("startTime"),
        "finished": status.get("completionTime", write_time(now)) if phase in FINISHED else None,
    }

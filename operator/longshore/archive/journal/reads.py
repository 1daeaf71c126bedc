"""Owns what can be asked of the history. Each function is part of its caller's transaction; none writes."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from longshore.api.records import ArchivedRun, EventRecord, RunRecord
from longshore.archive.journal.parts import join_run
from longshore.planning.times import write_time

_SHORT = "uid, name, workflow, phase, labels, progress, message, created, started, finished, deleted"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of Runs ended."""

    created: str
    uid: str


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which Runs; what is empty leaves nothing out."""

    phases: tuple[str, ...] = ()
    workflow: str = ""
    prefix: str = ""
    """What their names begin with."""
    labels: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    """Made then, or later."""
    until: datetime | None = None
    """Made before."""


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """How much of what is gone from the cluster is kept."""

    seconds: int
    """For how long after it ended."""
    runs: int
    """How many Runs, the newest."""


def read_runs(
    connection: sqlite3.Connection, wanted: RunFilter, after: Position | None, limit: int
) -> list[RunRecord]:
    """Runs, the newest first, from a position on."""
    terms = _build_terms(wanted)
    if after:
        terms.append(("(created, uid) < (?, ?)", (after.created, after.uid)))
    where = " AND ".join(term for term, _ in terms) or "TRUE"
    values = [value for _, given in terms for value in given]
    query = f"SELECT {_SHORT} FROM runs WHERE {where} ORDER BY created DESC, uid DESC LIMIT ?"  # noqa: S608
    return [_build_record(row) for row in connection.execute(query, (*values, limit))]


def find_uid(connection: sqlite3.Connection, run: str) -> str | None:
    """The uid of the Run that has it, or else of the newest one of this name."""
    found = connection.execute(
        "SELECT uid FROM runs WHERE uid = :run OR name = :run"
        " ORDER BY uid = :run DESC, created DESC, version DESC LIMIT 1",
        {"run": run},
    ).fetchone()
    return found["uid"] if found else None


def read_run(connection: sqlite3.Connection, uid: str) -> ArchivedRun | None:
    """The whole of a Run."""
    kept = connection.execute("SELECT version, deleted FROM runs WHERE uid = ?", (uid,)).fetchone()
    if kept is None:
        return None
    parts = connection.execute("SELECT path, value FROM run_parts WHERE run_uid = ? ORDER BY path", (uid,))
    return ArchivedRun(deleted=kept["deleted"], run=join_run(dict(parts.fetchall()), kept["version"]))


def read_events(connection: sqlite3.Connection, uid: str, after: int, limit: int) -> list[EventRecord]:
    """Events of a Run with ids greater than `after`, in their order."""
    rows = connection.execute(
        "SELECT id, time, type, step, attempt, data FROM events WHERE run_uid = ? AND id > ? ORDER BY id LIMIT ?",
        (uid, after, limit),
    )
    return [EventRecord(**{**dict(row), "data": json.loads(row["data"])}) for row in rows]


def is_over(connection: sqlite3.Connection, uid: str) -> bool:
    """Whether a Run has ended, is gone, or is not kept: what is told of it by now is all, as a rule."""
    query = "SELECT 1 FROM runs WHERE uid = ? AND finished IS NULL AND deleted IS NULL"
    return connection.execute(query, (uid,)).fetchone() is None


def list_present(connection: sqlite3.Connection) -> list[str]:
    """Uids of Runs that are in the cluster, as far as is known."""
    return [row["uid"] for row in connection.execute("SELECT uid FROM runs WHERE deleted IS NULL ORDER BY uid")]


def list_known(connection: sqlite3.Connection) -> list[str]:
    """Uids of all Runs."""
    return [row["uid"] for row in connection.execute("SELECT uid FROM runs ORDER BY uid")]


def list_ended(connection: sqlite3.Connection, before: datetime) -> list[str]:
    """Uids of Runs that ended, or went, before then."""
    rows = connection.execute(
        "SELECT uid FROM runs WHERE coalesce(finished, deleted) < ? ORDER BY uid", (write_time(before),)
    )
    return [row["uid"] for row in rows]


def list_expired(connection: sqlite3.Connection, limits: HistoryLimits, now: datetime) -> list[str]:
    """Uids of Runs that are gone from the cluster, and too old or too many, the oldest first."""
    rows = connection.execute(
        "WITH gone AS (SELECT uid, coalesce(finished, deleted) AS ended FROM runs WHERE deleted IS NOT NULL),"
        " placed AS (SELECT uid, ended, row_number() OVER (ORDER BY ended DESC, uid DESC) AS place FROM gone)"
        " SELECT uid FROM placed WHERE ended < ? OR place > ? ORDER BY place DESC",
        (write_time(now - timedelta(seconds=limits.seconds)), limits.runs),
    )
    return [row["uid"] for row in rows]


def _build_terms(wanted: RunFilter) -> list[tuple[str, tuple[str, ...]]]:
    """Conditions of SQL with their values."""
    terms: list[tuple[str, tuple[str, ...]]] = []
    if wanted.phases:
        terms.append((f"phase IN ({', '.join('?' * len(wanted.phases))})", wanted.phases))
    if wanted.workflow:
        terms.append(("workflow = ?", (wanted.workflow,)))
    if wanted.prefix:
        # Names are ASCII, so this is what follows the last name that begins so.
        terms.append(("name >= ? AND name < ?", (wanted.prefix, f"{wanted.prefix}\x7f")))
    if wanted.since:
        terms.append(("created >= ?", (write_time(wanted.since),)))
    if wanted.until:
        terms.append(("created < ?", (write_time(wanted.until),)))
    label = "EXISTS (SELECT 1 FROM json_each(labels) AS label WHERE label.key = ? AND label.value = ?)"
    return terms + [(label, pair) for pair in wanted.labels]


def _build_record(row: sqlite3.Row) -> RunRecord:
    return RunRecord(**{**dict(row), "labels": json.loads(row["labels"])})

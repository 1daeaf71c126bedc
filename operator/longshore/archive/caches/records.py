"""Owns what the database says of caches. Each function is part of its caller's transaction.

A file is there before the row that names it, and goes after it: so a row never names what is not there.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from longshore.archive.caches.evictions import Entry, plan_evictions
from longshore.archive.places import AttemptKey


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache that steps may restore."""

    key: str
    file: str
    size: int


def find_cache(connection: sqlite3.Connection, key: str, prefixes: Sequence[str]) -> Cache | None:
    """The cache of this key, or else the newest of the first prefix that any key begins with."""
    row = connection.execute("SELECT key, file, size FROM caches WHERE key = ?", (key,)).fetchone()
    for prefix in prefixes:
        if row is not None:
            break
        row = connection.execute(
            "SELECT key, file, size FROM caches WHERE substr(key, 1, length(:prefix)) = :prefix"
            " ORDER BY created DESC, key LIMIT 1",
            {"prefix": prefix},
        ).fetchone()
    return Cache(**row) if row else None


def touch(connection: sqlite3.Connection, key: str, now: str) -> None:
    """Note that a cache was used."""
    connection.execute("UPDATE caches SET used = ? WHERE key = ?", (now, key))


def has_cache(connection: sqlite3.Connection, key: str) -> bool:
    """Whether a success has stored this key."""
    return connection.execute("SELECT 1 FROM caches WHERE key = ?", (key,)).fetchone() is not None


def write_offer(connection: sqlite3.Connection, attempt: AttemptKey, cache: Cache, now: str) -> list[str]:
    """Keep what an attempt saved, until it is known whether it succeeds; files that it replaces."""
    named = {"run_uid": attempt.run_uid, "step": attempt.step, "number": attempt.number, "key": cache.key}
    replaced = connection.execute(
        "DELETE FROM cache_offers WHERE run_uid = :run_uid AND step = :step AND number = :number AND key = :key"
        " RETURNING file",
        named,
    ).fetchall()
    connection.execute(
        "INSERT INTO cache_offers VALUES (:run_uid, :step, :number, :key, :file, :size, :created)",
        named | {"file": cache.file, "size": cache.size, "created": now},
    )
    return [row["file"] for row in replaced]


def accept(connection: sqlite3.Connection, attempt: AttemptKey, now: str) -> list[str]:
    """Make caches of what an attempt offered; the files of those whose keys were there before."""
    surplus = []
    for row in _take_offers(connection, attempt):
        new = connection.execute(
            "INSERT OR IGNORE INTO caches VALUES (?, ?, ?, ?, ?)", (row["key"], row["file"], row["size"], now, now)
        )
        if not new.rowcount:
            surplus.append(row["file"])
    return surplus


def reject(connection: sqlite3.Connection, attempt: AttemptKey) -> list[str]:
    """Forget what an attempt offered; its files."""
    return [row["file"] for row in _take_offers(connection, attempt)]


def reject_old(connection: sqlite3.Connection, before: str) -> list[str]:
    """Forget offers from before then, of attempts whose end nobody told; their files."""
    rows = connection.execute("DELETE FROM cache_offers WHERE created < ? RETURNING file", (before,))
    return [row["file"] for row in rows.fetchall()]


def evict(connection: sqlite3.Connection, limit: int) -> list[str]:
    """Forget caches until the rest has at most so many bytes; their files."""
    rows = connection.execute("SELECT key, size, used FROM caches")
    evicted = plan_evictions((Entry(**row) for row in rows), limit)
    return [
        connection.execute("DELETE FROM caches WHERE key = ? RETURNING file", (entry.key,)).fetchone()["file"]
        for entry in evicted
    ]


def read_size(connection: sqlite3.Connection) -> int:
    """Bytes of all caches that may be restored."""
    size: int = connection.execute("SELECT coalesce(sum(size), 0) FROM caches").fetchone()[0]
    return size


def list_files(connection: sqlite3.Connection) -> set[str]:
    """Every file that a row names."""
    rows = connection.execute("SELECT file FROM caches UNION SELECT file FROM cache_offers")
    return {row["file"] for row in rows}


def _take_offers(connection: sqlite3.Connection, attempt: AttemptKey) -> list[sqlite3.Row]:
    return connection.execute(
        "DELETE FROM cache_offers WHERE run_uid = ? AND step = ? AND number = ? RETURNING key, file, size",
        (attempt.run_uid, attempt.step, attempt.number),
    ).fetchall()

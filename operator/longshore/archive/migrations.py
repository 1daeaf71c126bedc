"""Owns the versions of the database's schema, and how one becomes the next. Must not know what rows mean.

A released migration is never edited; a change is a new one at the end.
"""

import sqlite3

from longshore.errors import ArchiveError

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        uid TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        name TEXT NOT NULL,
        workflow TEXT NOT NULL,
        phase TEXT NOT NULL,
        labels TEXT NOT NULL,
        progress TEXT NOT NULL,
        message TEXT NOT NULL,
        created TEXT NOT NULL,
        started TEXT,
        finished TEXT,
        deleted TEXT
    ) STRICT;
    CREATE INDEX runs_by_created ON runs (created, uid);
    CREATE INDEX runs_by_name ON runs (name, created);
    CREATE INDEX runs_by_workflow ON runs (workflow, created, uid);
    CREATE INDEX runs_by_end ON runs (coalesce(finished, deleted), uid) WHERE deleted IS NOT NULL;
    CREATE TABLE run_parts (
        run_uid TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
        path TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run_uid, path)
    ) STRICT;
    CREATE TABLE events (
        run_uid TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
        id INTEGER NOT NULL,
        time TEXT NOT NULL,
        type TEXT NOT NULL,
        step TEXT,
        attempt INTEGER,
        data TEXT NOT NULL,
        PRIMARY KEY (run_uid, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE artifact_attempts (
        run_uid TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        transport TEXT NOT NULL,
        is_closed INTEGER NOT NULL DEFAULT 0,
        is_complete INTEGER NOT NULL DEFAULT 0,
        is_full INTEGER NOT NULL DEFAULT 0,
        failed TEXT NOT NULL DEFAULT '{}',
        archived TEXT,
        PRIMARY KEY (run_uid, step, attempt)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE artifact_files (
        run_uid TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        is_executable INTEGER NOT NULL,
        PRIMARY KEY (run_uid, step, attempt, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE artifacts (
        id TEXT PRIMARY KEY,
        run_uid TEXT NOT NULL,
        run TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        created_at TEXT NOT NULL,
        expires_at TEXT,
        is_told INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX artifacts_by_attempt ON artifacts (run_uid, step, attempt, name, path);
    CREATE INDEX artifacts_by_expiry ON artifacts (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE artifact_waste (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE pods (
        name TEXT PRIMARY KEY,
        uid TEXT NOT NULL,
        run_uid TEXT NOT NULL,
        seen TEXT NOT NULL,
        object TEXT NOT NULL
    ) STRICT;
    CREATE INDEX pods_by_seen ON pods (seen);
    CREATE TABLE caches (
        key TEXT PRIMARY KEY,
        file TEXT NOT NULL,
        size INTEGER NOT NULL,
        created TEXT NOT NULL,
        used TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE cache_offers (
        run_uid TEXT NOT NULL,
        step TEXT NOT NULL,
        number INTEGER NOT NULL,
        key TEXT NOT NULL,
        file TEXT NOT NULL,
        size INTEGER NOT NULL,
        created TEXT NOT NULL,
        PRIMARY KEY (run_uid, step, number, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE logs (
        id INTEGER PRIMARY KEY,
        run_uid TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        container TEXT NOT NULL,
        pod_uid TEXT NOT NULL,
        restarts INTEGER NOT NULL,
        origin INTEGER NOT NULL,
        started TEXT NOT NULL,
        state TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        UNIQUE (run_uid, step, attempt, container)
    ) STRICT;
    CREATE TABLE log_gaps (
        log INTEGER NOT NULL REFERENCES logs (id) ON DELETE CASCADE,
        offset INTEGER NOT NULL,
        since TEXT NOT NULL,
        until TEXT NOT NULL,
        cause TEXT NOT NULL,
        is_told INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (log, offset)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE log_blocks (
        log INTEGER NOT NULL REFERENCES logs (id) ON DELETE CASCADE,
        offset INTEGER NOT NULL,
        place INTEGER NOT NULL,
        time INTEGER NOT NULL,
        PRIMARY KEY (log, offset)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE secret_uses (
        run_uid TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        secret TEXT NOT NULL,
        revision TEXT NOT NULL,
        PRIMARY KEY (run_uid, step, attempt, secret)
    ) STRICT, WITHOUT ROWID;
    """,
)


def migrate(connection: sqlite3.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the database to the last version, all or nothing. Raises ArchiveError for one from the future."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise ArchiveError(f"the archive was written by a newer Longshore: version {version} of its database")
    for number, script in enumerate(migrations[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT")

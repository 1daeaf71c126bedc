"""Owns which revision of each Secret an attempt had: as it was when the attempt's first log was begun.

Known where values are masked alone, since nobody else may read Secrets. A revision says nothing of a value.
"""

import sqlite3
from collections.abc import Mapping

from longshore.api.records import SecretUse
from longshore.archive.places import AttemptKey


def write_uses(connection: sqlite3.Connection, attempt: AttemptKey, revisions: Mapping[str, str]) -> None:
    """Put on record the revision of each Secret, by its name; what is on record stays."""
    rows = [(attempt.run_uid, attempt.step, attempt.number, *pair) for pair in sorted(revisions.items())]
    connection.executemany(
        "INSERT INTO secret_uses (run_uid, step, attempt, secret, revision) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        rows,
    )


def list_uses(connection: sqlite3.Connection, run_uid: str) -> list[SecretUse]:
    """Of all attempts of a Run, by step, attempt and name."""
    rows = connection.execute(
        "SELECT step, attempt, secret, revision FROM secret_uses WHERE run_uid = ? ORDER BY step, attempt, secret",
        (run_uid,),
    ).fetchall()
    return [SecretUse(**row) for row in rows]

"""A journal on a database of its own, in a test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longshore.archive.databases import open_database
from longshore.archive.journal.journals import Journal
from longshore.archive.journal.reads import HistoryLimits

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LIMITS = HistoryLimits(seconds=3600, runs=2)


@asynccontextmanager
async def open_journal(folder: Path, clock: Callable[[], datetime] = lambda: NOW) -> AsyncIterator[Journal]:
    """Within, the journal in this folder, which may have been there before."""
    async with open_database(folder / "archive.db") as database:
        yield Journal(database, LIMITS, clock)


def build_version(uid: str) -> dict[str, Any]:
    """A Run as it is seen first."""
    created = "2026-01-01T00:00:00Z"
    metadata = {"namespace": "n", "name": uid, "uid": uid, "resourceVersion": "1", "creationTimestamp": created}
    return {"metadata": metadata, "spec": {"workflowRef": {"name": "w"}}}

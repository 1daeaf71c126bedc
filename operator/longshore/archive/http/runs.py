"""Runs over HTTP: those in the cluster, and those that are gone. Owns paths, filters and pages.

GET /v1/runs?phase=Failed&workflow=ci&name=nightly-&label=team=red&since=2026-05-01T00:00:00Z
GET /v1/runs/{run}
"""

import base64
import binascii
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from longshore.api.records import ArchivedRun, RunPage, RunRecord, SecretUse
from longshore.api.workflows import Phase
from longshore.archive.http.callers import Permit, may_read_runs
from longshore.archive.http.lookups import RunName, find_run
from longshore.archive.http.problems import ProblemError
from longshore.archive.journal.journals import Journal
from longshore.archive.journal.reads import Position, RunFilter

ListUses = Callable[[str], Coroutine[Any, Any, Sequence[SecretUse]]]
"""Which Secrets the attempts of the Run of this uid had. Raises ArchiveError."""
Reader = Annotated[Permit, Depends(may_read_runs)]
Labelled = Annotated[str, Field(pattern="^[^=]+=[^=]*$", max_length=400)]


class RunQuery(BaseModel):
    """Which Runs are asked for."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    phase: Annotated[list[Phase], Field(max_length=8)] = []
    """Only those in one of these phases."""
    workflow: Annotated[str, Field(max_length=253)] = ""
    """Only those of this Workflow."""
    name: Annotated[str, Field(max_length=253)] = ""
    """Only those whose names begin so."""
    label: Annotated[list[Labelled], Field(max_length=16)] = []
    """Only those with each of these labels: key=value."""
    since: AwareDatetime | None = None
    """Only those made then or later; RFC 3339."""
    until: AwareDatetime | None = None
    """Only those made before; RFC 3339."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """How many at most."""
    cursor: Annotated[str, Field(max_length=400)] = ""
    """`next` of the page before."""

    def build_filter(self) -> RunFilter:
        """As the journal has it."""
        labels = tuple((key, value) for key, _, value in (label.partition("=") for label in self.label))
        return RunFilter(tuple(self.phase), self.workflow, self.name, labels, self.since, self.until)


def build_router(journal: Journal, list_uses: ListUses) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["runs"])

    @router.get("/runs", response_model_exclude_none=True)
    async def list_runs(_: Reader, query: Annotated[RunQuery, Query()]) -> RunPage:
        """Runs, the newest first, whether they are still in the cluster or not."""
        after = read_cursor(query.cursor) if query.cursor else None
        records = await journal.list_runs(query.build_filter(), after, query.limit + 1)
        items = records[: query.limit]
        return RunPage(items=items, next=write_cursor(items[-1]) if len(records) > query.limit else None)

    @router.get("/runs/{run}", response_model_exclude_none=True)
    async def get_run(_: Reader, run: RunName) -> ArchivedRun:
        """The whole of a Run, as it was last seen."""
        uid = await find_run(journal, run)
        found = await journal.get_run(uid)
        if found is None:
            raise ProblemError(404, "the archive has just forgotten this Run, by its rules of retention")
        return found.model_copy(update={"secrets": list(await list_uses(uid)) or None})

    return router


def write_cursor(record: RunRecord) -> str:
    """Where a page ends that has this Run as its last."""
    return base64.urlsafe_b64encode(f"{record.created} {record.uid}".encode()).decode()


def read_cursor(cursor: str) -> Position:
    """The position that a cursor tells. Raises ProblemError 422."""
    try:
        created, uid = base64.b64decode(cursor, b"-_", validate=True).decode().split(" ")
    except (binascii.Error, ValueError):
        raise ProblemError(422, "query cursor: pass `next` of the page before as it was") from None
    return Position(created, uid)

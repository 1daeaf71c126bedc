"""How artifacts are listed and fetched over HTTP. Owns paths and status codes; must not open files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from longshore.api.archives import Number, StoredArtifact
from longshore.api.fields import Line, Model
from longshore.archive.artifacts.catalogues import Wanted
from longshore.archive.artifacts.shelves import Shelf
from longshore.archive.http.callers import may_read_logs, may_read_runs
from longshore.archive.http.contents import OpenFile, answer_known, build_headers, is_known
from longshore.archive.http.problems import ProblemError
from longshore.errors import ArchiveError

Readers = Depends(may_read_runs)
Fetchers = Depends(may_read_logs)


class Runs(Protocol):
    """What is asked of the history."""

    async def find_run(self, run: str) -> str | None:
        """The uid of the Run that has it, or else of the newest one of this name; None: neither is known."""


class ArtifactQuery(Model):
    """Which artifacts are asked for; absent: any."""

    model_config = ConfigDict(extra="forbid")

    step: Line | None = None
    """Path of the step, such as `test[3]`."""
    attempt: Number | None = None
    """Attempt of the step."""
    name: Line | None = None
    """Name of the artifact."""
    kind: Line | None = None
    """Kind of the artifact."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 500
    """How many at most."""
    cursor: Line | None = None
    """`next` of the page before."""


class ArtifactPage(Model):
    """Artifacts of a Run, as far as they fit."""

    items: list[StoredArtifact]
    """By step, attempt, name and path."""
    next: str | None = None
    """What to pass as `cursor` for those that come next; absent: there are no more."""


def build_router(shelf: Shelf, runs: Runs) -> APIRouter:
    """The routes by which people list and fetch artifacts. What is in them takes the right to read logs."""
    router = APIRouter(tags=["artifacts"])

    @router.get("/runs/{run}/artifacts", response_model_exclude_none=True, dependencies=[Readers])
    async def list_artifacts(run: str, query: Annotated[ArtifactQuery, Query()]) -> ArtifactPage:
        """The artifacts of a Run, by its uid or name; of a name that was used again, those of the newest."""
        if (uid := await runs.find_run(run)) is None:
            raise ProblemError(404, f"no Run {run!a} is known here; GET /v1/runs lists them")
        wanted = Wanted(uid, query.step, query.attempt, query.name, query.kind)
        after = await _find(shelf, query.cursor) if query.cursor else None
        found = await shelf.list_artifacts(wanted, after, query.limit + 1)
        items = found[: query.limit]
        return ArtifactPage(items=items, next=items[-1].id if len(found) > query.limit else None)

    @router.get("/artifacts/{artifact_id}", response_model_exclude_none=True, dependencies=[Readers])
    async def show(artifact_id: str) -> StoredArtifact:
        """An artifact, without its content."""
        return await _find(shelf, artifact_id)

    @router.get("/artifacts/{artifact_id}/content", response_class=Response, dependencies=[Fetchers])
    async def fetch(artifact_id: str, request: Request) -> Response:
        """An artifact's content: a file, also in ranges; of the kind dir a tar.gz that is made on the way."""
        artifact = await _find(shelf, artifact_id)
        is_folder = artifact.kind == "dir"
        name = f"{artifact.name}.tar.gz" if is_folder else artifact.path.rpartition("/")[2]
        tag = f'W/"{artifact.sha256}"' if is_folder else f'"{artifact.sha256}"'
        headers = build_headers(name, tag)
        if is_known(request, tag):
            return answer_known(headers)
        content = await shelf.find_content(artifact)
        if is_folder:
            return StreamingResponse(shelf.pack(content, artifact.path), 200, headers, "application/gzip")
        with tell_gone():
            return OpenFile(await shelf.open(content, content.files[0]), headers)

    return router


@contextmanager
def tell_gone() -> Iterator[None]:
    """Within, a file that is not there any more is a problem of the archive's."""
    try:
        yield
    except ArchiveError as error:
        raise ProblemError(503, f"{error}; the archive's volumes are not as it left them") from None


async def _find(shelf: Shelf, artifact_id: str) -> StoredArtifact:
    artifact = await shelf.find(artifact_id)
    if artifact is None:
        raise ProblemError(404, "there is no such artifact, or no longer; GET /v1/runs/<run>/artifacts lists them")
    return artifact

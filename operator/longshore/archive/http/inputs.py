"""How a step finds, over HTTP, what the steps left that it needs. Owns paths; its pod says which steps."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Response

from longshore.api.fields import Model
from longshore.archive.artifacts.shelves import InputFile, Shelf
from longshore.archive.http.artifacts import tell_gone
from longshore.archive.http.callers import is_step
from longshore.archive.http.contents import OpenFile, build_headers
from longshore.archive.http.declarations import find_files
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Declarations

Step = Annotated[AttemptKey, Depends(is_step)]


class FoundFile(Model):
    """A file for $LONGSHORE_INPUTS."""

    step: str
    """The step that left it: it belongs into the folder of this name."""
    index: int | None = None
    """The item of a fan-out, in a folder of its own below that; absent: the step is none."""
    path: str
    """Below that folder."""
    size: int
    """In bytes."""
    sha256: str
    """Of its content."""
    executable: bool
    """Whether it may be run."""
    url: str
    """Where its content is, a path of this server; with Range."""


class FoundFiles(Model):
    """All that a step finds."""

    files: list[FoundFile]


def build_router(shelf: Shelf, declarations: Declarations) -> APIRouter:
    """The routes by which the pod of a step fetches what the step finds."""
    router = APIRouter(prefix="/steps/{run_uid}/{step}/{attempt}/inputs", tags=["steps"])

    @router.get("", response_model_exclude_none=True)
    async def list_inputs(key: Step) -> FoundFiles:
        """The files that the step finds: what the steps left that it needs."""
        files = await find_files(declarations, key)
        with tell_gone():
            return FoundFiles(files=[_describe(key, found) for found in await shelf.list_inputs(files.inputs)])

    @router.get("/{number}/{path:path}", response_class=Response)
    async def fetch(key: Step, number: Annotated[int, Path(ge=0)], path: str) -> Response:
        """A file's content, also in ranges."""
        files = await find_files(declarations, key)
        with tell_gone():
            found = await shelf.open_input(files.inputs[number], path) if number < len(files.inputs) else None
        if found is None:
            raise ProblemError(404, "the step finds no such file; GET .../inputs lists what it finds")
        file, content = found
        return OpenFile(content, build_headers(path.rpartition("/")[2], f'"{file.sha256}"'))

    return router


def _describe(key: AttemptKey, found: InputFile) -> FoundFile:
    below = f"/v1/steps/{quote(key.run_uid)}/{quote(key.step)}/{key.number}/inputs"
    return FoundFile(
        step=found.source.step,
        index=found.source.index,
        path=found.file.path,
        size=found.file.size,
        sha256=found.file.sha256,
        executable=found.file.is_executable,
        url=f"{below}/{found.number}/{quote(found.file.path)}",
    )

"""How a step's files come in over HTTP. Owns paths and status codes; where files go is the intake's.

HEAD /v1/steps/{run_uid}/{step}/{attempt}/artifacts/{path}?size=N&sha256=HEX
    200 with `Upload-Offset: <bytes that are here>`: N once all of it is here, and only then.
PUT  the same, with `&offset=N`, `&executable=true` where it may be run, and the bytes from there on
    204 once all of it is here and its sha256 fits, 202 where there is more to come, both with `Upload-Offset`.
    409 with `Upload-Offset` where bytes before the offset are missing; without it, nothing is taken any more.
    422 it is not declared, so leave it out, or has another sha256 than was said; 413 too large, or too many.
    507 no room. Other content of a path replaces what was there.
POST /v1/steps/{run_uid}/{step}/{attempt}/artifacts/complete
    {"files": [{"path", "size", "sha256"}], "failed": [{"path", "message"}]}, when the step has ended
    200 {"missing": [paths to send again]}: once that is empty, it is noted that all was sent.

A connection that breaks loses nothing: HEAD tells where to go on. A file is not seen before all of it is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import ClientDisconnect

from longshore.archive.artifacts.selections import File
from longshore.archive.artifacts.uploads import Intake, Upload
from longshore.archive.http.callers import is_step
from longshore.archive.http.declarations import find_files
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Declarations
from longshore.errors import OffsetError, SealedError, TooLargeError, UploadError

OFFSET = "Upload-Offset"
"""The header that tells how many bytes are here."""
MOST_SENT = 10_000
Step = Annotated[AttemptKey, Depends(is_step)]
Size = Annotated[int, Query(ge=0, description="Bytes of the whole file.")]
Sha256 = Annotated[str, Query(pattern="^[0-9a-f]{64}$", description="Of the whole file.")]


class Anything(PathConvertor):
    """A path that may hold line breaks too: its sender has to learn what is wrong with it."""

    regex = "(?s:.*)"


class SentFile(BaseModel):
    """A file that was sent."""

    path: Annotated[str, Field(max_length=4096)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class FailedFile(BaseModel):
    """A file that could not be sent."""

    path: Annotated[str, Field(max_length=4096)]
    message: Annotated[str, Field(max_length=1024)]
    """Why, and what to do."""


class Sent(BaseModel):
    """All that a step left."""

    files: Annotated[list[SentFile], Field(max_length=MOST_SENT)] = []
    failed: Annotated[list[FailedFile], Field(max_length=MOST_SENT)] = []


class Missing(BaseModel):
    """What is not here."""

    missing: list[str]
    """Paths to send again. Empty: that was all, and is noted."""


def _read_file(
    path: Annotated[str, Path(description="Relative to $LONGSHORE_ARTIFACTS.")],
    size: Size,
    sha256: Sha256,
    *,
    executable: Annotated[bool, Query(description="Whether it may be run.")] = False,
) -> File:
    return File(path, size, sha256, executable)


Sending = Annotated[File, Depends(_read_file)]


def build_router(intake: Intake, declarations: Declarations) -> APIRouter:
    """The routes by which the pod of a step sends what the step leaves."""
    register_url_convertor("anything", Anything())
    router = APIRouter(prefix="/steps/{run_uid}/{step}/{attempt}/artifacts", tags=["steps"])

    @router.head("/{path:anything}")
    async def measure(key: Step, file: Sending) -> Response:
        """How many bytes of a file are here, in the header Upload-Offset: its size once all of it is."""
        upload = Upload(key, await find_files(declarations, key), file)
        with _refuse():
            return Response(headers={OFFSET: str(await intake.measure(upload))})

    @router.put("/{path:anything}", status_code=204)
    async def receive(
        key: Step,
        file: Sending,
        request: Request,
        offset: Annotated[int, Query(ge=0, description="Bytes before the body.")] = 0,
    ) -> Response:
        """Take in a file from an offset on: 204 once all of it is here, 202 where there is more to come.

        409 has the header Upload-Offset where bytes before the offset are missing; without it, nothing is taken
        any more. 422 also says that the file is not declared: leave it out. Other content of a path replaces it.
        """
        upload = Upload(key, await find_files(declarations, key), file)
        try:
            with _refuse():
                here = await intake.receive(upload, offset, request.stream())
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(status_code=204 if here == file.size else 202, headers={OFFSET: str(here)})

    @router.post("/complete")
    async def complete(key: Step, sent: Sent) -> Missing:
        """Note that all was sent, with what could not be; or tell what to send again."""
        files = [File(each.path, each.size, each.sha256) for each in sent.files]
        with _refuse():
            return Missing(
                missing=await intake.complete(key, files, {each.path: each.message for each in sent.failed})
            )

    return router


@contextmanager
def _refuse() -> Iterator[None]:
    """Within, what the intake does not take is a problem."""
    try:
        yield
    except OffsetError as error:
        raise ProblemError(409, str(error), {OFFSET: str(error.offset)}) from None
    except SealedError as error:
        raise ProblemError(409, str(error)) from None
    except TooLargeError as error:
        raise ProblemError(413, str(error)) from None
    except UploadError as error:
        raise ProblemError(422, str(error)) from None

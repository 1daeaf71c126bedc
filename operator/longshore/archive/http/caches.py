"""How a step restores and saves its caches. Owns paths and status codes.

GET, HEAD /v1/steps/{run_uid}/{step}/{attempt}/caches?key=K&restore=P&restore=Q
    200 with the bytes that were saved, and `Cache-Key: <percent-encoded key>`: of the key, or else of the newest
    that begins with the first prefix that any does. 204: there is none. GET waits for one that is being saved.
PUT  /v1/steps/{run_uid}/{step}/{attempt}/caches?key=K, with the bytes
    204 once all of it is here, also where the key is there already: the first success wins. Others see it when
    the attempt has succeeded. 413 too large, 507 no room.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from longshore.archive.caches.stores import CacheStore
from longshore.archive.http.callers import is_step
from longshore.archive.http.declarations import find_files
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Declarations
from longshore.errors import TooLargeError

PATH = "/steps/{run_uid}/{step}/{attempt}/caches"
PIECE = 2**18
BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


Attempt = Annotated[AttemptKey, Depends(is_step)]
Key = Annotated[str, Query(min_length=1, max_length=1024, description="The key, as the step declares it.")]
Prefixes = Annotated[Sequence[str], Query(max_length=16, description="Prefixes that will do, the best first.")]


def build_router(store: CacheStore, declarations: Declarations) -> APIRouter:
    """The routes of caches."""
    router = APIRouter(tags=["caches"])
    found: dict[int | str, dict[str, Any]] = {200: {"content": BINARY}, 204: {"description": "There is none."}}

    @router.head(PATH, include_in_schema=False, response_class=Response)
    @router.get(PATH, responses=found, response_class=Response)
    async def restore_cache(attempt: Attempt, request: Request, key: Key, restore: Prefixes = ()) -> Response:
        """What was saved with a key, or with the newest that begins with the first prefix that any does."""
        await _check_declared(declarations, attempt, key)
        if request.method == "GET":  # who only looks is about to save it
            await store.wait_for(key, restore)
        opened = await store.open(key, restore)
        if opened is None:
            return Response(status_code=204)
        cache, file = opened
        headers = {"Cache-Key": quote(cache.key), "Content-Length": str(cache.size), "ETag": f'"{cache.file}"'}
        if request.method == "HEAD":
            file.close()
            return Response(headers=headers, media_type="application/octet-stream")
        return StreamingResponse(_read(file), headers=headers, media_type="application/octet-stream")

    @router.put(PATH, status_code=204, response_class=Response)
    async def save_cache(attempt: Attempt, request: Request, key: Key) -> None:
        """Save what others may restore once the attempt has succeeded; of a key that is there nothing changes."""
        await _check_declared(declarations, attempt, key)
        try:
            if not await store.offer(attempt, key, request.stream()):
                async for _ in request.stream():  # who sends is not cut off: it need not know
                    pass
        except TooLargeError as error:
            raise ProblemError(413, str(error)) from None

    return router


async def _check_declared(declarations: Declarations, attempt: AttemptKey, key: str) -> None:
    """No step writes what others have not asked for. Raises ProblemError."""
    declared = await find_files(declarations, attempt)
    if key not in {cache.key for cache in declared.caches}:
        raise ProblemError(403, "the step declares no cache of this key; add it to its `cache`")


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await run_in_threadpool(file.read, PIECE):
            yield piece

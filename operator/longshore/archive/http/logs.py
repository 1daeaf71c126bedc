"""How logs are listed and read over HTTP: one call, whether a log goes on or is of last month.

GET /v1/runs/{run}/logs
GET /v1/runs/{run}/logs/{step}/{attempt}/{container}?tail=100&since=300&follow=true&timestamps=true
"""

import re
import time
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from longshore.api.logs import ArchivedLog, LogGap, LogList
from longshore.archive.http.callers import Permit, may_read_logs
from longshore.archive.http.problems import ProblemError
from longshore.archive.logs.containers import LogKey
from longshore.archive.logs.keepers import KnownLog, LogKeeper
from longshore.archive.logs.lines import SECOND, read_time
from longshore.archive.logs.readers import LogReader
from longshore.archive.logs.reads import Wish
from longshore.archive.logs.records import Record
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Journal

Reader = Annotated[Permit, Depends(may_read_logs)]
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")
NO_LOG = "there is no such log; GET /v1/runs/{run}/logs lists those there are"
_MEDIA_TYPE = "text/plain; charset=utf-8"


class LogQuery(BaseModel):
    """Which part of a log is asked for, and how."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    tail: Annotated[int | None, Field(ge=0, le=10**12)] = None
    """So many lines at the end."""
    since: Annotated[str | None, Field(max_length=40)] = None
    """Lines of this time or later: RFC 3339, or a number of seconds before now."""
    follow: bool = False
    """Go on until the log is complete."""
    timestamps: bool = False
    """Have the time before each line, RFC 3339 with nanoseconds. Only so are ranges of bytes served."""

    def build_wish(self) -> Wish:
        """As readers of logs have it. Raises ProblemError 422."""
        since = None if self.since is None else _read_since(self.since)
        return Wish(self.tail, since, is_followed=self.follow, has_stamps=self.timestamps)


@dataclass(frozen=True, slots=True)
class LogPath:
    """Which log of a Run is asked for."""

    step: str
    attempt: int
    container: str

    def build_key(self, run_uid: str) -> LogKey:
        """The log. Raises ProblemError 404 for what none can be."""
        try:
            return LogKey(AttemptKey(run_uid, self.step, self.attempt), self.container)
        except ValueError:
            raise ProblemError(404, NO_LOG) from None


def build_router(keeper: LogKeeper, journal: Journal) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["logs"])

    async def find_uid(run: str) -> str:
        if (uid := await journal.find_run(run)) is None:
            raise ProblemError(
                404, "the archive knows no Run of this uid or name; GET /v1/runs lists those it does"
            )
        return uid

    @router.get("/runs/{run}/logs", response_model_exclude_none=True)
    async def list_logs(_: Reader, uid: Annotated[str, Depends(find_uid)]) -> LogList:
        """The logs of a Run, by its uid or name: of all steps, attempts and containers."""
        return LogList(items=[_describe(known) for known in await keeper.list(uid)])

    @router.get("/runs/{run}/logs/{step}/{attempt}/{container}", response_class=Response)
    async def read_log(
        permit: Reader,
        request: Request,
        uid: Annotated[str, Depends(find_uid)],
        path: Annotated[LogPath, Depends()],
        query: Annotated[LogQuery, Query()],
    ) -> Response:
        """The log of one container, or a part of it, as its lines were printed."""
        wish = query.build_wish()
        reader = await keeper.open(path.build_key(uid))
        if reader is None:
            raise ProblemError(404, NO_LOG)
        try:
            start = await reader.find_start(wish)
            wanted = _read_range(request, query, reader.size)
        except BaseException:
            reader.close()
            raise
        return _answer(permit, reader, replace(wish, start=start), wanted)

    return router


def _answer(permit: Permit, reader: LogReader, wish: Wish, wanted: range | None) -> Response:
    """The log as a stream, whose length is said where it is known."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Longshore-Log-State": _get_state(reader.record),
        "Longshore-Log-Gaps": str(len(reader.record.gaps)),
    }
    if wanted is not None:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{reader.size}"
        wish = replace(wish, start=wanted.start, end=wanted.stop)
    elif wish.has_stamps and not wish.is_followed:
        headers["Accept-Ranges"] = "bytes"
        wish = replace(wish, end=reader.size)
    if wish.end is not None:
        headers["Content-Length"] = str(wish.end - wish.start)
    stream = permit.hold(reader.read(wish, wish.start))
    return StreamingResponse(stream, 206 if wanted is not None else 200, headers, _MEDIA_TYPE)


def _read_range(request: Request, query: LogQuery, size: int) -> range | None:
    """The bytes that are asked for; None: the request names none, or none that can be served.

    Raises ProblemError 416 where there are none such.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    is_whole = query.tail is None and query.since is None and not query.follow
    if found is None or not (query.timestamps and is_whole):
        return None
    first, last, tail = found.groups()
    start = max(0, size - int(tail)) if tail else int(first)
    stop = min(size, int(last) + 1) if last else size
    if start >= stop:
        raise ProblemError(416, f"the log has {size} bytes now", {"Content-Range": f"bytes */{size}"})
    return range(start, stop)


def _read_since(text: str) -> int:
    """Nanoseconds since 1970. Raises ProblemError 422."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return time.time_ns() - int(text) * SECOND
    # In a query a plus that is not encoded is a blank.
    found = read_time(text.replace(" ", "+").encode() + b" ")
    if found is None:
        raise ProblemError(422, "query since: RFC 3339, as 2026-05-01T00:00:00Z, or seconds, as 300")
    return found


def _describe(known: KnownLog) -> ArchivedLog:
    record, attempt = known.record, known.record.key.attempt
    return ArchivedLog(
        step=attempt.step,
        attempt=attempt.number,
        container=record.key.container,
        state=_get_state(record),
        bytes=record.bytes,
        lines=record.lines,
        start_time=record.started or None,
        message=known.message[:4096],
        gaps=[
            LogGap(offset=gap.offset, after=gap.since or None, before=gap.until or None, cause=gap.cause[:4096])
            for gap in record.gaps[:1000]
        ],
    )


def _get_state(record: Record) -> Literal["Open", "Complete"]:
    return "Open" if record.state == "Open" else "Complete"

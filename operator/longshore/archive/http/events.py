"""Events of a Run over HTTP, as pages or as a stream that goes on where it broke. Owns paths and formats.

GET /v1/runs/{run}/events?after=17&limit=100
GET /v1/runs/{run}/events?follow=true                with `Last-Event-ID: 17` after it broke
    the same with `Accept: text/event-stream`, as a browser's EventSource sends it: then `data` is one event in
    JSON, and `id` its id. The stream ends when the Run has; who asks again gets 204, which stops an EventSource.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from longshore.api.records import EventPage, EventRecord
from longshore.archive.http.callers import Permit, may_read_runs
from longshore.archive.http.lookups import RunName, find_run
from longshore.archive.journal.journals import Journal

STREAM = EventSourceResponse.media_type
KEEP_ALIVE_SECONDS = 15.0
"""Proxies give up on connections that are silent for a minute or less."""
NOT_STORED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
MOST = 2**53
"""Beyond it a number in JSON is not exact everywhere."""
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {STREAM: {"schema": {"type": "string"}}}, "description": "A page, or a stream"},
    204: {"description": "The Run has ended, and there are no events after this one: nothing to follow"},
}


class EventQuery(BaseModel):
    """Which events are asked for."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    after: Annotated[int, Field(ge=0, le=MOST)] = 0
    """Only those with greater ids."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """How many at most, of a page."""
    follow: bool = False
    """Whether to get them as they come, as a stream of server-sent events."""


class EventHeaders(BaseModel):
    """How they are asked for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    accept: str = ""
    """text/event-stream: as with `follow`."""
    last_event_id: Annotated[int | None, Field(ge=0, le=MOST)] = None
    """The last event that came before the stream broke; stands for `after`."""


def build_router(journal: Journal) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["events"])

    @router.get(
        "/runs/{run}/events", response_model=EventPage, response_model_exclude_none=True, responses=STREAMED
    )
    async def list_events(
        permit: Annotated[Permit, Depends(may_read_runs)],
        run: RunName,
        query: Annotated[EventQuery, Query()],
        headers: Annotated[EventHeaders, Header()],
    ) -> EventPage | Response:
        """What happened to a Run, in the order in which the archive learned of it."""
        uid = await find_run(journal, run)
        after = query.after if headers.last_event_id is None else headers.last_event_id
        if not query.follow and STREAM not in headers.accept:
            return await read_page(journal, uid, after, query.limit)
        if await journal.is_told(uid, after):
            return Response(status_code=204)
        stream = permit.hold(write_stream(journal, uid, after))
        return StreamingResponse(stream, headers=NOT_STORED, media_type=STREAM)

    return router


async def read_page(journal: Journal, uid: str, after: int, limit: int) -> EventPage:
    """Events as far as they fit, and where to go on."""
    events = await journal.list_events(uid, after, limit + 1)
    items = events[:limit]
    return EventPage(items=items, next=items[-1].id if len(events) > limit else None)


async def write_stream(journal: Journal, uid: str, after: int) -> AsyncGenerator[bytes, None]:
    """Events as they come, with a sign of life where none do. Ends with the Run."""
    async with aclosing(journal.follow(uid, after, KEEP_ALIVE_SECONDS)) as pages:
        async for events in pages:
            yield b"".join(map(write_event, events)) or KEEPALIVE_COMMENT


def write_event(event: EventRecord) -> bytes:
    """A server-sent event. It has no type of its own: so whoever listens gets those they do not know, too."""
    data = event.model_dump_json(by_alias=True, exclude_none=True)
    return format_sse_event(data_str=data, id=str(event.id))

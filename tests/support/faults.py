"""What can go wrong between a client and the API server; faulty_proxy.py says when."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from aiohttp import web
from support.exchanges import Exchange


class Fault(Protocol):
    """What happens to a call instead of being forwarded."""

    async def strike(self, exchange: Exchange) -> web.StreamResponse:
        """Answer the call, or do not."""


def do_nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The proxy answers with an error by itself; the API server sees nothing."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    async def strike(self, exchange: Exchange) -> web.StreamResponse:
        """Answer a Status, as the API server does."""
        del exchange
        status = {"kind": "Status", "apiVersion": "v1", "code": self.code, "reason": self.reason}
        return web.json_response(
            status | {"message": f"fault {self.code}"}, status=self.code, headers=self.headers
        )


@dataclass(frozen=True, slots=True)
class Delay:
    """The call takes longer by so many seconds."""

    seconds: float

    async def strike(self, exchange: Exchange) -> web.StreamResponse:
        """Wait, then forward."""
        await asyncio.sleep(self.seconds)
        return await exchange.relay(await exchange.forward())


@dataclass(frozen=True, slots=True)
class LoseRequest:
    """The connection breaks before the API server sees the call. `then` is called first: it may end a process."""

    then: Callable[[], None] = field(default=do_nothing, repr=False)

    async def strike(self, exchange: Exchange) -> NoReturn:
        """Break the connection."""
        self.then()
        await break_connection(exchange.request)


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """The call takes effect, but its answer is lost. `then` is called in between: it may end a process."""

    then: Callable[[], None] = do_nothing

    async def strike(self, exchange: Exchange) -> NoReturn:
        """Forward, wait for the answer, and break the connection."""
        await (await exchange.forward()).read()
        self.then()
        await break_connection(exchange.request)


@dataclass(frozen=True, slots=True)
class Cut:
    """A watch breaks after so many events; bookmarks count."""

    events: int = 0

    async def strike(self, exchange: Exchange) -> NoReturn:
        """Relay the events, and half of the next line, as a broken connection leaves it."""
        response = await relay_events(exchange, self.events)
        await response.write(b'{"type":"MODIF')
        await break_connection(exchange.request)


@dataclass(frozen=True, slots=True)
class Lag:
    """The events of a watch come so many seconds late."""

    seconds: float

    async def strike(self, exchange: Exchange) -> web.StreamResponse:
        """Relay what comes, but not at once."""
        upstream = await exchange.forward()
        response = await exchange.begin(upstream)
        async for chunk in upstream.content.iter_any():
            await asyncio.sleep(self.seconds)
            await response.write(chunk)
        return response


@dataclass(frozen=True, slots=True)
class Stall:
    """A watch falls silent after so many events, and stays open."""

    events: int = 0

    async def strike(self, exchange: Exchange) -> NoReturn:
        """Relay the events, then nothing until the client goes."""
        await relay_events(exchange, self.events)
        await hang()


@dataclass(frozen=True, slots=True)
class StreamError:
    """A watch tells of an error after so many events, and ends: 410 is what old versions get."""

    code: int = 410
    events: int = 0

    async def strike(self, exchange: Exchange) -> web.StreamResponse:
        """Relay the events, then an event of type ERROR."""
        response = await relay_events(exchange, self.events)
        status = {"kind": "Status", "code": self.code, "message": f"fault {self.code}"}
        await response.write(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
        return response


async def relay_events(exchange: Exchange, count: int) -> web.StreamResponse:
    """Relay so many lines of a watch."""
    upstream = await exchange.forward()
    response = await exchange.begin(upstream)
    for _ in range(count):
        await response.write(await upstream.content.readline())
    return response


async def break_connection(request: web.BaseRequest) -> NoReturn:
    """Reset the client's connection."""
    if request.transport:
        request.transport.abort()
    await hang()


async def hang() -> NoReturn:
    """Wait until the client has gone, which cancels the handler."""
    await asyncio.Event().wait()
    raise AssertionError("nothing sets the event")

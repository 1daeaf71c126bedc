"""Owns the sockets: one for callers with a token, one on loopback, and the server on both.

Which of the two a request came by is told by its socket alone, never by what it says.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from longshore.archive.http.protocols import BoundedProtocol
from longshore.archive.settings import ArchiveSettings
from longshore.errors import ArchiveError

LOOPBACK = "127.0.0.1"
MOST_CONNECTIONS = 1000
END_SECONDS = 5
"""For so long uploads and downloads may go on when the archive ends; streams that follow end at once."""


class Entrance:
    """Notes at each request whether it came by the loopback socket."""

    def __init__(self, app: ASGIApp, local: socket.socket) -> None:
        self._app = app
        self._local = tuple(local.getsockname())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        scope.setdefault("state", {})["is_local"] = tuple(scope.get("server") or ()) == self._local
        await self._app(scope, receive, send)


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Take no signal."""
        return nullcontext()


@asynccontextmanager
async def serve(app: FastAPI, settings: ArchiveSettings) -> AsyncIterator[tuple[int, int]]:
    """Serve both sockets while the body runs, which gets their ports. Raises ArchiveError where one is taken."""
    with _listen(settings.host, settings.port) as service, _listen(LOOPBACK, settings.local_port) as local:
        server = Server(_build_config(Entrance(app, local)))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([service, local]))
            try:
                yield service.getsockname()[1], local.getsockname()[1]
            finally:
                app.state.ending.set()
                server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        raise ArchiveError(f"port {port} of {host}: {error.strerror}") from error


def _build_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=END_SECONDS,
    )

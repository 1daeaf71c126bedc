"""Logs of containers as they come from the API server, in chunks of bytes. Must not look into them.

HTTP/1.0 is spoken, on a connection for each log: the kubelet flushes every line, which in HTTP/1.1 becomes a chunk
of its own, and chunks are taken apart one by one. And a connection is read now and then only, so that the kernel
gathers what comes meanwhile. Together they cost a quarter of what it costs to take each line when it comes.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Self

import aiohttp

from longshore.cluster.connections import Connection
from longshore.cluster.resources import PODS
from longshore.cluster.responses import parse_failure, parse_object
from longshore.errors import UnauthorizedError, UnavailableError

PAUSE_SECONDS = 0.15
"""Between two reads of a log of which there is not much."""
MUCH = 64 * 1024
NOT_FOUND = 404
CONNECT_SECONDS = 30
SILENT_SECONDS = 300
"""After so long without a line the log is asked for anew, as its connection may lead nowhere."""
KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
_BUFFER = 1024
"""Bytes beyond which aiohttp reads no more of a connection; what was read at once is kept whole."""


@dataclass(frozen=True, slots=True)
class LogCall:
    """Which log, and which part of it; each line comes with its time."""

    namespace: str
    pod: str
    container: str
    since: str | None = None
    """RFC 3339, whole seconds."""
    is_followed: bool = False
    """Whether it goes on until the container ends."""
    is_previous: bool = False
    """Whether it is that of the container before it was started anew."""

    def build_params(self) -> dict[str, str]:
        """The query."""
        flags = {"follow": self.is_followed, "previous": self.is_previous}
        since = {"sinceTime": self.since} if self.since else {}
        named = {"container": self.container, "timestamps": "true", **since}
        return named | {name: "true" for name, is_set in flags.items() if is_set}


class PodLogs:
    """Reads logs from one API server. Made within a running event loop; closed by `async with`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connector = aiohttp.TCPConnector(
            ssl=connection.ssl_context, limit=0, force_close=True, socket_factory=_build_socket
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            proxy=connection.proxy,
            version=aiohttp.HttpVersion10,
            read_bufsize=_BUFFER,
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def read(self, call: LogCall) -> AsyncGenerator[bytes, None]:
        """What comes of a log, until it ends or falls silent for long; which does not tell that all has come.

        Raises ClusterError: InvalidError for a container that has no log now, NotFoundError for a pod that is
        gone, UnavailableError with a cause where it is the API server that can't be reached.
        """
        headers = await self._connection.headers()
        try:
            async with self._request(call, headers) as response:
                if response.status >= 400:
                    raise parse_failure(response.status, await response.read(), response.headers)
                async for chunk in _read_chunks(response.content):
                    yield chunk
        except aiohttp.SocketTimeoutError:
            return
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(f"log of {call.pod}: {error or type(error).__name__}") from error
        except UnauthorizedError:
            await self._connection.renew(headers)
            raise

    async def has_pod(self, namespace: str, pod: str, uid: str) -> bool:
        """Whether the API server has this very pod: "not found" may be a kubelet that has just started.

        Raises ClusterError.
        """
        headers = await self._connection.headers()
        try:
            async with self._get(PODS.path(namespace, pod), {}, headers) as response:
                body = await response.read()
                if response.status == NOT_FOUND:
                    return False
                if response.status >= 400:
                    raise parse_failure(response.status, body, response.headers)
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(f"pod {pod}: {error or type(error).__name__}") from error
        return bool(parse_object(body).get("metadata", {}).get("uid") == uid)

    def _request(self, call: LogCall, headers: dict[str, str]) -> "aiohttp.client._RequestContextManager":
        return self._get(PODS.path(call.namespace, call.pod, "log"), call.build_params(), headers)

    def _get(
        self, path: str, params: dict[str, str], headers: dict[str, str]
    ) -> "aiohttp.client._RequestContextManager":
        return self._session.get(
            self._connection.base_url + path,
            params=params,
            headers=headers | {"User-Agent": "longshore"},
            server_hostname=self._connection.server_hostname,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS),
        )


async def _read_chunks(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await content.readany():
        yield chunk
        if len(chunk) < MUCH:
            await asyncio.sleep(PAUSE_SECONDS)


def _build_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """A socket that notices when nobody is there any more."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made

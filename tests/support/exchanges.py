"""One call on its way through the faulty proxy."""

from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from longshore.cluster.connections import Connection
from multidict import CIMultiDict
from yarl import URL

# These belong to one connection, so they are not passed on.
HOP_HEADERS = {"host", "connection", "transfer-encoding", "content-length", "keep-alive"}
VERBS = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}


@dataclass(slots=True)
class SeenCall:
    """A call that came: `resource` is `pods` or `runs/status`; `code` is 0 until answered."""

    verb: str
    resource: str
    namespace: str
    name: str
    code: int = 0


def parse_call(method: str, url: URL) -> SeenCall:
    """What a request asks of the API; the resource of a path outside of it is the path."""
    parts = url.path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    resource, name, subresource = (*rest, "", "", "")[:3]
    target = f"{resource}/{subresource}" if subresource else resource or url.path
    reading = "watch" if url.query.get("watch") in ("true", "1") else "get" if name else "list"
    return SeenCall(VERBS.get(method, reading), target, namespace, name)


def pick_headers(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    """The headers that are passed on."""
    return CIMultiDict((key, value) for key, value in headers if key.lower() not in HOP_HEADERS)


class Exchange:
    """What a fault may do with a call; `close` ends its part with the API server."""

    def __init__(self, request: web.BaseRequest, session: aiohttp.ClientSession, upstream: Connection) -> None:
        self.request = request
        self._session = session
        self._upstream = upstream
        self._response: aiohttp.ClientResponse | None = None

    async def forward(self) -> aiohttp.ClientResponse:
        """Send the request on, as the kubeconfig's user where the caller is nobody; the body is yet to be read."""
        headers = pick_headers(self.request.headers.items())
        if "Authorization" not in headers:
            headers.extend(await self._upstream.headers())
        url = URL(self._upstream.base_url + self.request.raw_path, encoded=True)
        body = await self.request.read() or None
        self._response = await self._session.request(self.request.method, url, headers=headers, data=body)
        return self._response

    async def begin(self, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
        """Send back the head of a response; the caller writes the body."""
        response = web.StreamResponse(status=upstream.status, headers=pick_headers(upstream.headers.items()))
        await response.prepare(self.request)
        return response

    async def relay(self, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
        """Send a response back, as it comes."""
        response = await self.begin(upstream)
        async for chunk in upstream.content.iter_any():
            await response.write(chunk)
        return response

    def close(self) -> None:
        """End the call to the API server, if it still runs, without waiting for it to agree."""
        if self._response and self._response.connection and self._response.connection.transport:
            self._response.connection.transport.abort()

"""A reverse proxy before an API server that counts calls and, by rules, makes them go wrong.

It speaks plain HTTP on loopback. A caller without credentials acts as the kubeconfig's user; one with a token
acts as himself. It streams watches; it does not carry exec, attach and port-forward.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp
from aiohttp import web
from longshore.cluster.connections import Connection, connect
from support.exchanges import Exchange, SeenCall, parse_call
from support.faults import Fault
from support.kubeconfigs import write_kubeconfig


@dataclass(slots=True)
class Rule:
    """Strikes `times` calls that match, after `skip` that pass. An empty verb or resource is any."""

    fault: Fault
    verb: str = ""
    resource: str = ""
    skip: int = 0
    times: int = 1

    def takes(self, call: SeenCall) -> bool:
        """Whether the fault strikes this call; counts it."""
        if self.verb not in ("", call.verb) or self.resource not in ("", call.resource):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


class FaultyProxy:
    """The proxy. `calls` is what came, in order. Of the `rules` the first that matches strikes."""

    def __init__(self, upstream: Connection) -> None:
        self.calls: list[SeenCall] = []
        self.rules: list[Rule] = []
        self.port = 0
        self._upstream = upstream
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=upstream.ssl_context, limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        self._runner: web.ServerRunner | None = None

    @classmethod
    async def before(cls, kubeconfig: Path) -> Self:
        """A proxy before the API server of the kubeconfig, acting as its user; it listens within `async with`."""
        return cls(await connect(kubeconfig))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._session.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; after `stop` on the same port again."""
        server = web.Server(self._handle, handler_cancellation=True)
        # aiohttp takes a zero for no limit, and would wait until the clients of open watches go.
        self._runner = web.ServerRunner(server, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Break all connections and refuse new ones, as a stopped API server does."""
        if self._runner:
            await self._runner.cleanup()

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Within, there is no API server."""
        await self.stop()
        yield
        await self.start()

    def add(self, fault: Fault, verb: str = "", resource: str = "", skip: int = 0, times: int = 1) -> Rule:
        """Add a rule."""
        self.rules.append(Rule(fault, verb, resource, skip, times))
        return self.rules[-1]

    def count(self) -> Counter[tuple[str, str]]:
        """How many calls came, by verb and resource."""
        return Counter((call.verb, call.resource) for call in self.calls)

    def write_kubeconfig(self, path: Path, token: str = "") -> Path:
        """Write a kubeconfig that leads here; without `token` the caller acts as the proxy's own user."""
        return write_kubeconfig(path, self.url, token)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        call = parse_call(request.method, request.url)
        self.calls.append(call)
        exchange = Exchange(request, self._session, self._upstream)
        rule = next((rule for rule in self.rules if rule.takes(call)), None)
        try:
            response = await (rule.fault.strike(exchange) if rule else exchange.relay(await exchange.forward()))
            call.code = response.status
            return response
        finally:
            exchange.close()

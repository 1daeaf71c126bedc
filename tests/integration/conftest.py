"""A real API server for the session; for each test a namespace of its own, and a faulty proxy where asked for."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest
from longshore.cluster.connections import connect
from longshore.cluster.transports import Transport
from support.api_server import ApiServer, run_api_server
from support.conditions import eventually
from support.faulty_proxy import FaultyProxy


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server without nodes and controllers."""
    with run_api_server(tmp_path_factory.mktemp("api-server")) as server:
        yield server


@pytest.fixture
def namespace(api_server: ApiServer) -> str:
    """A namespace that no other test uses. It stays: nothing here could finish deleting it."""
    name = f"test-{secrets.token_hex(4)}"
    api_server.kubectl("create", "namespace", name)
    return name


@pytest.fixture
async def _sockets() -> AsyncIterator[None]:
    """In the end all sockets are closed, which takes a moment: both sides of TLS have to agree."""

    async def all_closed() -> bool:
        # The loop itself has one, by which threads wake it.
        return len(cast("Any", asyncio.get_running_loop())._selector.get_map()) == 1

    yield
    await eventually(all_closed)


@pytest.fixture
async def admin(api_server: ApiServer, _sockets: None) -> AsyncIterator[Transport]:
    """Calls as administrator, by no proxy."""
    async with Transport(await connect(api_server.kubeconfig())) as transport:
        yield transport


@pytest.fixture
async def proxy(api_server: ApiServer, _sockets: None) -> AsyncIterator[FaultyProxy]:
    """A proxy without rules before the API server; a caller without credentials is the administrator."""
    async with await FaultyProxy.before(api_server.kubeconfig()) as proxy:
        yield proxy

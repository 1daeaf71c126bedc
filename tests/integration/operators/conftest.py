"""An API server of its own for operators, so that no other test meets their CRDs."""

import asyncio
from collections.abc import Iterator

import pytest
from support.api_server import ApiServer, run_api_server
from support.worlds import install_crds


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server that knows Longshore's kinds; it has no nodes and no controllers."""
    with run_api_server(tmp_path_factory.mktemp("operators")) as server:
        asyncio.run(install_crds(server))
        yield server

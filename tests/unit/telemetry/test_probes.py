"""What the kubelet and Prometheus are answered over HTTP."""

import aiohttp
import pytest
from longshore.telemetry.metrics import Metrics
from longshore.telemetry.probes import serve_probes
from support.api_server import find_free_port


async def ask(path: str, ready: str = "") -> tuple[int, str, str]:
    """Code, content type and text of an answer."""
    port = find_free_port()
    async with (
        serve_probes(("127.0.0.1", port), Metrics().registry, alive=lambda: "", ready=lambda: ready),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, response.content_type, await response.text()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_all_is_well(path: str) -> None:
    assert await ask(path) == (200, "text/plain", "ok\n")


async def test_what_is_wrong_is_said() -> None:
    assert await ask("/readyz", "CRD x is missing") == (503, "text/plain", "CRD x is missing\n")
    assert await ask("/healthz", "CRD x is missing") == (200, "text/plain", "ok\n")


async def test_metrics_are_served() -> None:
    code, kind, text = await ask("/metrics")
    assert (code, kind) == (200, "text/plain")
    assert "# TYPE longshore_edge_seconds histogram" in text


async def test_nothing_else_is() -> None:
    assert (await ask("/"))[0] == 404

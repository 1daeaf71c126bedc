"""Owns the HTTP server for probes and Prometheus. Must not judge health: it asks those who know."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Check = Callable[[], str]
"""Why it is not well, or empty."""
Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serve_probes(
    address: tuple[str, int], registry: CollectorRegistry, *, alive: Check, ready: Check
) -> AsyncIterator[None]:
    """Serve /healthz, /readyz and /metrics for as long as the body runs."""
    app = web.Application()
    app.router.add_get("/healthz", _build_check(alive))
    app.router.add_get("/readyz", _build_check(ready))
    app.router.add_get("/metrics", _build_exposition(registry))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, *address).start()
        yield
    finally:
        await runner.cleanup()


def _build_check(check: Check) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        problem = check()
        return web.Response(status=503 if problem else 200, text=f"{problem or 'ok'}\n")

    return answer


def _build_exposition(registry: CollectorRegistry) -> Handler:
    async def expose(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return expose

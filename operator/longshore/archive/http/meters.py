"""Counts requests. Labels are routes as they are written, never paths, of which there are too many."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Meter:
    """Counts what the application answers, and how long until its first byte."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "longshore_archive_requests", "Requests.", ("method", "route", "code"), registry=registry
        )
        self._seconds = Histogram(
            "longshore_archive_request_seconds", "Until an answer begins.", ("method", "route"), registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when its answer begins."""
        start = time.monotonic()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                method, route = scope["method"], _get_route(scope)
                self._requests.labels(method, route, str(message["status"])).inc()
                self._seconds.labels(method, route).observe(time.monotonic() - start)
            await send(message)

        await self._app(scope, receive, watch)


def _get_route(scope: Scope) -> str:
    route: str = getattr(scope.get("route"), "path", "")
    return route or "none"

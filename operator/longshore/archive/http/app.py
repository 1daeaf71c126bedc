"""Puts the routes together into one application. Must not know what they do."""

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from longshore.archive.http.guards import Guard
from longshore.archive.http.limits import Limits
from longshore.archive.http.meters import Meter
from longshore.archive.http.problems import PROBLEMS, add_handlers

VERSION = "v1"
DESCRIPTION = """Logs, artifacts, events and Runs of one namespace.

Through the Service `archive` each request carries a token of the cluster. Through `kubectl port-forward` none is
needed: who may forward a port to this pod may read."""


def build_app(routers: Iterable[APIRouter], guard: Guard, registry: CollectorRegistry | None = None) -> FastAPI:
    """The application with these routes below /v1; its description at /v1/openapi.json is for everybody."""
    app = _build_routes(routers)
    app.state.guard = guard
    app.state.ending = asyncio.Event()
    add_handlers(app)
    app.add_middleware(Limits)
    app.add_middleware(Meter, registry=registry or CollectorRegistry())
    return app


def describe(routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The description of these routes in OpenAPI 3.1."""
    return _build_routes(routers).openapi()


def _build_routes(routers: Iterable[APIRouter]) -> FastAPI:
    app = FastAPI(
        title="Longshore archive",
        version=VERSION,
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    for router in routers:
        app.include_router(router, prefix="/v1")
    return app

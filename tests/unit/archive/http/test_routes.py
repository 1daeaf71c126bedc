"""All routes that there are: none answers a stranger."""

import re

import pytest
from fastapi.routing import APIRoute
from longshore.schemas.interfaces import list_routers
from support.archives.http import run_site

ROUTERS = list(list_routers())
# What a path may be, so that it is the caller that is looked at.
EXAMPLES = {"attempt": "1", "number": "0"}
ROUTES = sorted(
    (method, re.sub(r"{(\w+)(:path)?}", lambda found: EXAMPLES.get(found[1], "a"), route.path))
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
)


def test_there_are_routes() -> None:
    assert ("GET", "/steps/a/a/1/caches") in ROUTES


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_stranger_gets_nothing(method: str, path: str) -> None:
    async with run_site(*ROUTERS) as site:
        assert (await site.send(method, f"{site.service}/v1{path}"))[0] == 401
        assert (await site.send(method, f"{site.service}/v1{path}", "garbage"))[0] == 401


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1].startswith("/steps")])
async def test_whoever_forwards_a_port_is_no_step(method: str, path: str) -> None:
    async with run_site(*ROUTERS) as site:
        assert (await site.send(method, f"{site.local}/v1{path}"))[0] == 401


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if not route[1].startswith("/steps")])
def test_whoever_forwards_a_port_reads_only(method: str, path: str) -> None:
    assert method in {"GET", "HEAD"}, path

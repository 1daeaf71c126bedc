"""The archive's HTTP interface over real sockets: who gets in by which, limits, errors, and its end."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

import aiohttp
import pytest
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from longshore.archive.http import callers
from longshore.archive.http.app import build_app
from longshore.archive.http.callers import Permit, is_step, may_read_logs, may_read_runs
from longshore.archive.http.guards import Guard
from longshore.archive.http.servers import serve
from longshore.archive.places import AttemptKey
from longshore.archive.settings import ArchiveSettings
from longshore.errors import ArchiveError, StorageFullError
from prometheus_client import CollectorRegistry
from support.archives.http import FakeReviewer, Site, run_site
from support.conditions import eventually

KEY = AttemptKey("u-1", "test[0]", 2)
OWN = "/v1/steps/u-1/test%5B0%5D/2/own"
SEE = "/v1/openapi.json tells what there is"
INVALID = "query limit: Input should be a valid integer, unable to parse string as an integer"
router = APIRouter()


@router.get("/runs")
async def list_runs(permit: Annotated[Permit, Depends(may_read_runs)], limit: int = 1) -> list[str]:
    return [type(permit.caller).__name__] * limit


@router.get("/logs")
async def follow(permit: Annotated[Permit, Depends(may_read_logs)]) -> StreamingResponse:
    async def lines() -> AsyncGenerator[bytes, None]:
        yield b"first\n"
        await asyncio.Event().wait()

    return StreamingResponse(permit.hold(lines()))


@router.put("/steps/{run_uid}/{step}/{attempt}/own")
async def put_own(key: Annotated[AttemptKey, Depends(is_step)], request: Request) -> int:
    assert key == KEY
    return sum([len(part) async for part in request.stream()])


@router.get("/full")
async def fill() -> None:
    raise StorageFullError("no room; raise the quota")


@router.get("/fault")
async def break_down() -> None:
    raise RuntimeError("a secret of the inside")


@pytest.fixture
def reviewer() -> FakeReviewer:
    return FakeReviewer()


@pytest.fixture
async def site(reviewer: FakeReviewer) -> AsyncIterator[Site]:
    async with run_site(router, reviewer=reviewer) as site:
        yield site


async def test_loopback_needs_no_token(site: Site) -> None:
    assert await site.ask_locally("/v1/runs") == (200, ["LocalCaller"])


async def test_the_service_needs_one(site: Site, reviewer: FakeReviewer) -> None:
    code, problem = await site.ask("/v1/runs")
    assert (code, problem["title"], problem["status"]) == (401, "Unauthorized", 401)
    assert "Bearer" in problem["detail"]
    token = reviewer.add_person("ann", "get runs.longshore.dev")
    assert await site.ask("/v1/runs", token) == (200, ["Person"])
    assert (await site.ask("/v1/logs", token))[0] == 403


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Host", "X-Forwarded-Host"])
async def test_no_header_makes_a_caller_local(site: Site, name: str) -> None:
    assert (await site.ask("/v1/runs", headers={name: site.local.removeprefix("http://")}))[0] == 401


async def test_a_page_that_resolves_its_name_to_loopback(site: Site) -> None:
    code, problem = await site.ask_locally("/v1/runs", headers={"Host": "evil.example:8082"})
    assert (code, problem["detail"]) == (403, "through a forwarded port call the archive `localhost` or 127.0.0.1")


async def test_a_step_reaches_its_own(site: Site, reviewer: FakeReviewer) -> None:
    url = site.service + OWN
    assert await site.send("PUT", url, reviewer.add_step(KEY), data=b"12345") == (200, 5)
    other = reviewer.add_step(AttemptKey("u-1", "test[0]", 3))
    assert (await site.send("PUT", url, other, data=b"12345"))[0] == 403
    assert (await site.send("PUT", url))[0] == 401
    assert (await site.send("PUT", site.local + OWN))[0] == 401


@pytest.mark.parametrize(
    "path", ["/v1/steps/u-1/..%2F..%2Fetc/1/own", "/v1/steps/u-1/A/1/own", "/v1/steps/u-1/a/x/own"]
)
async def test_what_is_no_attempt(site: Site, reviewer: FakeReviewer, path: str) -> None:
    code, problem = await site.send("PUT", site.service + path, reviewer.add_step(KEY))
    assert code in {404, 422}
    assert "etc" not in problem["detail"] or "openapi.json" in problem["detail"]


@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("/v1/nothing", 404, f"GET /v1/nothing: Not Found; {SEE}"),
        ("/v1/steps/u/a/1/own", 405, f"GET /v1/steps/u/a/1/own: Method Not Allowed; {SEE}"),
        (
            "/v1/runs?limit=x",
            422,
            INVALID,
        ),
        ("/v1/full", 507, "no room; raise the quota"),
        ("/v1/fault", 500, "a fault of the archive; its log tells more"),
    ],
)
async def test_errors_are_problems(site: Site, path: str, code: int, detail: str) -> None:
    async with site.session.get(site.local + path) as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["status"], problem["detail"]) == (code, code, detail)


async def test_a_body_where_none_is_taken(site: Site) -> None:
    assert (await site.ask_locally("/v1/runs", data=b"x"))[0] == 413


async def talk(url: str, *parts: bytes) -> bytes:
    """Send raw bytes, and read until the other side closes."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_head_that_is_too_large(site: Site) -> None:
    # By and by, as one packet may be large: what counts is that it ends.
    answer = await talk(site.local, b"GET /v1/runs HTTP/1.1\r\nX: ", *[b"x" * 65536] * 20)
    assert not answer.startswith(b"HTTP/1.1 200")


async def test_a_head_that_does_not_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.archive.http.protocols.HEAD_SECONDS", 0.1)
    assert await talk(site.local, b"GET /v1/runs HTTP/1.1\r\nX: ") == b""
    assert await talk(site.local) == b""


async def test_a_body_that_does_not_go_on(
    site: Site, reviewer: FakeReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.archive.http.limits.STALL_SECONDS", 0.1)
    head = f"PUT {OWN} HTTP/1.1\r\nHost: archive\r\nAuthorization: Bearer {reviewer.add_step(KEY)}\r\n"
    answer = await talk(site.service, f"{head}Content-Length: 10\r\n\r\nonly".encode())
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"send the rest again" in answer


async def test_a_stream_ends_when_the_right_is_gone(
    site: Site, reviewer: FakeReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr("longshore.archive.http.guards.GRANTED_SECONDS", 0)
    token = reviewer.add_person("ann", "get pods/log")
    async with site.session.get(
        site.service + "/v1/logs", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert await response.content.readline() == b"first\n"
        asked = len(reviewer.asked)

        async def is_renewed() -> bool:
            return len(reviewer.asked) > asked

        await eventually(is_renewed)
        reviewer.rights.clear()
        assert await response.content.read() == b""


async def test_the_end_waits_for_no_stream() -> None:
    async with aiohttp.ClientSession() as session:
        async with run_site(router) as site:
            response = await session.get(site.local + "/v1/logs")
            assert await response.content.readline() == b"first\n"
        async with response:
            assert await response.content.read() == b""


async def test_a_port_that_is_taken(site: Site) -> None:
    port = int(site.service.rpartition(":")[2])
    settings = ArchiveSettings(namespace="n", host="127.0.0.1", port=port, local_port=0)
    with pytest.raises(ArchiveError, match=f"port {port} of 127.0.0.1: Address already in use"):
        async with serve(build_app((), Guard(FakeReviewer())), settings):
            pass


async def test_the_description_is_open(site: Site) -> None:
    code, description = await site.ask("/v1/openapi.json")
    assert (code, description["openapi"][:3]) == (200, "3.1")
    operation: dict[str, Any] = description["paths"]["/v1/runs"]["get"]
    assert operation["security"] == [{"HTTPBearer": []}]
    assert set(operation["responses"]) == {"200", "401", "403", "404", "422", "503"}


async def test_requests_are_counted_by_route() -> None:
    registry = CollectorRegistry()
    settings = ArchiveSettings(namespace="n", host="127.0.0.1", port=0, local_port=0)
    app = build_app([router], Guard(FakeReviewer()), registry)
    async with serve(app, settings) as (_, local), aiohttp.ClientSession() as session:
        for path in (OWN, "/v1/runs", "/v1/../../etc/passwd"):
            async with session.get(f"http://127.0.0.1:{local}{path}") as response:
                await response.read()
    labels = {
        (sample.labels["route"], sample.labels["code"])
        for metric in registry.collect()
        for sample in metric.samples
        if re.fullmatch("longshore_archive_requests_total", sample.name)
    }
    assert labels == {("/steps/{run_uid}/{step}/{attempt}/own", "405"), ("/runs", "200"), ("none", "404")}

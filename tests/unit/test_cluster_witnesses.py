"""Asking an archive over real sockets: what is sent, and what is made of the answer, whoever gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiohttp import web
from longshore.cluster.transports import Transport
from longshore.cluster.witnesses import LONGEST_ANSWER, Account, ArchiveWitness
from longshore.errors import NotFoundError, UnavailableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeTokens:
    """An API server that gives tokens, and keeps what for."""

    def __init__(self) -> None:
        self.audiences: list[str] = []

    async def create_within(self, resource: Any, namespace: str, name: str, subresource: str, obj: Any) -> Any:
        """A token."""
        assert (resource.plural, namespace, name, subresource) == (
            "serviceaccounts",
            "system",
            "operator",
            "token",
        )
        [audience] = obj["spec"]["audiences"]
        self.audiences.append(audience)
        return {"status": {"token": f"for-{audience}"}}


@asynccontextmanager
async def run_archive(answer: Handler) -> AsyncIterator[tuple[ArchiveWitness, FakeTokens]]:
    """An archive that answers so, and who asks it."""
    app, tokens = web.Application(), FakeTokens()
    app.router.add_get("/{namespace}/v1/pods/{pod}", answer)
    app.router.add_get("/{namespace}/v1/storage", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}/{{namespace}}"
    async with ArchiveWitness(cast("Transport", tokens), Account("system", "operator"), url) as witness:
        try:
            yield witness, tokens
        finally:
            await runner.cleanup()


async def test_each_archive_is_asked_with_a_token_that_no_other_takes() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path, "token": request.headers["Authorization"]})

    async with run_archive(answer) as (witness, tokens):
        told = [await witness.recall(namespace, "pod-1") for namespace in ("blue", "red", "blue")]
    assert told[0] == {"path": "/blue/v1/pods/pod-1", "token": "Bearer for-blue.archive.longshore.dev"}
    assert told[1] == {"path": "/red/v1/pods/pod-1", "token": "Bearer for-red.archive.longshore.dev"}
    assert tokens.audiences == ["blue.archive.longshore.dev", "red.archive.longshore.dev"]


async def test_the_room_is_asked_for_in_the_same_way() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path})

    async with run_archive(answer) as (witness, tokens):
        assert await witness.measure("blue") == {"path": "/blue/v1/storage"}
        assert tokens.audiences == ["blue.archive.longshore.dev"]


async def test_a_pod_that_was_never_seen() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"title": "no such pod"}, status=404)

    async with run_archive(answer) as (witness, _):
        with pytest.raises(NotFoundError, match="of blue knows nothing of pods/pod-1"):
            await witness.recall("blue", "pod-1")


async def _redirect(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"})


async def _fail(_: web.Request) -> web.Response:
    return web.Response(status=503, text="not yet")


async def _talk(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(LONGEST_ANSWER // 65536 + 2):
        await response.write(b" " * 65536)
    return response


@pytest.mark.parametrize(
    ("answer", "told"),
    [(_redirect, "HTTP 302"), (_fail, "HTTP 503: b'not yet'"), (_talk, "no JSON"), (_flood, "is longer than")],
)
async def test_what_is_no_answer(answer: Handler, told: str) -> None:
    async with run_archive(answer) as (witness, _):
        with pytest.raises(UnavailableError, match=told):
            await witness.recall("blue", "pod-1")


async def test_an_archive_that_sleeps() -> None:
    async with ArchiveWitness(
        cast("Transport", FakeTokens()), Account("system", "operator"), "http://127.0.0.1:1/{namespace}"
    ) as witness:
        with pytest.raises(UnavailableError, match="the archive of blue"):
            await witness.recall("blue", "pod-1")

"""Logs over HTTP: the same call for one that goes on and one that is compressed; parts, refusals, headers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from longshore.archive.http.logs import build_router
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.logs import LogSite, StubPod, build_key, run_log_site
from support.conditions import eventually

PATH = "/v1/runs/run/logs/a/1/step"
RIGHTS = "get pods/log"


class Journal:
    """Knows one Run."""

    async def find_run(self, run: str) -> str | None:
        """Its uid."""
        return "u" if run in {"u", "run"} else None


@dataclass
class Served:
    """A keeper of logs, and its routes."""

    logs: LogSite
    site: Site
    pod: StubPod

    async def get(self, query: str = "", **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        """The log, or a part of it."""
        async with self.site.session.get(f"{self.site.local}{PATH}{query}", headers=headers) as response:
            return response.status, response.headers, await response.read()

    async def end(self) -> None:
        """The container ends, and its log is compressed."""
        self.logs.add(self.pod).end()
        self.logs.keeper.follow(self.pod.end())
        await self.wait_sealed()

    async def wait_sealed(self) -> None:
        """Return once the log is compressed."""
        path = self.logs.get_path(build_key())

        async def is_sealed() -> bool:
            return path.with_suffix(".gz").exists() and not path.exists()

        await eventually(is_sealed)


def write(first: int, count: int) -> bytes:
    """Lines, one a second, that say which they are."""
    return b"".join(
        b"2026-01-01T00:%02d:%02d.500000000Z line %d\n" % (n // 60, n % 60, n) for n in range(first, first + count)
    )


@pytest.fixture(params=["open", "sealed"])
async def served(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """A log of ten lines, which goes on or is compressed."""
    async with run_log_site(tmp_path) as logs:
        pod = StubPod()
        logs.add(pod).print(write(0, 10))
        if request.param == "sealed":
            logs.add(pod).end()
            pod.end()
        logs.keeper.follow(pod.build())
        await logs.wait_text(build_key(), write(0, 10))
        router: Any = build_router(logs.keeper, Journal())  # type: ignore[arg-type]
        async with run_site(router) as site:
            made = Served(logs, site, pod)
            if request.param == "sealed":
                await made.wait_sealed()
            yield made


TEXT = b"".join(b"line %d\n" % n for n in range(10))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", TEXT),
        ("?timestamps=true", write(0, 10)),
        ("?tail=0", b""),
        ("?tail=1", b"line 9\n"),
        ("?tail=3", b"line 7\nline 8\nline 9\n"),
        ("?tail=100", TEXT),
        ("?since=2026-01-01T00:00:08Z", b"line 8\nline 9\n"),
        ("?since=2026-01-01T00:00:08.6Z", b"line 9\n"),
        ("?since=2026-01-01T01:00:08.4+01:00", b"line 8\nline 9\n"),
        ("?since=2025-01-01T00:00:00Z", TEXT),
        ("?since=2100-01-01T00:00:00Z", b""),
        ("?since=5", b""),
        ("?since=2026-01-01T00:00:05Z&tail=2&timestamps=true", write(8, 2)),
    ],
)
async def test_parts(served: Served, query: str, text: bytes) -> None:
    status, headers, body = await served.get(query)
    assert (status, body) == (200, text)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Longshore-Log-Gaps"] == "0"


@pytest.mark.parametrize(
    ("wanted", "told", "text"),
    [
        ("bytes=0-4", "bytes 0-4/380", b"2026-"),
        ("bytes=38-", "bytes 38-379/380", write(1, 9)),
        ("bytes=-7", "bytes 373-379/380", b"line 9\n"),
        ("bytes=370-9999", "bytes 370-379/380", write(0, 10)[370:]),
    ],
)
async def test_ranges(served: Served, wanted: str, told: str, text: bytes) -> None:
    status, headers, body = await served.get("?timestamps=true", Range=wanted)
    assert (status, headers["Content-Range"], body) == (206, told, text)


@pytest.mark.parametrize(
    ("query", "wanted", "status"),
    [
        ("?timestamps=true", "bytes=380-", 416),
        ("?timestamps=true", "bytes=5-3", 416),
        # A server need not serve a range; without times it would not know where it lies.
        ("", "bytes=0-4", 200),
        ("?timestamps=true&tail=1", "bytes=0-4", 200),
        ("?timestamps=true", "lines=0-4", 200),
        ("?timestamps=true", "bytes=0-1,3-4", 200),
    ],
)
async def test_ranges_that_are_not_served(served: Served, query: str, wanted: str, status: int) -> None:
    assert (await served.get(query, Range=wanted))[0] == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/runs/other/logs", 404),
        ("/v1/runs/other/logs/a/1/step", 404),
        ("/v1/runs/run/logs/b/1/step", 404),
        ("/v1/runs/run/logs/a/2/step", 404),
        ("/v1/runs/run/logs/a/1/other", 404),
        ("/v1/runs/run/logs/a/0/step", 404),
        ("/v1/runs/run/logs/a/1/..%2F..%2Fstep", 404),
        ("/v1/runs/run/logs/..%2F../1/step", 404),
        ("/v1/runs/run/logs/a/1/step%0d%0aX: y", 404),
        ("/v1/runs/run/logs/a/x/step", 422),
        (f"{PATH}?tail=-1", 422),
        (f"{PATH}?since=yesterday", 422),
        (f"{PATH}?since=2026-99-99T00:00:00Z", 422),
        (f"{PATH}?pretty=true", 422),
    ],
)
async def test_refusals(served: Served, path: str, status: int) -> None:
    assert (await served.site.ask_locally(path))[0] == status


async def test_the_list_tells_what_there_is(served: Served) -> None:
    _, answer = await served.site.ask_locally("/v1/runs/run/logs")
    [item] = answer["items"]
    state = item.pop("state")
    assert state == ("Complete" if served.pod.phase == "Succeeded" else "Open")
    assert item == {
        "step": "a",
        "attempt": 1,
        "container": "step",
        "bytes": 380,
        "lines": 10,
        "startTime": "2026-01-01T00:00:00Z",
        "message": "",
        "gaps": [],
    }


async def test_who_may_not_read_logs_of_pods_is_refused(served: Served) -> None:
    reviewer = FakeReviewer()
    able, unable = reviewer.add_person("able", RIGHTS), reviewer.add_person("unable", "get runs.longshore.dev")
    async with run_site(build_router(served.logs.keeper, Journal()), reviewer=reviewer) as site:  # type: ignore[arg-type]
        assert [(await site.ask(PATH, token))[0] for token in (able, unable, "")] == [200, 403, 401]


@pytest.mark.parametrize("served", ["open"], indirect=True)
async def test_a_follower_gets_what_is_printed_and_an_end(served: Served) -> None:
    url = f"{served.site.local}{PATH}?follow=true&tail=1"
    async with served.site.session.get(url) as response:
        assert await response.content.readline() == b"line 9\n"
        served.logs.add(served.pod).print(write(10, 1))
        assert await asyncio.wait_for(response.content.readline(), 10) == b"line 10\n"
        await served.end()
        assert await asyncio.wait_for(response.content.read(), 10) == b""

"""When heartbeats are read, and what happens where they can't be."""

import asyncio
import logging
from collections.abc import Mapping

import pytest
from longshore.errors import ForbiddenError
from longshore.reconcile.pools import heartbeats
from longshore.reconcile.pools.heartbeats import NodeHeartbeats
from longshore.reconcile.stores import ObjectStore
from support.objects import NAMESPACE, build_object
from support.tasks import beside

TIMES = {"n1": "2025-06-01T12:00:00.000000Z"}


class Source:
    """Tells them, or refuses."""

    def __init__(self, *, is_forbidden: bool = False) -> None:
        self.reads = 0
        self.read_thrice = asyncio.Event()
        self._is_forbidden = is_forbidden

    async def list_heartbeats(self) -> Mapping[str, str]:
        """The same each time."""
        self.reads += 1
        if self.reads == 3:
            self.read_thrice.set()
        if self._is_forbidden:
            raise ForbiddenError("no")
        return TIMES


async def read_twice(source: Source, monkeypatch: pytest.MonkeyPatch) -> tuple[NodeHeartbeats, list[str]]:
    """Heartbeats of one Agent's nodes once they were read twice, and whom they marked."""
    monkeypatch.setattr(heartbeats, "SHORTEST", 0.01)
    monkeypatch.setattr(heartbeats, "SECONDS_PER_AGENT", 0)
    agents, marks = ObjectStore(), list[str]()
    agents.put(build_object("Agent", name="gpu"))
    known = NodeHeartbeats(source, agents)
    async with beside(known.run(marks.append)):
        await source.read_thrice.wait()  # then the second was told of
    return known, marks


async def test_they_are_read_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known, marks = await read_twice(Source(), monkeypatch)
    assert known.times == TIMES
    assert marks[:2] == [f"{NAMESPACE}/gpu"] * 2


async def test_where_they_may_not_be_read_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        known, marks = await read_twice(Source(is_forbidden=True), monkeypatch)
    assert (known.times, marks) == ({}, [])
    assert caplog.text.count("heartbeats of nodes can't be read: no") == 1

"""The API server is away, or falls silent, while a Run is under way."""

import asyncio
import time
from pathlib import Path

import pytest
from support.api_server import ApiServer
from support.faults import Stall
from support.graphs import PIPELINE, PIPELINE_ENDS, PIPELINE_OUTCOMES, read_ends
from support.live_pods import Outcome
from support.worlds import World, build_world

CONVERGES_WITHIN = 10.0
OUTCOMES = {**PIPELINE_OUTCOMES, "test": [Outcome(seconds=3)], "lint": [Outcome(seconds=1)]}


@pytest.mark.parametrize("seconds", [3, 20])
async def test_an_outage_fails_nothing(api_server: ApiServer, tmp_path: Path, seconds: float) -> None:
    async with build_world(api_server, tmp_path, OUTCOMES) as world:
        await outlive_outage(world, seconds)


async def test_what_takes_a_minute(api_server: ApiServer, tmp_path: Path) -> None:
    """Three worlds at once, as each does nothing but wait."""
    async with (
        build_world(api_server, tmp_path, OUTCOMES) as first,
        build_world(api_server, tmp_path, OUTCOMES) as second,
        build_world(api_server, tmp_path, OUTCOMES) as third,
    ):
        await asyncio.gather(
            outlive_outage(first, 60), find_stall(second, "pods", 4), find_stall(third, "runs", 0)
        )


async def outlive_outage(world: World, seconds: float) -> None:
    """The API server goes when steps run, which end meanwhile."""
    async with world.keep_operator():
        run = await world.create_run(PIPELINE)
        await world.reach("build", "Succeeded")
        async with world.proxy.stopped():
            await asyncio.sleep(seconds)  # the outage itself
        back = time.monotonic()
        status = await world.finish()
        assert time.monotonic() - back < CONVERGES_WITHIN
        assert read_ends(status) == PIPELINE_ENDS
        world.check_attempts(run, status)
        assert len(world.operators) <= 2, "an outage may cost the Lease, but is no crash loop"


async def find_stall(world: World, resource: str, events: int) -> None:
    """A watch falls silent and stays open, as behind a firewall that forgot it."""
    rule = world.proxy.add(Stall(events), "watch", resource)
    world.start_operator()
    run = await world.create_run(PIPELINE)
    status = await world.finish()
    assert rule.times <= 0
    assert read_ends(status) == PIPELINE_ENDS
    world.check_attempts(run, status)

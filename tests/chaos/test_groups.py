"""A ConcurrencyGroup while its operator is killed again and again, and while two of them believe to lead."""

import asyncio
import random
from pathlib import Path

from longshore.cluster.calls import Selection
from longshore.cluster.pods import SELECTOR
from longshore.cluster.resources import GROUPS, PODS
from longshore.names import API_VERSION
from support.api_server import ApiServer
from support.graphs import step
from support.live_pods import Outcome
from support.overlaps import count_most
from support.worlds import World, build_world

LIMIT = 5
RUNS = 8
ITEMS = 25
KILLS = 50
GRAPH = {
    "steps": [
        step("a", concurrency={"group": "browsers"}, forEach={"items": f"{list(range(ITEMS))}"}),
        step("after", "a"),
    ]
}
OUTCOMES = {"a": [Outcome(seconds=1.5)]}


async def start_runs(world: World) -> list[str]:
    """The group and the Runs that share it; their names."""
    group = {"apiVersion": API_VERSION, "kind": "ConcurrencyGroup", "metadata": {"name": "browsers"}}
    await world.admin.create(GROUPS, world.namespace, {**group, "spec": {"limit": LIMIT}})
    names = [f"run-{number}" for number in range(RUNS)]
    for name in names:
        await world.create_run(GRAPH, name)
    return names


async def check(world: World, names: list[str]) -> None:
    """All Runs end well, each attempt ran once, and never more at once than the limit."""
    for name in names:
        status = await world.finish(name, 300)
        assert status["phase"] == "Succeeded", status.get("message")
    pods = list((await world.admin.list(PODS, Selection(world.namespace, SELECTOR))).items)
    grouped = [pod for pod in pods if pod["metadata"]["labels"]["longshore.dev/step"] == "a"]
    assert len(grouped) == RUNS * ITEMS
    assert count_most(grouped) == LIMIT
    starts = [(start.run, start.step, start.attempt) for start in world.kubelet.starts if start.step == "after"]
    assert len(starts) == len(set(starts)) == RUNS


async def test_the_limit_outlives_fifty_kills(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, OUTCOMES) as world:
        names = await start_runs(world)
        chance = random.Random(7)  # noqa: S311 - chance, not a secret
        async with world.keep_operator():
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.3, 2.5))
                world.operators[-1].kill()
            await check(world, names)
        assert len(world.operators) > KILLS

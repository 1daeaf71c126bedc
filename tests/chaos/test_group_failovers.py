"""A ConcurrencyGroup whose operators fail over again and again: one dies, another hangs and wakes up too late."""

import asyncio
import random
from pathlib import Path

from longshore.cluster.calls import Selection
from longshore.cluster.pods import SELECTOR
from longshore.cluster.resources import GROUPS, PODS, RUNS, Object
from longshore.names import API_VERSION
from support.api_server import ApiServer
from support.conditions import eventually
from support.graphs import step
from support.live_pods import Outcome
from support.operators import Operator, wait_for
from support.overlaps import count_most
from support.worlds import World, build_world

LIMIT = 2
RUNS_IN_LINE = 20
FAILOVERS = 6
GRAPH = {"steps": [step("a", concurrency={"group": "doors"})]}
OUTCOMES = {"a": [Outcome(seconds=1.5)]}
QUICK_LEASE = {"lease_duration_seconds": 4, "lease_renew_seconds": 3, "lease_retry_seconds": 0.5}


async def line_up(world: World) -> list[Object]:
    """The Runs, first to last in the line of a group that lets nobody in yet."""
    group = {"apiVersion": API_VERSION, "kind": "ConcurrencyGroup", "metadata": {"name": "doors"}}
    await world.admin.create(GROUPS, world.namespace, {**group, "spec": {"limit": 0}})
    for number in range(RUNS_IN_LINE):
        await world.create_run(GRAPH, f"run-{number:02}")
    for number in range(RUNS_IN_LINE):
        await world.history.wait(f"run-{number:02}", waits_in_line)
    found = list((await world.admin.list(RUNS, Selection(world.namespace))).items)
    return sorted(found, key=rank)


def waits_in_line(status: Object) -> bool:
    """Whether it is on record that the Run's step waits for the group."""
    reason: str | None = status.get("steps", {}).get("a", {}).get("reason")
    return reason == "AwaitingGroup"


def rank(run: Object) -> tuple[str, str, str]:
    """Its place in the line."""
    queued = run["status"]["steps"]["a"]["queuedTime"]
    return queued, run["metadata"]["creationTimestamp"], run["metadata"]["name"]


async def set_limit(world: World, limit: int) -> None:
    """Edit the group."""
    await world.admin.patch(GROUPS, world.namespace, "doors", {"spec": {"limit": limit}})


async def count_holders(world: World) -> int:
    """How many are on record."""
    status = (await world.admin.get(GROUPS, world.namespace, "doors")).get("status", {})
    return len(status.get("holders", []))


async def list_pods(world: World) -> list[Object]:
    """All pods of Runs."""
    return list((await world.admin.list(PODS, Selection(world.namespace, SELECTOR))).items)


async def fail_over(world: World, leader: Operator, second: Operator, number: int) -> tuple[Operator, Operator]:
    """The second takes over from a leader that dies, or hangs; who leads then, and who is to follow."""
    if number % 2:
        leader.kill()
    else:
        leader.pause()
    await wait_for(lambda: second.has_led)
    if number % 2 == 0:
        leader.resume()
        assert await leader.wait_exit() == 1
    return second, world.start_operator(**QUICK_LEASE)


async def lower_limit(world: World) -> set[str]:
    """Let one in at a time. Returns the names of the pods that were there before that held."""
    await set_limit(world, 1)

    async def holds() -> bool:
        return await count_holders(world) <= 1

    await eventually(holds)
    return {pod["metadata"]["name"] for pod in await list_pods(world)}


async def test_limit_and_line_outlive_failovers(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, OUTCOMES) as world:
        leader = world.start_operator(**QUICK_LEASE)
        await wait_for(lambda: leader.has_led)
        second = world.start_operator(**QUICK_LEASE)
        line = await line_up(world)
        await set_limit(world, LIMIT)
        chance = random.Random(11)  # noqa: S311 - chance, not a secret
        early: set[str] = set()
        for number in range(FAILOVERS):
            await asyncio.sleep(chance.uniform(0.5, 2.5))
            leader, second = await fail_over(world, leader, second, number)
            if number == FAILOVERS // 2:
                early = await lower_limit(world)
        for run in line:
            status = await world.finish(run["metadata"]["name"])
            assert status["phase"] == "Succeeded", status
            world.check_attempts(run, status)
        pods = await list_pods(world)
        late = [pod for pod in pods if pod["metadata"]["name"] not in early]
        assert early
        assert (count_most(pods), count_most(late)) == (LIMIT, 1)
        assert sum(operator.has_logged("gets a place") for operator in world.operators) > FAILOVERS / 2
        check_order(world, [run["metadata"]["uid"] for run in line])


def check_order(world: World, line: list[str]) -> None:
    """Of those that are let in together either may be the first to start; nobody else overtakes."""
    starts = [start.run for start in world.kubelet.starts]
    assert sorted(starts) == sorted(line)
    overtaken = [uid for place, uid in enumerate(line) if abs(starts.index(uid) - place) >= LIMIT]
    assert overtaken == []

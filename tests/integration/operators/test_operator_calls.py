"""What a Run costs the API server."""

from collections import Counter
from pathlib import Path

from support.api_server import ApiServer
from support.graphs import chain, step
from support.live_pods import Outcome
from support.operators import wait_for
from support.worlds import World, build_world

OTHERS = {"leases", "agents", "agents/status"}
"""What is not written for one Run; there is one Event of its Agent, since there are no nodes here."""


def count_writes(world: World) -> Counter[str]:
    """Writes for a Run by verb and resource."""
    calls = world.proxy.count()
    return Counter({
        f"{verb} {resource}": number
        for (verb, resource), number in calls.items()
        if verb in {"create", "patch", "update", "delete"} and resource not in OTHERS
    })  # fmt: skip


async def finish(world: World) -> Counter[str]:
    """What was written for the Run by its end, when it has succeeded and the Event of its Agent is there."""
    assert (await world.finish())["phase"] == "Succeeded"
    await wait_for(lambda: count_writes(world)["create events"] > 0)
    return count_writes(world)


def list_calls(world: World) -> list[tuple[str, str]]:
    """Verb and resource of all calls, in order."""
    return [(call.verb, call.resource) for call in world.proxy.calls]


async def test_a_chain_of_five(api_server: ApiServer, tmp_path: Path) -> None:
    """Acceptance with the first start, then one write a step that tells of its end and of the next one's start."""
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run(chain(5))
        writes = await finish(world)
        # On a machine that stands still for a second it is also told that a step runs.
        assert 6 <= writes.pop("patch runs/status") <= 8
        assert writes == {"create pods": 5, "create events": 1}


async def test_a_long_step_costs_one_more(api_server: ApiServer, tmp_path: Path) -> None:
    """That it runs is told once, after a while."""
    async with build_world(api_server, tmp_path, {"s1": [Outcome(seconds=5)]}) as world:
        world.start_operator()
        await world.create_run(chain(1))
        await world.reach("s1", "Running")
        assert await finish(world) == {"create pods": 1, "patch runs/status": 3, "create events": 1}


async def test_a_fan_of_ten(api_server: ApiServer, tmp_path: Path) -> None:
    """Ends that come together share a write."""
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run({"steps": [step(f"s{number}") for number in range(10)]})
        writes = await finish(world)
        assert writes["create pods"] == 10
        assert writes["patch runs/status"] <= 12
        assert writes["create events"] == 1
        assert set(writes) == {"create pods", "patch runs/status", "create events"}


async def test_an_idle_operator_calls_for_the_lease_alone(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run(chain(1))
        await world.finish()
        # What is told late of the Run, such as the load of its Agent, comes before.
        await wait_for(lambda: set(list_calls(world)[-4:]) == {("patch", "leases")})


async def test_two_runs_cost_one_agent(api_server: ApiServer, tmp_path: Path) -> None:
    """It is made with the first Run; its status is written when it is new, and while it has more or less to do."""
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        for name in ("first", "second"):
            await world.create_run(chain(3), name)
            assert (await world.finish(name))["phase"] == "Succeeded"
        calls = world.proxy.count()
        assert calls["create", "agents"] == 1
        assert calls["patch", "agents"] == 0
        assert 1 <= calls["patch", "agents/status"] <= 6

"""ConcurrencyGroups with a real API server: the limit by the pods' own times, and how places get free."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longshore.cluster.calls import Selection
from longshore.cluster.pods import SELECTOR
from longshore.cluster.resources import GROUPS, PODS, RUNS, Object, Resource
from longshore.names import API_VERSION
from support.api_server import ApiServer
from support.conditions import PATIENCE
from support.graphs import step
from support.live_pods import FOREVER, Outcome
from support.overlaps import count_most
from support.worlds import World, build_world

GROUP = {"group": "browsers"}
HELD = step("a", concurrency=GROUP)
ITEMS = step("a", concurrency=GROUP, forEach={"items": "[1, 2, 3, 4, 5, 6]"})


async def create_group(world: World, limit: int, name: str = "browsers", **spec: Any) -> None:
    """A group."""
    group = {"apiVersion": API_VERSION, "kind": "ConcurrencyGroup", "metadata": {"name": name}}
    await world.admin.create(GROUPS, world.namespace, {**group, "spec": {"limit": limit, **spec}})


async def read_group(world: World, name: str = "browsers") -> Object:
    """Its status."""
    status: Object = (await world.admin.get(GROUPS, world.namespace, name)).get("status", {})
    return status


async def await_group(world: World, holds: Callable[[Object], bool]) -> Object:
    """The group's status once that holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not holds(status := await read_group(world)):  # noqa: ASYNC110 - nobody watches groups here
            await asyncio.sleep(0.1)
    return status


def list_holders(status: Object) -> list[str]:
    """The Runs on record."""
    return [holder["run"] for holder in status.get("holders", [])]


def is_empty(status: Object) -> bool:
    """Whether nobody holds it or waits."""
    return (status.get("active"), status.get("queued"), status.get("holders", [])) == (0, 0, [])


async def list_pods(world: World) -> list[Object]:
    """All pods of Runs."""
    return list((await world.admin.list(PODS, Selection(world.namespace, SELECTOR))).items)


async def delete(world: World, resource: Resource, obj: Object) -> None:
    """Delete an object at once."""
    metadata = obj["metadata"]
    await world.admin.delete(resource, world.namespace, metadata["name"], metadata["uid"], 0)


async def test_the_limit_holds_over_runs_and_all_end(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"a": [Outcome(seconds=1.1)]}) as world:
        await create_group(world, 2)
        world.start_operator()
        for name in ("one", "two"):
            await world.create_run({"steps": [ITEMS]}, name)
        for name in ("one", "two"):
            assert (await world.finish(name, 60))["phase"] == "Succeeded"
        pods = await list_pods(world)
        assert (len(pods), count_most(pods)) == (12, 2)
        await await_group(world, is_empty)


async def test_who_waits_is_told_why_and_a_new_limit_counts_at_once(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        await create_group(world, 0)
        world.start_operator()
        await world.create_run({"steps": [HELD]})
        status = await world.history.wait(
            "run", lambda status: status.get("steps", {}).get("a", {}).get("reason") == "AwaitingGroup", 30
        )
        said = "waits for group browsers: limit 0 pauses it; 1st in line at "
        assert status["steps"]["a"]["message"].startswith(said)
        assert status["steps"]["a"]["queuedTime"]
        assert (await await_group(world, lambda group: group.get("queued") == 1))["active"] == 0
        await world.admin.patch(GROUPS, world.namespace, "browsers", {"spec": {"limit": 1}})
        assert (await world.finish())["phase"] == "Succeeded"


async def test_the_newest_replaces_the_oldest(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"a": [FOREVER]}) as world:
        await create_group(world, 1, whenFull="Replace")
        world.start_operator()
        await world.create_run({"steps": [HELD]}, "old")
        await world.reach("a", "Running", "old")
        await world.create_run({"steps": [HELD]}, "new")
        status = await world.finish("old")
        assert (status["phase"], status["steps"]["a"]["reason"]) == ("Canceled", "Replaced")
        assert status["message"] == "step 'a' was replaced: made way for step a of Run new in group browsers"
        await world.reach("a", "Running", "new")
        assert list_holders(await read_group(world)) == ["new"]


async def test_whole_runs_hold_a_group_and_the_newest_replaces_the_oldest(
    api_server: ApiServer, tmp_path: Path
) -> None:
    async with build_world(api_server, tmp_path, {"a": [FOREVER]}) as world:
        await create_group(world, 1, whenFull="Replace")
        world.start_operator()
        graph = {"steps": [step("a")], "concurrency": GROUP}
        await world.create_run(graph, "old")
        await world.reach("a", "Running", "old")
        await world.create_run(graph, "new")
        assert (await world.finish("old"))["phase"] == "Canceled"
        await world.reach("a", "Running", "new")
        assert list_holders(await read_group(world)) == ["new"]


async def test_one_that_rejects_fails_who_comes(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"a": [FOREVER]}) as world:
        await create_group(world, 1, whenFull="Reject")
        world.start_operator()
        await world.create_run({"steps": [HELD]}, "first")
        await world.reach("a", "Running", "first")
        await world.create_run({"steps": [HELD]}, "second")
        status = await world.finish("second")
        assert (status["phase"], status["steps"]["a"]["reason"]) == ("Failed", "GroupFull")


async def test_a_run_that_is_deleted_frees_its_place_once_its_pod_is_gone(
    api_server: ApiServer, tmp_path: Path
) -> None:
    async with build_world(api_server, tmp_path, {"a": [FOREVER]}) as world:
        await create_group(world, 1)
        world.start_operator()
        first = await world.create_run({"steps": [HELD]}, "first")
        await world.reach("a", "Running", "first")
        await world.create_run({"steps": [HELD]}, "second")
        await world.history.wait("second", lambda status: status.get("steps", {}).get("a", {}).get("message"), 30)
        await delete(world, RUNS, first)
        [pod] = await list_pods(world)  # there is no garbage collector here
        assert list_holders(await read_group(world)) == ["first"]
        await delete(world, PODS, pod)
        await world.reach("a", "Running", "second")
        assert list_holders(await read_group(world)) == ["second"]


async def test_what_was_deleted_while_nobody_led_is_cleared(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"a": [FOREVER]}) as world:
        await create_group(world, 1)
        operator = world.start_operator(identity="operator")
        first = await world.create_run({"steps": [HELD]}, "first")
        await world.reach("a", "Running", "first")
        operator.kill()
        await delete(world, RUNS, first)
        [pod] = await list_pods(world)
        await delete(world, PODS, pod)
        world.start_operator(identity="operator")
        await await_group(world, is_empty)
